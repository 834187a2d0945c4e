using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Demo;
using Mdm.Cli.Described;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm demo-grid DIR [--host NAME] [--vo NAME]</c>.</summary>
internal static class DemoGridCommand
{
    public static DescribedCommand Create(Terminal terminal)
    {
        var directory = new Argument<string>("DIR") { Description = "Where to; made anew, or one that this command made before." };
        var host = new Option<string>("--host") { Description = "The name of the storage host, as clients will type it.", DefaultValueFactory = _ => "localhost", HelpName = "NAME" };
        host.Validators.Add(result =>
        {
            if (Uri.CheckHostName(result.GetValueOrDefault<string>()) != UriHostNameType.Dns)
                result.AddError("--host takes a DNS name");
        });
        var vo = new Option<string>("--vo") { Description = "The virtual organisation.", DefaultValueFactory = _ => "biomed", HelpName = "NAME" };
        vo.Validators.Add(result =>
        {
            if (!Fqan.TryParse("/" + result.GetValueOrDefault<string>(), out _) || !result.GetValueOrDefault<string>()!.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
                result.AddError("--vo takes the name of a VO: letters, digits, '.', '-' and '_'");
        });
        var command = new DescribedCommand("demo-grid", "Makes a throw-away grid for trying things: a CA, a host, a VOMS server, users and their proxies. Never for real data.")
        {
            directory, host, vo,
            new Example("mdm demo-grid ./grid --vo biomed", "A CA, a host, a VOMS server, users and their proxies to try things with."),
        };
        command.SetAction(parsed =>
        {
            var grid = DemoGrid.Make(parsed.GetRequiredValue(directory), parsed.GetRequiredValue(host), parsed.GetRequiredValue(vo), TimeProvider.System);
            foreach (var line in grid.Describe())
                terminal.Output.WriteLine(line);
            return ExitCode.Success;
        });
        return command;
    }
}
