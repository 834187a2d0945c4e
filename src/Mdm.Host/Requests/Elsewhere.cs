using System.Collections.Immutable;
using Mdm.Host.Staging;
using Mdm.Host.Transfer;

namespace Mdm.Host.Requests;

/// <summary>
/// Requests as the store has them: those that have ended, and those that another host works on. Any host tells of them and changes them; the host that works on one is told, and follows.
/// </summary>
internal sealed class Elsewhere(RequestStore store, TicketBook tickets, StagingOptions pins, TimeProvider time)
{
    /// <summary>Longest text that is looked up as a token.</summary>
    private const int MaxTokenLength = 64;

    /// <summary>What is told of a file that is not ready; how its archive does only the host knows that asks it.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(1);

    /// <summary>How a request of the caller stands; null when there is none of that name.</summary>
    /// <exception cref="MdmException">AccessDenied: it is somebody else's.</exception>
    public async Task<RequestView?> FindAsync(GridIdentity caller, string token, CancellationToken cancellationToken) =>
        await LoadAsync(caller, token, cancellationToken) is { } stored ? View(stored) : null;

    /// <summary>Ends files; as <see cref="RequestBook.EndAsync(GridIdentity, string, IReadOnlyList{StoragePath?}?, FileState, CancellationToken)"/>.</summary>
    public async Task<(RequestView View, IReadOnlySet<int> Ended)?> EndAsync(GridIdentity caller, string token, IReadOnlyCollection<StoragePath?>? paths, FileState state, CancellationToken cancellationToken)
    {
        if (await LoadAsync(caller, token, cancellationToken) is not { } stored)
            return null;
        var wanted = paths?.ToHashSet();
        int[] positions = [.. stored.Files.Where(file => file.State.IsOpen() && (wanted is null || wanted.Contains(file.Path))).Select(file => file.Position)];
        return positions.Length == 0
            ? (View(stored), ImmutableHashSet<int>.Empty)
            : await AfterAsync(token, await store.EndAsync(token, positions, state, fault: null, time.GetUtcNow()), cancellationToken);
    }

    /// <summary>Ends the caller's open files of a path in requests that other hosts work on; null where there are none.</summary>
    public async Task<FileOutcome?> EndAsync(GridIdentity caller, StoragePath path, FileState state, CancellationToken cancellationToken)
    {
        FileOutcome? outcome = null;
        foreach (var token in await store.ElsewhereAsync(caller.Subject, path, cancellationToken))
        {
            if (await EndAsync(caller, token, [path], state, cancellationToken) is var (view, ended))
                outcome = OutcomesOf(view, path, ended).OrderByDescending(one => one.WasOpen).FirstOrDefault() ?? outcome;
        }
        return outcome;
    }

    /// <summary>Calls off open files of anybody's request.</summary>
    /// <returns>How many were open; null when there is no open request of that token.</returns>
    public async Task<int?> AbortAsync(string token, IReadOnlyCollection<int>? positions, FileFault fault, CancellationToken cancellationToken)
    {
        if (token.Length > MaxTokenLength || await store.FindAsync(token, cancellationToken) is not { } stored || !stored.Files.Any(file => file.State.IsOpen()))
            return null;
        int[] open = [.. stored.Files.Where(file => file.State.IsOpen() && positions?.Contains(file.Position) != false).Select(file => file.Position)];
        return (await store.EndAsync(token, open, FileState.Aborted, fault, time.GetUtcNow())).Count;
    }

    /// <summary>Lets pins of ready files end so long from now, when the host lives that has them.</summary>
    public async Task<(RequestView View, IReadOnlySet<int> Extended)?> ExtendAsync(GridIdentity caller, string token, IReadOnlyCollection<StoragePath?> paths, Lifetime pin, CancellationToken cancellationToken)
    {
        if (await LoadAsync(caller, token, cancellationToken) is not { } stored)
            return null;
        var wanted = paths.ToHashSet();
        int[] positions = stored.IsInGoodHands
            ? [.. stored.Files.Where(file => file.State == FileState.Ready && wanted.Contains(file.Path)).Select(file => file.Position)]
            : [];
        if (positions.Length == 0)
            return (View(stored), ImmutableHashSet<int>.Empty);
        var now = time.GetUtcNow();
        return await AfterAsync(token, await store.ExtendAsync(token, positions, now + pin.Within(pins.DefaultPin, pins.LongestPin), now), cancellationToken);
    }

    /// <summary>The same for a path in whichever request; null where the caller has it nowhere.</summary>
    public async Task<FileOutcome?> ExtendAsync(GridIdentity caller, StoragePath path, Lifetime pin, CancellationToken cancellationToken)
    {
        FileOutcome? outcome = null;
        foreach (var token in await store.ElsewhereAsync(caller.Subject, path, cancellationToken))
        {
            if (await ExtendAsync(caller, token, [path], pin, cancellationToken) is var (view, extended))
                outcome = OutcomesOf(view, path, extended).OrderByDescending(one => one.WasOpen).FirstOrDefault() ?? outcome;
        }
        return outcome;
    }

    private static IEnumerable<FileOutcome> OutcomesOf(RequestView view, StoragePath path, IReadOnlySet<int> changed) =>
        view.Files.Select((file, position) => (file, position)).Where(one => path.Equals(one.file.Path)).Select(one => new FileOutcome(one.file, changed.Contains(one.position)));

    private async Task<(RequestView, IReadOnlySet<int>)?> AfterAsync(string token, IReadOnlySet<int> changed, CancellationToken cancellationToken) =>
        await store.FindAsync(token, cancellationToken) is { } after ? (View(after), changed) : null;

    private async Task<StoredRequest?> LoadAsync(GridIdentity caller, string token, CancellationToken cancellationToken)
    {
        if (token.Length > MaxTokenLength || await store.FindAsync(token, cancellationToken) is not { } stored)
            return null;
        // Nobody guesses a token: to say that it is another's tells nothing to who does not know that already.
        return stored.Header.Owner.Identity.Subject == caller.Subject
            ? stored
            : throw new MdmException(MdmErrorKind.AccessDenied, $"The request of that token was made by somebody else, not by {caller.Subject}. Ask for the files yourself.");
    }

    private RequestView View(StoredRequest stored)
    {
        var (now, header) = (time.GetUtcNow(), stored.Header);
        return new RequestView(header.Token, header.Kind, header.CreatedAt, OpenRequest.Positive(header.Deadline - now), OpenRequest.Positive(header.StartsAt - now), [.. stored.Files.Select(file => View(stored, file, now))]);
    }

    private FileView View(StoredRequest stored, FileRow row, DateTimeOffset now)
    {
        var view = row.View(now);
        if (row.State == FileState.Ready && row.PinnedUntil <= now)
            return view with { State = FileState.Expired, RemainingPin = null };
        // The host that has it is dead: another fetches it again, and nobody is sent there.
        if (row.State == FileState.Ready && !stored.IsInGoodHands)
            view = view with { State = FileState.Queued, RemainingPin = null };
        if (view.State.IsPending())
            return view with { EstimatedWait = OpenRequest.Positive(stored.Header.StartsAt - now) + Wait };
        return view.State == FileState.Ready && stored is { Address: { } address, Header.Kind: RequestKind.Get } && row is { Entry: { } file, Path: { } path, PinnedUntil: { } until }
            ? view with { Turl = tickets.AddressAt(address, file, path.Name, stored.Header.Owner.Identity, until) }
            : view;
    }
}
