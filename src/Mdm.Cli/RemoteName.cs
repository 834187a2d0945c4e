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

    private const string Guid = "guid:";

    /// <exception cref="MdmException">It is no name, or a host is missing.</exception>
    /// <exception cref="SrmException">There is no file of that GUID.</exception>
    public static async Task<Surl> FindAsync(Terminal terminal, GridFiles files, string text, CancellationToken cancellationToken)
    {
        if (!text.StartsWith(Guid, StringComparison.OrdinalIgnoreCase))
            return Of(terminal, text);
        var host = NameServer.Lfc.Host(terminal) with { Path = StoragePath.Root };
        return host with { Path = (await files.NamesAt(host).FindAsync(FileGuid.Parse(text), cancellationToken)).Path };
    }

    /// <summary>As <c>mdm</c>'s own commands read it: a SURL, or a path at the endpoint, which is refused at once where it is none; and the two forms of the file catalogue.</summary>
    /// <returns>Finds it.</returns>
    /// <exception cref="MdmException">It is no SURL.</exception>
    public static Func<GridFiles, CancellationToken, Task<Surl>> Read(Terminal terminal, string text)
    {
        if (text.StartsWith(Guid, StringComparison.OrdinalIgnoreCase) || text.StartsWith(NameServer.Scheme, StringComparison.Ordinal))
            return (files, cancellationToken) => FindAsync(terminal, files, text, cancellationToken);
        var surl = terminal.Surl(text);
        return (_, _) => Task.FromResult(surl);
    }

    /// <summary>As that, for what need not be there yet.</summary>
    /// <exception cref="MdmException">It is no name, or a host is missing.</exception>
    public static Surl Of(Terminal terminal, string text) => NameServer.Lfc.Place(terminal, text).Surl;
}
