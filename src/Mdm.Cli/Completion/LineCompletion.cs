using System.CommandLine;
using System.CommandLine.Parsing;
using Mdm.Cli.Described;
using Mdm.Cli.Linked;

namespace Mdm.Cli.Completion;

/// <summary>What the last word of a line may become, as the parser that will read the line sees it.</summary>
internal static class LineCompletion
{
    /// <param name="line">What stands before the cursor, the name of the program included.</param>
    /// <param name="terminal">Commands are made with it; nothing is written.</param>
    public static IReadOnlyList<Suggestion> Of(string line, Terminal terminal)
    {
        var words = CommandLineParser.SplitCommandLine(line).ToList();
        // An empty word is no word for the parser.
        var isBegun = line.Length > 0 && !char.IsWhiteSpace(line[^1]);
        if (words.Count == 0 || (words.Count == 1 && isBegun))
            return [];
        var arguments = InvokedName.Of([.. words.Skip(1)], words[0]);
        var last = isBegun ? arguments[^1] : string.Empty;
        var before = isBegun ? arguments[..^1] : arguments;
        return Candidates(before, last, terminal);
    }

    // Options are offered to who begins to type one; -? is for who does not know it.
    private static bool IsWanted(string text, string last) => text != "-?" && (last.Length > 0 || text[0] != '-');

    private static List<Suggestion> Candidates(string[] before, string last, Terminal terminal)
    {
        var linked = before is [var first, ..] && LinkedCommands.Find(first) is var (_, found) ? found : null;
        Command root = linked is null ? MdmCommand.Root(terminal) : MdmCommand.LinkedRoot(linked, terminal);
        ParseResult parsed;
        try
        {
            parsed = root.Parse([.. linked is null ? before : before[1..], .. last.Length > 0 ? [last] : Array.Empty<string>()], MdmCommand.Parsing);
        }
        catch (InvalidOperationException)
        {
            // A word is none of its type: nobody knows how such a line goes on.
            return [];
        }
        var candidates = parsed.GetCompletions().Select(item => new Suggestion(item.InsertText ?? item.Label, CommandPage.FirstSentence(item.Detail ?? item.Documentation ?? string.Empty).Replace('\t', ' ')));
        // Original names are many: only who begins to type one wants them.
        if (before.Length == 0 && last.Length > 0)
            candidates = candidates.Concat(LinkedCommands.Families.SelectMany(family => family.Commands.Select(command => new Suggestion(command.Name, family.Title))));
        return [.. candidates.Where(item => item.Text.StartsWith(last, StringComparison.Ordinal) && IsWanted(item.Text, last)).DistinctBy(item => item.Text).OrderBy(item => item.Text, StringComparer.Ordinal)];
    }
}

/// <summary>One word that may come, and what it means.</summary>
internal sealed record Suggestion(string Text, string Meaning);
