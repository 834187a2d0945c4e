using Mdm.Client;
using Mdm.Client.Names;

namespace Mdm.Cli;

/// <summary>Files of the grid as its users name them: <c>srm://host:port/path</c>, <c>/path</c> and <c>lfn:/path</c> at the host of the environment, <c>guid:</c> and a GUID there.</summary>
internal static class RemoteName
{
    /// <summary>What a command says of such an argument.</summary>
    public const string Forms = "srm://HOST:PORT/PATH; /PATH, lfn:/PATH or guid:GUID at the host of MDM_ENDPOINT.";

    private const string Logical = "lfn:";
    private const string Guid = "guid:";

    /// <exception cref="Abstractions.MdmException">It is no name, or a host is missing.</exception>
    /// <exception cref="SrmException">There is no file of that GUID.</exception>
    public static async Task<Surl> FindAsync(Terminal terminal, GridFiles files, string text, CancellationToken cancellationToken)
    {
        if (!text.StartsWith(Guid, StringComparison.OrdinalIgnoreCase))
            return Of(terminal, text);
        var host = terminal.Surl("/");
        return host with { Path = (await files.NamesAt(host).FindAsync(FileGuid.Parse(text), cancellationToken)).Path };
    }

    /// <summary>As that, for what need not be there yet.</summary>
    /// <exception cref="Abstractions.MdmException">It is no name, or a host is missing.</exception>
    public static Surl Of(Terminal terminal, string text) => terminal.Surl(text.StartsWith(Logical, StringComparison.OrdinalIgnoreCase) ? text[Logical.Length..] : text);
}
