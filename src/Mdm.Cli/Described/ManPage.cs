using System.Text;

namespace Mdm.Cli.Described;

/// <summary>A page as man(7) writes it.</summary>
internal static class ManPage
{
    /// <summary>Section 1: commands of users.</summary>
    public const string Section = "1";

    /// <summary>The first line, by which a page that this program wrote is known.</summary>
    public const string Mark = ".\\\" Written by mdm; written again by every mdm install-links --man.";

    /// <summary>The name of a page: <c>mdm-key-register</c>, <c>lfc-ls</c>.</summary>
    public static string NameOf(string command) => command.Replace(' ', '-');

    public static string Write(CommandPage page)
    {
        var roff = new StringBuilder();
        var name = NameOf(page.Name);
        Line(Mark);
        Line($".TH {Escape(name.ToUpperInvariant())} {Section} \"\" \"mdm {ProgramVersion.Short}\" \"Medical Data Manager\"");
        // What is typed must not be torn apart, nor stretched.
        Line(".nh");
        Line(".ad l");
        Line(".SH NAME");
        Line($"{Escape(name)} \\- {Escape(LowerFirst(page.Summary))}");
        Line(".SH SYNOPSIS");
        Line($"\\fB{Escape(page.Name)}\\fR{Escape(page.Synopsis[page.Name.Length..])}");
        Line(".SH DESCRIPTION");
        for (var i = 0; i < page.Paragraphs.Count; i++)
        {
            if (i > 0)
                Line(".PP");
            Text(page.Paragraphs[i]);
        }
        List("ARGUMENTS", page.Arguments);
        List("OPTIONS", page.OptionEntries);
        List("COMMANDS", page.Subcommands);
        if (page.Families.Count > 0)
        {
            Line(".SH COMMANDS OF THE ORIGINAL SYSTEM");
            foreach (var family in page.Families)
                Item(family.Title, string.Join(", ", family.Commands.Select(command => command.Name)));
        }
        if (page.Notes.Examples.Any())
        {
            Line(".SH EXAMPLES");
            foreach (var example in page.Notes.Examples)
                Item(example.CommandLine, example.Sentence);
        }
        List("ENVIRONMENT", [.. page.Notes.Variables.Select(variable => new PageEntry(variable.Name, variable.Meaning))]);
        List("FILES", [.. page.Notes.Files.Select(file => new PageEntry(file.Path, file.Meaning))]);
        List("EXIT STATUS", [.. page.ExitStatuses.Select(status => new PageEntry($"{status.Code}", status.Meaning))]);
        if (page.Notes.SeeAlso.Any())
        {
            Line(".SH SEE ALSO");
            Line(string.Join(", ", page.Notes.SeeAlso.Select(other => $"\\fB{Escape(NameOf(other.Command))}\\fR({Section})")));
        }
        return roff.ToString();

        void List(string title, IReadOnlyList<PageEntry> entries)
        {
            if (entries.Count == 0)
                return;
            Line($".SH {title}");
            foreach (var entry in entries)
                Item(entry.Term, entry.Meaning);
        }

        void Item(string term, string meaning)
        {
            Line(".TP");
            Line($"\\fB{Escape(term)}\\fR");
            Text(meaning.Length > 0 ? meaning : term);
        }

        void Text(string text) => Line(Escape(text));

        void Line(string text) => roff.Append(text).Append('\n');
    }

    // groff_char(7): what stands as typed, so that a line of an example can be copied out of the page.
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var letter in text)
        {
            escaped.Append(letter switch
            {
                '\\' => "\\e",
                '-' => "\\-",
                '\'' => "\\(aq",
                '`' => "\\(ga",
                '^' => "\\(ha",
                '~' => "\\(ti",
                '…' => "...",
                _ => letter.ToString(),
            });
        }
        // A control line is what begins so.
        return escaped.Length > 0 && escaped[0] == '.' ? $"\\&{escaped}" : escaped.ToString();
    }

    // "Lists a directory" is a sentence; in a list of pages it is an apposition. A name stays as it is.
    private static string LowerFirst(string text) => text.Length > 1 && char.IsUpper(text[0]) && char.IsLower(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : text;
}
