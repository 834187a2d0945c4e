using Mdm.Abstractions;

namespace Mdm.Sql;

/// <summary>The only table from a store's troubles to the contract's.</summary>
public static class StoreTrouble
{
    /// <summary>Waits for work on a store, and tells its trouble as the contract does: callers far away hear neither files nor servers, which stand in the inner exception.</summary>
    /// <typeparam name="T">What the work gives.</typeparam>
    /// <param name="work">The work.</param>
    /// <param name="what">Whose store: begins the message, as <c>The catalogue</c>.</param>
    /// <exception cref="MdmException">The store's trouble.</exception>
    public static async Task<T> ToldAsync<T>(Task<T> work, string what)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            return await work.ConfigureAwait(false);
        }
        catch (SqlStoreException trouble)
        {
            throw new MdmException(KindOf(trouble), $"{what} cannot be used at the moment; nothing was changed.", trouble);
        }
    }

    /// <summary>Opens a store, and tells its trouble as the contract does, in all detail: who starts it is to mend it.</summary>
    /// <typeparam name="T">What the work gives.</typeparam>
    /// <param name="work">The work.</param>
    /// <param name="what">Whose store.</param>
    /// <exception cref="MdmException">The store's trouble.</exception>
    public static T Told<T>(Func<T> work, string what)
    {
        ArgumentNullException.ThrowIfNull(work);
        try
        {
            return work();
        }
        catch (SqlStoreException trouble)
        {
            throw new MdmException(KindOf(trouble), $"{what} cannot be opened: {trouble.Message}", trouble);
        }
    }

    private static MdmErrorKind KindOf(SqlStoreException trouble) => trouble.Trouble switch
    {
        SqlTrouble.Busy => MdmErrorKind.Busy,
        SqlTrouble.Unavailable or SqlTrouble.InUse => MdmErrorKind.Unavailable,
        SqlTrouble.Corrupt or SqlTrouble.Constraint => MdmErrorKind.Corrupt,
        _ => MdmErrorKind.Refused,
    };
}
