using System.CommandLine;
using System.CommandLine.Invocation;

namespace Mdm.Cli.Described;

/// <summary><c>--help</c>: a page as text.</summary>
internal sealed class HelpText(Terminal terminal) : SynchronousCommandLineAction
{
    // No wider than is read easily, no narrower than two columns need.
    private const int Narrowest = 60;
    private const int Widest = 110;
    private const int Indent = 2;

    // What is longer stands in a line of its own.
    private const int WidestTerm = 30;

    /// <summary>Help is asked for where arguments are missing.</summary>
    public override bool ClearsParseErrors => true;

    private int Width => Math.Clamp(terminal.ProgressWidth ?? Terminal.DefaultWidth, Narrowest, Widest);

    public override int Invoke(ParseResult parseResult)
    {
        Write(CommandPage.Of(parseResult.CommandResult.Command));
        return ExitCode.Success;
    }

    private void Write(CommandPage page)
    {
        Text($"Usage: {page.Synopsis}", 0, hanging: 7);
        foreach (var paragraph in page.Paragraphs)
        {
            Line();
            Text(paragraph, 0);
        }
        List("Arguments", page.Arguments);
        List("Options", page.OptionEntries);
        List("Commands", page.Subcommands);
        if (page.Families.Count > 0)
        {
            Heading("Commands of the original system, by their names (mdm install-links makes links)");
            foreach (var family in page.Families)
                Text($"{family.Title}: {string.Join(' ', family.Commands.Select(command => command.Name))}", Indent, hanging: Indent);
        }
        if (page.Notes.Examples.Any())
        {
            Heading("Examples");
            foreach (var example in page.Notes.Examples)
            {
                terminal.Output.WriteLine($"  {example.CommandLine}");
                Text(example.Sentence, 3 * Indent);
            }
        }
        List("Environment", [.. page.Notes.Variables.Select(variable => new PageEntry(variable.Name, variable.Meaning))]);
        List("Files", [.. page.Notes.Files.Select(file => new PageEntry(file.Path, file.Meaning))]);
        Line();
        Text($"Exit codes: {string.Join("; ", page.ExitStatuses.Select(status => $"{status.Code} {status.Meaning}"))}.", 0);
        if (page.Notes.SeeAlso.Any())
            Text($"See also: {string.Join(", ", page.Notes.SeeAlso.Select(other => other.Command))}.", 0);
    }

    private void Heading(string title)
    {
        Line();
        terminal.Output.WriteLine($"{title}:");
    }

    private void List(string title, IReadOnlyList<PageEntry> entries)
    {
        if (entries.Count == 0)
            return;
        Heading(title);
        var column = Math.Min(WidestTerm, entries.Max(entry => entry.Term.Length)) + (2 * Indent);
        foreach (var entry in entries)
        {
            if (entry.Term.Length > WidestTerm)
            {
                terminal.Output.WriteLine($"  {entry.Term}");
                Text(entry.Meaning, column);
            }
            else
            {
                Text($"  {entry.Term}".PadRight(column) + entry.Meaning, 0, column);
            }
        }
    }

    private void Line() => terminal.Output.WriteLine();

    // Broken between words; a first line that is set out in columns keeps its blanks.
    private void Text(string text, int indent, int hanging = 0)
    {
        var line = new string(' ', indent) + text;
        while (line.Length > Width)
        {
            var start = Math.Max(indent, indent + hanging);
            var at = line.LastIndexOf(' ', Width);
            if (at <= start)
                at = line.IndexOf(' ', start + 1);
            if (at < 0)
                break;
            terminal.Output.WriteLine(line[..at].TrimEnd());
            line = new string(' ', indent + hanging) + line[(at + 1)..];
        }
        terminal.Output.WriteLine(line.TrimEnd());
    }
}
