using System.Collections.Immutable;

namespace Mdm.Host.Requests;

/// <summary>Which requests an administrator wants to see.</summary>
internal sealed record RequestFilter
{
    /// <summary>Most requests of one answer.</summary>
    public const int MaxRequests = 10_000;

    /// <summary>Whose; everybody's when null.</summary>
    public DistinguishedName? Owner { get; init; }

    /// <summary>Those that have a file in that state; any when null.</summary>
    public FileState? State { get; init; }

    /// <summary>True: only those that are not at their end.</summary>
    public bool OnlyOpen { get; init; }

    /// <summary>Made before then.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Made then or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>That request only.</summary>
    public string? Token { get; init; }

    /// <summary>At most so many, the latest ones.</summary>
    public int Limit { get; init; } = MaxRequests;
}

/// <summary>A request as administrators see it.</summary>
/// <param name="Header">What never changes of it.</param>
/// <param name="EndedAt">When it came to its end, if it did.</param>
/// <param name="Host">The id of the host that works on it, or did; null: none does.</param>
/// <param name="Address">Where that host's transfer URLs lead; null when it is not known to live.</param>
/// <param name="Files">Its files.</param>
internal sealed record OverseenRequest(RequestHeader Header, DateTimeOffset? EndedAt, string? Host, Uri? Address, ImmutableArray<OverseenFile> Files);

/// <summary>A file of it, with the states it had.</summary>
internal sealed record OverseenFile(FileRow Row, ImmutableArray<FileStep> Steps);

/// <content>What administrators see of everybody's requests, and do with them. Who may is asked before.</content>
internal sealed partial class RequestBook
{
    /// <summary>The requests of all hosts, latest first: those that are open here as they stand this moment, the others as the store has them.</summary>
    /// <exception cref="MdmException">Unavailable: the book.</exception>
    public async IAsyncEnumerable<OverseenRequest> OverseeAsync(RequestFilter filter, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var shown = 0;
        foreach (var (token, ended) in await _store.TokensAsync(filter, cancellationToken))
        {
            if (shown == filter.Limit)
                yield break;
            if (await LookAsync(token, ended, cancellationToken) is not { } request || (filter.State is { } state && !request.Files.Any(file => file.Row.State == state)))
                continue;
            shown++;
            yield return request;
        }
    }

    /// <summary>Calls off a request, or files of it, whosesoever it is and whichever host works on it.</summary>
    /// <param name="token">Which.</param>
    /// <param name="positions">Which files, from 0; all when null.</param>
    /// <param name="reason">For its owner.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many were open; null when there is no open request of that token.</returns>
    public async Task<int?> AbortAsync(string token, IReadOnlyCollection<int>? positions, string reason, CancellationToken cancellationToken)
    {
        var fault = CalledOff(reason);
        if (FindOpen(token) is { } request)
        {
            var ended = _open.End(request, request.Files.Where(file => positions is null || positions.Contains(file.Position)), FileState.Aborted, fault, out var recorded);
            await recorded.WaitAsync(cancellationToken);
            if (!request.IsLetGo)
                return ended.Count;
        }
        return await _elsewhere.AbortAsync(token, positions, fault, cancellationToken);
    }

    /// <summary>Fails all of these owners that this host works on. Each host that shares the store does the same when it hears of a ban; what nobody works on now is authorised by whoever takes it up, and refused then.</summary>
    public void EndOf(Func<GridIdentity, bool> owner, FileFault fault)
    {
        foreach (var request in _open.All.Where(request => owner(request.Header.Owner.Identity)))
            _open.End(request, request.Files, FileState.Failed, fault, out _);
    }

    /// <summary>What the owner of something that was called off is told.</summary>
    public static FileFault CalledOff(string reason) => new(FaultCause.Error, MdmErrorKind.Unavailable, $"The host's administrator called it off: {reason}");

    /// <summary>Open files by state, of the requests that this host works on.</summary>
    public IReadOnlyDictionary<FileState, int> OpenFiles => _open.All.SelectMany(request => request.Files).Where(file => file.State.IsOpen()).GroupBy(file => file.State).ToDictionary(group => group.Key, group => group.Count());

    /// <summary>Whose a request is that this host works on; null when there is none of that token.</summary>
    public GridIdentity? OwnerOf(string token) => _open.Find(token)?.Header.Owner.Identity;

    /// <summary>Requests that are not at their end and that this host works on.</summary>
    public int OpenCount => _open.All.Count(request => !request.IsEnded);

    private async Task<OverseenRequest?> LookAsync(string token, DateTimeOffset? ended, CancellationToken cancellationToken)
    {
        if (FindOpen(token) is { } open)
        {
            lock (open.Gate)
                return new OverseenRequest(open.Header, ended, _takingUp.Host.Id, _takingUp.Host.Address, [.. open.Files.Select(file => new OverseenFile(file.Row(), [.. file.History.Steps]))]);
        }
        return await _store.FindAsync(token, cancellationToken) is { } stored
            ? new OverseenRequest(stored.Header, ended, stored.Host, stored.Address, [.. stored.Files.Select(file => new OverseenFile(file, [.. FileHistory.Read(file.History).Steps]))])
            : null;
    }
}
