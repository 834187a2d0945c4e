using System.CommandLine;
using Mdm.Cli.Described;

namespace Mdm.Cli.Lfc;

/// <summary><c>lfc-ping</c>, <c>dpns-ping</c>.</summary>
internal static class PingCommand
{
    // What the host calls its release.
    private const string Version = "backend_version";

    public static DescribedCommand Create(Terminal terminal, NameServer server)
    {
        var host = new Option<string?>("-h") { Description = $"The host, instead of {server.HostVariable}.", HelpName = "HOST" };
        var name = server.NameOf("ping");
        var command = new DescribedCommand(name, "Asks whether the host is alive; it answers with its release.")
        {
            host,
            new Example($"{name} -h se.example.org", "Ends with 0 when it is."),
            server.Notes,
            new SeeAlso("mdm ping"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var surl = server.Host(terminal, parsed.GetValue(host));
            using var files = terminal.Open();
            var answer = await files.At(surl).PingAsync(cancellationToken);
            terminal.Output.WriteLine(answer.OtherInfo?.FirstOrDefault(info => info.Key == Version)?.Value ?? answer.VersionInfo);
            return ExitCode.Success;
        });
        return command;
    }
}
