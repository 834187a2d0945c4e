using Mdm.Abstractions;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Store;

/// <summary>The only table from AMGA's codes and the store's troubles to the contract's.</summary>
internal static class Trouble
{
    public static async Task<T> Told<T>(Task<T> work)
    {
        try
        {
            return await work.ConfigureAwait(false);
        }
        catch (AmgaException e)
        {
            throw Of(e);
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
            throw new MdmException(e.IsTransient || e.Trouble == SqlTrouble.InUse ? MdmErrorKind.Unavailable : e.Trouble == SqlTrouble.Corrupt ? MdmErrorKind.Corrupt : MdmErrorKind.Refused,
                $"The metadata's store: {e.Message}", e);
        }
    }

    private static MdmException Of(AmgaException e) => new(e.Code switch
    {
        AmgaError.NoSuchEntry or AmgaError.NoSuchKey or AmgaError.NoSuchUser or AmgaError.NoSequence => MdmErrorKind.NotFound,
        AmgaError.PermissionDenied => MdmErrorKind.AccessDenied,
        AmgaError.Exists or AmgaError.DirectoryExists => MdmErrorKind.AlreadyExists,
        AmgaError.NotEmpty => MdmErrorKind.DirectoryNotEmpty,
        AmgaError.Internal => e.InnerException is SqlStoreException { IsTransient: true } ? MdmErrorKind.Unavailable : MdmErrorKind.Corrupt,
        _ => MdmErrorKind.Refused,
    }, e.Message, e);
}
