using Mdm.Abstractions;
using Mdm.Cli.Lfc;
using Mdm.Client;
using Mdm.Client.Names;

namespace Mdm.Cli;

/// <summary>Files of the grid as Hydra's users name them: what the file catalogue's commands read, and <c>guid:</c> with a GUID.</summary>
internal static class RemoteName
{
    /// <summary>What a command says of such an argument.</summary>
    public const string Forms = "srm://HOST:PORT/PATH; /PATH, lfn:/PATH or guid:GUID at the host of LFC_HOST or MDM_ENDPOINT.";

    /// <summary>What a command says of the name of a file to be.</summary>
    public const string NewForms = "srm://HOST:PORT/PATH; /PATH or lfn:/PATH at the host of LFC_HOST or MDM_ENDPOINT. Its GUID it gets from the host.";

    /// <exception cref="MdmException">It is no name, or a host is missing.</exception>
    /// <exception cref="SrmException">There is no file of that GUID.</exception>
    public static async Task<Surl> FindAsync(Terminal terminal, GridFiles files, string text, CancellationToken cancellationToken)
    {
        if (!IsGuid(text))
            return NameServer.Lfc.Place(terminal, text).Surl;
        var host = NameServer.Lfc.Host(terminal) with { Path = StoragePath.Root };
        return host with { Path = (await files.NamesAt(host).FindAsync(FileGuid.Parse(text), cancellationToken)).Path };
    }

    /// <summary>As <c>mdm</c>'s own commands read it: a SURL, or a path at the endpoint, which is refused at once where it is none; and the two forms of the file catalogue.</summary>
    /// <returns>Finds it.</returns>
    /// <exception cref="MdmException">It is no SURL.</exception>
    public static Func<GridFiles, CancellationToken, Task<Surl>> Read(Terminal terminal, string text)
    {
        if (IsGuid(text) || text.StartsWith(NameServer.Scheme, StringComparison.Ordinal))
            return (files, cancellationToken) => FindAsync(terminal, files, text, cancellationToken);
        var surl = terminal.Surl(text);
        return (_, _) => Task.FromResult(surl);
    }

    /// <summary>As that, for what need not be there yet.</summary>
    /// <exception cref="MdmException">It is no name, or a GUID, or a host is missing.</exception>
    public static Surl OfNew(Terminal terminal, string text) => IsGuid(text)
        ? throw new MdmException(MdmErrorKind.InvalidName, $"'{text}' is the GUID of a file that is there, and a new one gets its own from the host. Name where to put it, as lfn:/grid/vo/name.")
        : NameServer.Lfc.Place(terminal, text).Surl;

    private static bool IsGuid(string text) => text.StartsWith(FileGuid.Prefix, StringComparison.OrdinalIgnoreCase);
}
