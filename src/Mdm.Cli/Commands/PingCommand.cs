using System.CommandLine;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm ping [SURL]</c>.</summary>
internal static class PingCommand
{
    public static Command Create(Terminal terminal)
    {
        var surl = new Argument<string>("SURL") { Description = "Any SURL at the host.", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => "/" };
        var command = new Command("ping", "Asks a host who it is.") { surl };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var host = terminal.Surl(parsed.GetRequiredValue(surl));
            using var files = terminal.Open();
            var answer = await files.At(host).PingAsync(cancellationToken);
            terminal.Output.WriteLine($"SRM {answer.VersionInfo}");
            foreach (var info in answer.OtherInfo ?? [])
                terminal.Output.WriteLine($"{info.Key} {info.Value}");
            return ExitCode.Success;
        });
        return command;
    }
}
