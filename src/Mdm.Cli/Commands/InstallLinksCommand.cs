using System.CommandLine;
using Mdm.Cli.Described;
using Mdm.Cli.Linked;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm install-links DIR</c>: the original names.</summary>
internal static class InstallLinksCommand
{
    public static DescribedCommand Create(Terminal terminal)
    {
        var directory = new Argument<string>("DIR") { Description = "A directory that is on users' PATH; made where it is missing." };
        var command = new DescribedCommand("install-links", "Makes links by which this program answers to the names of the original system. Links of an earlier installation are replaced; anything else of such a name stops it before it changes anything.")
        {
            directory,
            new Example("mdm install-links /usr/local/bin", "lfc-ls, glite-mdm-get and all the others are commands now."),
        };
        command.SetAction(parsed =>
        {
            var program = ProgramLink.Program();
            var place = parsed.GetRequiredValue(directory);
            var names = LinkedCommands.All.Select(linked => linked.Name).ToList();
            var obstacles = names.Select(name => ProgramLink.Obstacle(Path.Combine(place, name))).OfType<string>().ToList();
            obstacles.ForEach(terminal.Complain);
            if (obstacles.Count > 0)
                return ExitCode.Failed;
            Directory.CreateDirectory(place);
            var made = names.Count(name => ProgramLink.Ensure(Path.Combine(place, name), program));
            terminal.Output.WriteLine($"{names.Count} links to {program} in {place}, {made} of them new");
            return ExitCode.Success;
        });
        return command;
    }
}
