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
internal sealed record OverseenRequest(RequestHeader Header, DateTimeOffset? EndedAt, ImmutableArray<OverseenFile> Files);

/// <summary>A file of it, with the states it had.</summary>
internal sealed record OverseenFile(FileRow Row, ImmutableArray<FileStep> Steps);

/// <content>What administrators see of everybody's requests, and do with them. Who may is asked before.</content>
internal sealed partial class RequestBook
{
    /// <summary>The requests, latest first: those that are open as they stand this moment, the others as they ended.</summary>
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

    /// <summary>Calls off a request, or files of it, whosesoever it is.</summary>
    /// <param name="token">Which.</param>
    /// <param name="positions">Which files, from 0; all when null.</param>
    /// <param name="reason">For its owner.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many were open; null when there is no open request of that token at this host.</returns>
    public async Task<int?> AbortAsync(string token, IReadOnlyCollection<int>? positions, string reason, CancellationToken cancellationToken)
    {
        if (_open.Find(token) is not { IsStored: true } request)
            return null;
        var fault = new FileFault(FaultCause.Error, MdmErrorKind.Unavailable, $"The host's administrator called it off: {reason}");
        var ended = _open.End(request, request.Files.Where(file => positions is null || positions.Contains(file.Position)), FileState.Aborted, fault, out var recorded);
        await recorded.WaitAsync(cancellationToken);
        return ended.Count;
    }

    /// <summary>Fails all that is open of these owners.</summary>
    public void EndOf(Func<GridIdentity, bool> owner, FileFault fault)
    {
        foreach (var request in _open.All.Where(request => owner(request.Header.Owner.Identity)))
            _open.End(request, request.Files, FileState.Failed, fault, out _);
    }

    /// <summary>Open files by state.</summary>
    public IReadOnlyDictionary<FileState, int> OpenFiles => _open.All.SelectMany(request => request.Files).Where(file => file.State.IsOpen()).GroupBy(file => file.State).ToDictionary(group => group.Key, group => group.Count());

    /// <summary>Requests that are not at their end.</summary>
    public int OpenCount => _open.All.Count();

    /// <summary>Whose an open request is; null when there is none of that token here.</summary>
    public GridIdentity? OwnerOf(string token) => _open.Find(token)?.Header.Owner.Identity;

    private async Task<OverseenRequest?> LookAsync(string token, DateTimeOffset? ended, CancellationToken cancellationToken)
    {
        if (_open.Find(token) is { } open)
        {
            lock (open.Gate)
                return new OverseenRequest(open.Header, ended, [.. open.Files.Select(file => new OverseenFile(file.Row(), [.. file.History.Steps]))]);
        }
        return await _store.FindAsync(token, cancellationToken) is var (header, files)
            ? new OverseenRequest(header, ended, [.. files.Select(file => new OverseenFile(file, [.. FileHistory.Read(file.History).Steps]))])
            : null;
    }
}
