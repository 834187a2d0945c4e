using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Client.Names;

namespace Mdm.Cli.Lfc;

/// <summary><c>lfc-ls</c>, <c>dpns-ls</c>.</summary>
internal sealed class ListCommand
{
    private readonly Argument<string[]> _paths = new("PATH") { Description = "Directories and files; the home directory when left out.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<bool> _byChange = new("-c") { Description = "The time of the last change of the entry, which -l shows anyway." };
    private readonly Option<bool> _itself = new("-d") { Description = "A directory itself, not what is in it." };
    private readonly Option<bool> _forPeople = new("-h") { Description = "With -l, sizes as 1.5M." };
    private readonly Option<bool> _ids = new("-i") { Description = "The GUID before each entry." };
    private readonly Option<bool> _long = new("-l") { Description = "Mode, owner, group, size and time. Owner and group are cut to a word; lfc-getacl shows them whole." };
    private readonly Option<bool> _follow = new("-L") { Description = "Of a symbolic name that is listed by itself, what it stands for; else the name is listed." };
    private readonly Option<bool> _recursive = new("-R") { Description = "Everything below, each directory under its own heading." };
    private readonly Option<bool> _replicas = new("-T") { Description = "Where the file is kept: its SURL, after a letter for its state." };
    private readonly Option<bool> _byAccess = new("-u") { Description = "The time of the last access; none is kept, and that of the last change is shown." };
    private readonly Option<bool> _comments = new("--comment") { Description = "Users' comments after the names." };
    private readonly Option<bool> _deleted = new("--deleted") { Description = "Entries that were deleted, too; none are kept." };
    private readonly Option<bool> _json = JsonText.Option();
    private readonly LongListing _listing = new(TimeProvider.System);
    private readonly Terminal _terminal;

    private ListCommand(Terminal terminal) => _terminal = terminal;

    public static DescribedCommand Create(Terminal terminal, NameServer server)
    {
        var list = new ListCommand(terminal);
        var name = server.NameOf("ls");
        var command = new DescribedCommand(name, "Lists directories and files.")
        {
            list._paths, list._long, list._itself, list._follow, list._recursive, list._ids, list._replicas, list._comments, list._forPeople, list._byChange, list._byAccess, list._deleted, list._json,
            new Example($"{name} -l /grid/biomed/research", "A directory, one line an entry."),
            new Example($"{name} -ld --comment /grid/biomed/research", "The directory itself, with its comment."),
            new Example($"{name} --json -R /grid/biomed", "All that is known of everything below, one JSON object a line."),
            server.Notes,
            new SeeAlso(server.NameOf("getacl")),
            new SeeAlso("mdm ls"),
        };
        command.SetAction((parsed, cancellationToken) => list.RunAsync(parsed, server, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, NameServer server, CancellationToken cancellationToken)
    {
        var named = parsed.GetValue(_paths) ?? [];
        if (named.Length == 0)
            named = [server.Home(_terminal)?.Typed ?? throw new MdmException(MdmErrorKind.InvalidName, $"What is to be listed? Name it, or set {server.HomeVariable}.")];
        using var session = new NameSession(_terminal, server);
        return await session.EachAsync(named, async place =>
        {
            var entry = await session.StatAsync(place, followLast: parsed.GetValue(_follow), cancellationToken);
            if (entry.Kind == CatalogEntryKind.Directory && !parsed.GetValue(_itself))
                await DirectoryAsync(parsed, session, place with { Surl = place.Surl with { Path = entry.Path } }, place.Typed, cancellationToken);
            else
                Print(parsed, entry, place, place.Typed);
        });
    }

    private async Task DirectoryAsync(ParseResult parsed, NameSession session, NamePlace directory, string shown, CancellationToken cancellationToken)
    {
        var isRecursive = parsed.GetValue(_recursive);
        var below = new List<StoragePath>();
        if (isRecursive && !parsed.GetValue(_json))
            _terminal.Output.WriteLine($"\n{shown}:");
        await foreach (var entry in session.NamesAt(directory).ListAsync(directory.Surl.Path, cancellationToken))
        {
            Print(parsed, entry, directory, entry.Path.Name);
            if (isRecursive && entry.Kind == CatalogEntryKind.Directory)
                below.Add(entry.Path);
        }
        foreach (var path in below)
        {
            // One that must not be read does not end the listing.
            var next = new NamePlace(directory.Surl with { Path = path }, $"{shown.TrimEnd('/')}/{path.Name}");
            await session.TryAsync(next, () => DirectoryAsync(parsed, session, next, next.Typed, cancellationToken));
        }
    }

    private void Print(ParseResult parsed, NamedEntry entry, NamePlace place, string name)
    {
        if (parsed.GetValue(_json))
        {
            _terminal.Output.WriteLine(EntryJson.Of(entry));
            return;
        }
        var id = parsed.GetValue(_ids) ? $"{FileGuid.Of(entry.Id)} " : string.Empty;
        var facts = parsed.GetValue(_long) ? _listing.Of(entry, parsed.GetValue(_forPeople)) : string.Empty;
        var replica = parsed.GetValue(_replicas) && entry.Kind == CatalogEntryKind.File ? $"- {place.Surl with { Path = entry.Path }} " : string.Empty;
        var target = parsed.GetValue(_long) && entry.Target is { } path ? $" -> {path}" : string.Empty;
        var comment = parsed.GetValue(_comments) && entry.Comment is { } text ? $" {TerminalText.Of(text)}" : string.Empty;
        _terminal.Output.WriteLine(id + facts + replica + name + target + comment);
    }
}
