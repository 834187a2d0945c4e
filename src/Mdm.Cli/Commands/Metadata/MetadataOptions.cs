using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Client;
using Mdm.Client.Metadata;

namespace Mdm.Cli.Commands.Metadata;

/// <summary>Which metadata servers a command means.</summary>
internal static class MetadataOptions
{
    public static Option<string?> Servers() => new("--servers")
    {
        Description = "The metadata servers, as host:port or host:port/collection, separated by commas; those of MDM_AMGA when left out, or those that the host at MDM_ENDPOINT announces.",
        HelpName = "LIST",
    };

    public static async Task<IReadOnlyList<MetadataServer>> FindAsync(Terminal terminal, string? named, CancellationToken cancellationToken)
    {
        var environment = terminal.Environment();
        if ((named ?? environment.MetadataServers) is { } list)
            return MetadataServer.ParseMany(list);
        if (environment.Endpoint is null)
            throw new MdmException(MdmErrorKind.InvalidName, "Which metadata servers? Name them with --servers host:port,… or MDM_AMGA, or set MDM_ENDPOINT to a host that announces them.");
        using var files = terminal.Open();
        var announced = await files.MetadataAtAsync(terminal.Surl("/"), cancellationToken);
        return announced.Count > 0 ? announced : throw new MdmException(MdmErrorKind.NotFound, $"{environment.Endpoint} announces no metadata servers; name them with --servers host:port,… or MDM_AMGA.");
    }
}
