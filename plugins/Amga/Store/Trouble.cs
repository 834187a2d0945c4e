using Mdm.Abstractions;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Store;

/// <summary>The only table from AMGA's codes to the contract's.</summary>
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
