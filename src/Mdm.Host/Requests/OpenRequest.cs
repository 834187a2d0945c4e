using System.Collections.Immutable;
using Mdm.Host.Access;
using Mdm.Host.Staging;

namespace Mdm.Host.Requests;

/// <summary>What of a request never changes.</summary>
internal sealed record RequestHeader
{
    public required string Token { get; init; }

    public required RequestKind Kind { get; init; }

    /// <summary>Whose it is, with the attributes and the end of the credential it was made with.</summary>
    public required GridCaller Owner { get; init; }

    public string? Description { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When what is not ready is given up.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>When work may begin.</summary>
    public required DateTimeOffset StartsAt { get; init; }

    /// <summary>How long a file stays once it is ready.</summary>
    public required TimeSpan PinFor { get; init; }
}

/// <summary>A request that is not at its end. All that changes in it is guarded by <see cref="Gate"/>; <see cref="OpenRequests"/> does the changing.</summary>
internal sealed class OpenRequest
{
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pending;
    private int _open;

    public OpenRequest(RequestHeader header, IEnumerable<FileRow> files)
    {
        Header = header;
        Files = [.. files.Select(row => new AskedFile(this, row))];
        _pending = Files.Count(file => file.State.IsPending());
        _open = Files.Count(file => file.State.IsOpen());
    }

    public Lock Gate { get; } = new();

    public RequestHeader Header { get; }

    public ImmutableArray<AskedFile> Files { get; }

    /// <summary>True once it was given to the store; changes before that go there with it.</summary>
    public bool IsStored { get; set; }

    /// <summary>Files that became ready and are not written down yet.</summary>
    public List<AskedFile> Unrecorded { get; } = [];

    /// <summary>When it is looked at next; never later than something of it runs out.</summary>
    public DateTimeOffset? WakesAt { get; set; }

    public bool IsEnded => _open == 0;

    /// <summary>True once its end was noticed and it counts no more.</summary>
    public bool HasLeft { get; set; }

    /// <summary>When what is not ready is given up: at the deadline, or when nobody may say any more that its owner asked.</summary>
    public DateTimeOffset GivenUpAt => Header.Owner.ValidUntil is { } end && end < Header.Deadline ? end : Header.Deadline;

    /// <summary>Completes when nothing is pending any more.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Counts a file's change of state.</summary>
    public void Count(FileState before, FileState after)
    {
        _pending += (after.IsPending() ? 1 : 0) - (before.IsPending() ? 1 : 0);
        _open += (after.IsOpen() ? 1 : 0) - (before.IsOpen() ? 1 : 0);
        SettleIfNothingIsPending();
    }

    public void SettleIfNothingIsPending()
    {
        if (_pending == 0)
            _settled.TrySetResult();
    }

    /// <summary>When something of it runs out next; null when nothing will.</summary>
    public DateTimeOffset? NextDue()
    {
        DateTimeOffset? next = null;
        foreach (var file in Files)
        {
            if (file.State.IsOpen() && (file.PinnedUntil ?? GivenUpAt) is var due && (next is null || due < next))
                next = due;
        }
        return next;
    }

    /// <summary>As it stands.</summary>
    public RequestView View(DateTimeOffset now, Func<CatalogEntry, TimeSpan> estimate)
    {
        lock (Gate)
        {
            return new RequestView(Header.Token, Header.Kind, Header.CreatedAt, Positive(Header.Deadline - now), Positive(Header.StartsAt - now),
                [.. Files.Select(file => file.View(now, estimate))]);
        }
    }

    public static TimeSpan Positive(TimeSpan time) => time < TimeSpan.Zero ? TimeSpan.Zero : time;
}

/// <summary>A file of an open request.</summary>
#pragma warning disable CA1001 // A cancellation source without timer or link holds nothing that is to be disposed.
internal sealed class AskedFile(OpenRequest request, FileRow row)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _stop = new();

    public OpenRequest Request { get; } = request;

    public int Position { get; } = row.Position;

    public string Surl { get; } = row.Surl;

    public StoragePath? Path { get; } = row.Path;

    public FileState State { get; set; } = row.State == FileState.Ready ? FileState.Queued : row.State;

    public FileFault? Fault { get; set; } = row.Fault;

    public long? Length { get; set; } = row.Length;

    /// <summary>Until when it is pinned; while pending, until when it was before a restart.</summary>
    public DateTimeOffset? PinnedUntil { get; set; } = row.PinnedUntil;

    /// <summary>Which states it had, and when; changed under the request's gate.</summary>
    public FileHistory History { get; } = FileHistory.Read(row.History);

    /// <summary>Found out when it was authorised.</summary>
    public CatalogEntry? Entry { get; set; }

    public StagedFile? Staged { get; set; }

    public PinLease? Lease { get; set; }

    public Uri? Turl { get; set; }

    /// <summary>Cancelled when nobody waits for it any more.</summary>
    public CancellationToken Stopping => _stop.Token;

    public string PinKey => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Request.Header.Token}/{Position}");

    public void Stop() => _stop.Cancel();

    public FileRow Row() => new(Position, Surl, Path, State, Fault, PinnedUntil, Length, History.Text);

    public FileView View(DateTimeOffset now, Func<CatalogEntry, TimeSpan> estimate)
    {
        var view = Row().View(now);
        return State switch
        {
            FileState.Ready => view with { Turl = Turl },
            FileState.Queued or FileState.InProgress => view with { EstimatedWait = Estimate(now, estimate) },
            _ => view,
        };
    }

    private TimeSpan Estimate(DateTimeOffset now, Func<CatalogEntry, TimeSpan> estimate) =>
        OpenRequest.Positive(Request.Header.StartsAt - now) + (Entry is null ? TimeSpan.FromSeconds(1) : estimate(Entry));
}

/// <summary>A file of a request as it is stored.</summary>
internal sealed record FileRow(int Position, string Surl, StoragePath? Path, FileState State, FileFault? Fault, DateTimeOffset? PinnedUntil, long? Length, string? History = null)
{
    public FileView View(DateTimeOffset now) => new()
    {
        Surl = Surl,
        Path = Path,
        State = State,
        Fault = Fault,
        Length = Length,
        RemainingPin = State == FileState.Ready ? OpenRequest.Positive((PinnedUntil ?? now) - now) : null,
    };
}
