using System.CommandLine;
using Mdm.Cli.Described;
using Mdm.Cli.Linked;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm install-links DIR [--man DIR]</c>: the original names, and the manual pages.</summary>
internal static class InstallLinksCommand
{
    public static DescribedCommand Create(Terminal terminal)
    {
        var directory = new Argument<string>("DIR") { Description = "A directory that is on users' PATH; made where it is missing." };
        var manual = new Option<string?>("--man") { Description = "Writes the manual pages of all commands below this directory, as /usr/local/share/man.", HelpName = "DIR" };
        var command = new DescribedCommand("install-links", "Makes links by which this program answers to the names of the original system. Links and pages of an earlier installation are replaced; anything else of such a name stops it before it changes anything.")
        {
            directory, manual,
            new Example("mdm install-links /usr/local/bin --man /usr/local/share/man", "lfc-ls, glite-mdm-get and all the others are commands now, and man lfc-ls tells of them."),
            new SeeAlso("mdm completion"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (place, program) = (parsed.GetRequiredValue(directory), ProgramLink.Program());
            var links = LinkedCommands.All.Select(linked => Path.Combine(place, linked.Name)).ToList();
            var pages = parsed.GetValue(manual) is { } root ? Pages(terminal, Path.Combine(root, $"man{ManPage.Section}")).ToList() : [];
            var obstacles = links.Select(ProgramLink.Obstacle).Concat(pages.Select(page => Obstacle(page.Path))).OfType<string>().ToList();
            obstacles.ForEach(terminal.Complain);
            if (obstacles.Count > 0)
                return ExitCode.Failed;
            Directory.CreateDirectory(place);
            // Before the first link: where pages cannot be written, nothing is changed.
            if (pages.Count > 0)
                Directory.CreateDirectory(Path.GetDirectoryName(pages[0].Path)!);
            var made = links.Count(link => ProgramLink.Ensure(link, program));
            terminal.Output.WriteLine($"{links.Count} links to {program} in {place}, {made} of them new");
            foreach (var (path, text) in pages)
                await File.WriteAllTextAsync(path, text, cancellationToken);
            if (pages.Count > 0)
                terminal.Output.WriteLine($"{pages.Count} manual pages in {Path.GetDirectoryName(pages[0].Path)}");
            return ExitCode.Success;
        });
        return command;
    }

    private static IEnumerable<(string Path, string Text)> Pages(Terminal terminal, string directory) =>
        AllCommands.Of(terminal).Select(CommandPage.Of).Select(page => (Path.Combine(directory, $"{ManPage.NameOf(page.Name)}.{ManPage.Section}"), ManPage.Write(page)));

    // Somebody else's page of that name is not replaced.
    private static string? Obstacle(string page) => !File.Exists(page) || File.ReadLines(page).FirstOrDefault() == ManPage.Mark ? null : $"{page} is there, and was not written by this program";
}
