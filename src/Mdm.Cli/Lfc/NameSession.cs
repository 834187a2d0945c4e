using Mdm.Abstractions;
using Mdm.Client;
using Mdm.Client.Names;

namespace Mdm.Cli.Lfc;

/// <summary>One call of a command: the connections that it needs, and what went wrong with which of its names.</summary>
internal sealed class NameSession(Terminal terminal, NameServer server) : IDisposable
{
    private readonly Dictionary<Surl, GridNames> _doors = [];
    private GridFiles? _files;

    public GridFiles Files => _files ??= terminal.Open();

    /// <summary>One refusal is enough; the other names are still worked on.</summary>
    public int Code { get; private set; }

    public GridNames NamesAt(NamePlace place)
    {
        var host = place.Surl with { Path = StoragePath.Root };
        return _doors.TryGetValue(host, out var door) ? door : _doors[host] = Files.NamesAt(host);
    }

    public Task<NamedEntry> StatAsync(NamePlace place, bool followLast, CancellationToken cancellationToken) => NamesAt(place).StatAsync(place.Surl.Path, followLast, cancellationToken);

    /// <summary>Does the same for every name; one that is refused does not stop the others.</summary>
    /// <param name="names">As they were typed.</param>
    /// <param name="act">What is done.</param>
    /// <param name="complaint">What stands before a name that was refused, as <c>cannot create </c>.</param>
    public async Task<int> EachAsync(IEnumerable<string> names, Func<NamePlace, Task> act, string complaint = "")
    {
        foreach (var name in names)
        {
            NamePlace? place = null;
            await TryAsync(complaint + name, () => act(place = server.Place(terminal, name)), () => place);
            // Nobody answers: asking for the others would only take as long again.
            if (Code == ExitCode.Unreachable)
                break;
        }
        return Code;
    }

    /// <summary>Does something with one name; that it is refused is said, and stops nothing.</summary>
    public Task TryAsync(NamePlace place, Func<Task> act) => TryAsync(place.Typed, act, () => place);

    public void Dispose() => _files?.Dispose();

    /// <summary>Does the same for an entry and for all below it, parents first; symbolic names are not followed. What is refused is said, and the rest goes on.</summary>
    public async Task BelowAsync(NamePlace place, Func<NamePlace, NamedEntry, Task> act, CancellationToken cancellationToken) =>
        await BelowAsync(place, await StatAsync(place, followLast: false, cancellationToken), act, cancellationToken);

    private async Task BelowAsync(NamePlace place, NamedEntry entry, Func<NamePlace, NamedEntry, Task> act, CancellationToken cancellationToken)
    {
        await act(place, entry);
        if (entry.Kind != CatalogEntryKind.Directory)
            return;
        await foreach (var child in NamesAt(place).ListAsync(place.Surl.Path, cancellationToken))
        {
            var below = new NamePlace(place.Surl with { Path = child.Path }, $"{place.Typed.TrimEnd('/')}/{child.Path.Name}");
            if (child.Kind != CatalogEntryKind.Link)
                await TryAsync(below, () => BelowAsync(below, child, act, cancellationToken));
        }
    }

    private async Task TryAsync(string subject, Func<Task> act, Func<NamePlace?> place)
    {
        try
        {
            await act();
        }
        catch (SrmException e)
        {
            Refused(subject, PosixWords.Of(e, place()), ExitCode.Of(e));
        }
        catch (MdmException e) when (e.Kind is MdmErrorKind.InvalidName or MdmErrorKind.IsADirectory)
        {
            Refused(subject, PosixWords.Of(e), e.Kind == MdmErrorKind.InvalidName ? ExitCode.Usage : ExitCode.Failed);
        }
    }

    private void Refused(string subject, string why, int code)
    {
        // What was found so far stands before it, as it would on a terminal.
        terminal.Output.Flush();
        terminal.Complain($"{subject}: {why}");
        Code = Code is ExitCode.Success ? code : Code;
    }
}
