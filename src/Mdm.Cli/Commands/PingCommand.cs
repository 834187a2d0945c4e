using System.CommandLine;
using Mdm.Cli.Described;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm ping [SURL]</c>.</summary>
internal static class PingCommand
{
    public static DescribedCommand Create(Terminal terminal)
    {
        var surl = new Argument<string>("SURL") { Description = "Any SURL at the host.", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => "/" };
        var json = JsonText.Option();
        var command = new DescribedCommand("ping", "Asks a host who it is.")
        {
            surl, json,
            new Example("mdm ping srm://se.example.org:8443/", "Says which SRM answers, and what it says of itself."),
            GridNotes.Srm,
            new SeeAlso("lfc-ping"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var host = terminal.Surl(parsed.GetRequiredValue(surl));
            using var files = terminal.Open();
            var answer = await files.At(host).PingAsync(cancellationToken);
            if (parsed.GetValue(json))
            {
                terminal.Output.WriteLine(JsonText.Object(answered =>
                {
                    answered.WriteString("version", answer.VersionInfo);
                    answered.WriteStartObject("info");
                    foreach (var info in answer.OtherInfo ?? [])
                        answered.WriteString(info.Key, info.Value);
                    answered.WriteEndObject();
                }));
                return ExitCode.Success;
            }
            terminal.Output.WriteLine($"SRM {answer.VersionInfo}");
            foreach (var info in answer.OtherInfo ?? [])
                terminal.Output.WriteLine($"{info.Key} {info.Value}");
            return ExitCode.Success;
        });
        return command;
    }
}
