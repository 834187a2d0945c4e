using System.CommandLine;
using System.Globalization;
using Mdm.Cli.Linked;

namespace Mdm.Cli.Described;

/// <summary>All that is told of a command, out of the tree that reads its arguments; help, man page and list of commands are three forms of it.</summary>
/// <param name="Name">As it is typed: <c>mdm key register</c>, <c>lfc-ls</c>.</param>
internal sealed record CommandPage(string Name)
{
    /// <summary>The program's own pages are told apart from the grid's.</summary>
    private const string Options = "[options]";

    /// <summary>The first sentence, without its full stop.</summary>
    public required string Summary { get; init; }

    public required IReadOnlyList<string> Paragraphs { get; init; }

    public required string Synopsis { get; init; }

    public required IReadOnlyList<PageEntry> Arguments { get; init; }

    public required IReadOnlyList<PageEntry> OptionEntries { get; init; }

    /// <summary>Named below it, with the first sentence of each.</summary>
    public required IReadOnlyList<PageEntry> Subcommands { get; init; }

    /// <summary>The families of original names; only where the page is that of the whole program.</summary>
    public required IReadOnlyList<LinkedFamily> Families { get; init; }

    public required CommandNotes Notes { get; init; }

    /// <summary>Never empty.</summary>
    public required IReadOnlyList<ExitStatus> ExitStatuses { get; init; }

    public static CommandPage Of(Command command)
    {
        var name = NameOf(command);
        var notes = command is IDescribed { Notes: var own } ? own : new CommandNotes();
        var paragraphs = Paragraph(command.Description ?? string.Empty);
        var family = LinkedCommands.Find(name)?.Family;
        IReadOnlyList<ExitStatus> said = [.. notes.ExitStatuses];
        return new CommandPage(name)
        {
            Summary = FirstSentence(paragraphs[0]).TrimEnd('.'),
            Paragraphs = [.. paragraphs, .. notes.Remarks.SelectMany(remark => Paragraph(remark.Text))],
            Synopsis = string.Join(' ', (IEnumerable<string>)[name, Options, .. command.Action is null ? ["COMMAND"] : Array.Empty<string>(), .. command.Arguments.Where(argument => !argument.Hidden).Select(InSynopsis)]),
            Arguments = [.. command.Arguments.Where(argument => !argument.Hidden).Select(argument => new PageEntry(NameOf(argument), Told(argument.Description, argument.HasDefaultValue ? argument.GetDefaultValue() : null, isRequired: false)))],
            OptionEntries = [.. OptionsOf(command).Select(option => new PageEntry(Label(option), Told(option.Description, option.HasDefaultValue ? option.GetDefaultValue() : null, option.Required)))],
            Subcommands = [.. command.Subcommands.Where(sub => !sub.Hidden).Select(sub => new PageEntry(sub.Name, FirstSentence(sub.Description ?? string.Empty)))],
            Families = command is RootCommand ? LinkedCommands.Families : [],
            Notes = notes,
            ExitStatuses = said.Count > 0 ? said : family is { ExitStatuses.Count: > 0 } ? family.ExitStatuses : ExitCode.All,
        };
    }

    /// <summary>A command and all below it that are shown, parents first.</summary>
    public static IEnumerable<Command> Tree(Command command) => command.Subcommands.Where(sub => !sub.Hidden).SelectMany(Tree).Prepend(command);

    /// <summary>What stands for a text where there is room for a line.</summary>
    public static string FirstSentence(string text) => text.IndexOf(". ", StringComparison.Ordinal) is >= 0 and var end ? text[..(end + 1)] : text;

    /// <summary>A command as it is typed.</summary>
    public static string NameOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent
        ? $"{NameOf(parent)} {command.Name}"
        : command is RootCommand ? MdmCommand.Name : command.Name;

    private static string NameOf(Argument argument) => argument.HelpName ?? argument.Name;

    private static string InSynopsis(Argument argument)
    {
        var name = NameOf(argument) + (argument.Arity.MaximumNumberOfValues > 1 ? "..." : string.Empty);
        return argument.Arity.MinimumNumberOfValues == 0 || argument.HasDefaultValue ? $"[{name}]" : name;
    }

    // Those of the command, then those that hold for all commands.
    private static IEnumerable<Option> OptionsOf(Command command)
    {
        var own = command.Options.Where(option => !option.Hidden);
        return own.Concat(command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? OptionsOf(parent).Where(option => option.Recursive) : []);
    }

    private static string Label(Option option)
    {
        var names = string.Join(", ", option.Aliases.Append(option.Name).Where(name => name != "-?").OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal));
        return option.Arity.MaximumNumberOfValues == 0 || option.ValueType == typeof(bool) ? names : $"{names} {option.HelpName ?? option.Name.TrimStart('-').ToUpperInvariant()}";
    }

    private static string Told(string? description, object? value, bool isRequired)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture);
        var addition = isRequired ? " (required)" : value is not (null or bool or Array) && !string.IsNullOrEmpty(text) ? $" (default: {text})" : string.Empty;
        return (description ?? string.Empty) + addition;
    }

    private static List<string> Paragraph(string text) => [.. text.Split("\n\n").Select(paragraph => string.Join(' ', paragraph.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)))];
}

/// <summary>One line of a list: what is typed, and what it means.</summary>
internal sealed record PageEntry(string Term, string Meaning);
