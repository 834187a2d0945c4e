using Mdm.Abstractions;
using Mdm.Sql;

namespace Mdm.Plugins.Hydra.Keystore;

/// <summary>The only table from the store's troubles to the contract's.</summary>
internal static class Trouble
{
    public static async Task<T> Told<T>(Task<T> work)
    {
        try
        {
            return await work.ConfigureAwait(false);
        }
        catch (SqlStoreException e)
        {
            throw Translate(e);
        }
    }

    public static T Told<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SqlStoreException e)
        {
            throw Translate(e);
        }
    }

    private static MdmException Translate(SqlStoreException e) => new(e.Trouble switch
    {
        SqlTrouble.Busy => MdmErrorKind.Busy,
        SqlTrouble.Unavailable or SqlTrouble.InUse => MdmErrorKind.Unavailable,
        SqlTrouble.Corrupt or SqlTrouble.Constraint => MdmErrorKind.Corrupt,
        _ => MdmErrorKind.Refused,
    }, $"The keystore's store: {e.Message}", e);
}
