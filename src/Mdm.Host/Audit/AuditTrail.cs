using System.Collections.Immutable;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Audit;

/// <summary>How a file's bytes leave.</summary>
/// <param name="Content"><c>original</c>, or the de-identifier's name.</param>
/// <param name="Delivery"><c>sealed</c> or <c>clear</c>.</param>
internal sealed record AuditDisclosure(string Content, string Delivery);

/// <summary>
/// Who asked for what, when, from where and with which outcome: one JSON line each, appended and handed to the system before the answer goes out. No patient data: files stand as
/// their id, patients as part of a keyed hash, what a caller typed as a keyed hash unless it resolved.
/// </summary>
/// <remarks>
/// What gives something out writes its line first, and fails where the line cannot be written. What refuses writes what it can: a refusal stands with or without its line.
/// </remarks>
internal sealed class AuditTrail : IDisposable
{
    private readonly TrailFile _file;
    private readonly AuditSecret _secret;
    private readonly TimeProvider _time;
    private readonly IHttpContextAccessor? _http;
    private readonly ILogger _log;
    private readonly StrangerLimit _strangers;
    private readonly Lock _gate = new();
    private long _lost;

    /// <param name="directory">Where <c>audit-YYYYMMDD.jsonl</c> is kept, one file a day (UTC), readable by the service only. Its secret lies in <c>secrets/audit</c> beside it.</param>
    /// <param name="time">The clock.</param>
    /// <param name="http">Tells the caller's address where a request is being served.</param>
    /// <param name="log">Where it is told that the trail cannot be written.</param>
    /// <exception cref="MdmException">Refused: the secret; Unavailable: the folder.</exception>
    public AuditTrail(string directory, TimeProvider time, IHttpContextAccessor? http = null, ILogger<AuditTrail>? log = null)
    {
        (Folder, _time, _http, _log) = (directory, time, http, log ?? (ILogger)NullLogger.Instance);
        _strangers = new StrangerLimit(time);
        try
        {
            _secret = AuditSecret.Beside(directory);
            _file = new TrailFile(directory, _secret);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new MdmException(MdmErrorKind.Unavailable, $"The audit trail in {directory} cannot be used: {trouble.Message}", trouble);
        }
        if (_file.Trouble is not { } found)
            return;
        Log.TrailBroken(_log, found);
        Write(Record(null, AuditAction.TrailBroken, AuditOutcome.Failed) with { Detail = found });
    }

    /// <summary>Where the lines lie.</summary>
    public string Folder { get; }

    /// <summary>The last line's number.</summary>
    public long Number
    {
        get
        {
            lock (_gate)
                return _file.Number;
        }
    }

    /// <summary>Called after each line, outside every lock.</summary>
    public Action? Written { get; set; }

    /// <summary>True while the last line that was to be written could not be.</summary>
    public bool IsBroken => Interlocked.Read(ref _lost) > 0;

    /// <summary>What stands in the trail for a text that must not.</summary>
    public string Mark(string what, string text) => _secret.Mark(what, text);

    /// <summary>An action that was allowed on an entry that is there.</summary>
    /// <exception cref="MdmException">Unavailable: the line cannot be written, so nothing may be given out or changed.</exception>
    public void Granted(GridIdentity caller, AuditAction action, CatalogEntry entry, string? detail = null) =>
        Write(Of(caller, action, AuditOutcome.Granted, entry) with { Detail = detail });

    /// <summary>A new name that a caller may give; the name itself does not exist yet and stands as a keyed hash.</summary>
    /// <exception cref="MdmException">Unavailable: as <see cref="Granted"/>.</exception>
    public void GrantedName(GridIdentity caller, AuditAction action, CatalogEntry entry, StoragePath name, string? detail = null) =>
        Write(Of(caller, action, AuditOutcome.Granted, entry) with { Typed = TypedMark(name), Detail = detail });

    /// <summary>An action that was refused or failed. What the caller typed stands as a keyed hash, where his way ended as a path.</summary>
    public void Refused(GridIdentity? caller, AuditAction action, MdmException refusal, StoragePath? typed = null, FileId? file = null)
    {
        var denial = Denial.Of(refusal);
        TryWrite(Record(caller, action, refusal.Kind is MdmErrorKind.AccessDenied or MdmErrorKind.Refused ? AuditOutcome.Refused : AuditOutcome.Failed) with
        {
            File = (file ?? denial?.At.Id)?.ToString(),
            Path = denial?.At.Path.ToString(),
            Publication = denial?.At.Publication,
            Typed = typed is null || typed == denial?.At.Path ? null : TypedMark(typed),
            Detail = denial is null ? refusal.Kind.ToString() : $"{refusal.Kind}: no {denial.Missing} right",
        });
    }

    /// <summary>An action that was refused, for a reason in the host's own words.</summary>
    public void Refused(GridIdentity? caller, AuditAction action, string reason) => TryWrite(Record(caller, action, AuditOutcome.Refused) with { Detail = reason });

    /// <summary>A call of somebody who showed no acceptable certificate. What he showed stands as a keyed hash. More than <see cref="StrangerLimit.LinesPerSecond"/> are counted only.</summary>
    /// <param name="what">What was called, in the host's own words.</param>
    /// <param name="shown">Why the certificate does not count; null when there was none.</param>
    public void Stranger(string what, string? shown)
    {
        if (!_strangers.MayWrite(out var unwritten))
            return;
        TryWrite(Record(null, AuditAction.Authenticate, AuditOutcome.Refused) with
        {
            Typed = shown is null ? null : Mark("shown", shown),
            Unwritten = unwritten == 0 ? null : unwritten,
            Detail = shown is null ? $"{what}: no certificate" : $"{what}: no acceptable certificate",
        });
    }

    /// <summary>A call of somebody who is banned. More than <see cref="StrangerLimit.LinesPerSecond"/> are counted only.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="what">What was called, in the host's own words.</param>
    public void Barred(GridIdentity caller, string what)
    {
        if (_strangers.MayWrite(out var unwritten))
            TryWrite(Record(caller, AuditAction.Authenticate, AuditOutcome.Refused) with { Unwritten = unwritten == 0 ? null : unwritten, Detail = $"{what}: banned" });
    }

    /// <summary>A directory's names, to a caller: one line for each directory and call, however many pages it takes.</summary>
    /// <exception cref="MdmException">Unavailable: as <see cref="Granted"/>.</exception>
    public void Listed(GridIdentity caller, CatalogEntry directory) => Write(Of(caller, AuditAction.List, AuditOutcome.Granted, directory));

    /// <summary>An administrator's order; the detail names no patient.</summary>
    /// <exception cref="MdmException">Unavailable: as <see cref="Granted"/>.</exception>
    public void Administered(GridIdentity caller, string detail) => Write(Record(caller, AuditAction.Administer, AuditOutcome.Granted) with { Detail = detail });

    /// <summary>A patient was withdrawn, or is again published.</summary>
    /// <param name="caller">Who ordered it.</param>
    /// <param name="patient">Part of the patient's keyed hash, in hexadecimal digits.</param>
    /// <param name="files">Files that went.</param>
    /// <param name="detail">In the host's own words.</param>
    /// <exception cref="MdmException">Unavailable: as <see cref="Granted"/>.</exception>
    public void Withdrawn(GridIdentity caller, string patient, int files, string detail) =>
        Write(Record(caller, AuditAction.Withdraw, AuditOutcome.Granted) with { Patient = patient, Files = files, Detail = detail });

    /// <summary>A search in the metadata, before it is answered: the names of attributes are told, values are not.</summary>
    /// <param name="caller">Who asks; null for the anonymous, and for who is known to the service only.</param>
    /// <param name="from">Where he is.</param>
    /// <param name="service">The service's configured name.</param>
    /// <param name="search">What he asks.</param>
    /// <exception cref="MdmException">Unavailable: as <see cref="Granted"/>.</exception>
    public void Queried(GridIdentity? caller, IPAddress? from, string service, AttributeSearch search)
    {
        var names = search.Attributes.IsDefault ? [] : search.Attributes.Where(AttributeNames.Is).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToImmutableArray();
        var record = Record(caller, AuditAction.Query, AuditOutcome.Granted);
        Write(record with
        {
            From = from?.ToString() ?? record.From,
            // A grid user is mostly called as his certificate says.
            Account = search.Account is null || search.Account == record.Subject ? null : AttributeNames.Account(search.Account),
            Attributes = names.Length > AttributeNames.MaxTold ? names[..AttributeNames.MaxTold] : names,
            Query = Mark("query", search.Query),
            Detail = names.Length > AttributeNames.MaxTold ? $"{service}: the first {AttributeNames.MaxTold} of {names.Length} attributes" : service,
        });
    }

    /// <summary>A file's bytes are about to go out.</summary>
    /// <exception cref="MdmException">Unavailable: as <see cref="Granted"/>; not one byte may go.</exception>
    public void Transferring(GridIdentity caller, CatalogEntry entry, AuditDisclosure how, long bytes) => Write(Of(caller, AuditAction.Transfer, AuditOutcome.Begun, entry) with
    {
        Content = how.Content,
        Delivery = how.Delivery,
        Bytes = bytes,
    });

    /// <summary>How a file's bytes went out.</summary>
    public void Transferred(GridIdentity caller, CatalogEntry entry, AuditDisclosure how, long bytes, bool isComplete) =>
        TryWrite(Of(caller, AuditAction.Transfer, isComplete ? AuditOutcome.Complete : AuditOutcome.Aborted, entry) with
        {
            Content = how.Content,
            Delivery = how.Delivery,
            Bytes = bytes,
        });

    /// <summary>How a file's bytes came in; its name is not in the catalogue yet.</summary>
    public void Received(GridIdentity caller, CatalogEntry directory, StoragePath name, long bytes, bool isComplete) =>
        TryWrite(Of(caller, AuditAction.Receive, isComplete ? AuditOutcome.Complete : AuditOutcome.Aborted, directory) with { Typed = TypedMark(name), Bytes = bytes });

    /// <summary>Files of a put were called off by its owner.</summary>
    public void CalledOff(GridIdentity caller, int files) => TryWrite(Record(caller, AuditAction.AbortPut, AuditOutcome.Granted) with { Files = files });

    /// <summary>A token for one file was given.</summary>
    /// <exception cref="MdmException">Unavailable: as <see cref="Granted"/>.</exception>
    public void TokenGiven(GridIdentity caller, CatalogEntry entry, string detail) => Write(Of(caller, AuditAction.Token, AuditOutcome.Granted, entry) with { Detail = detail });

    /// <summary>A token for a file that is to come was given.</summary>
    /// <exception cref="MdmException">Unavailable: as <see cref="Granted"/>.</exception>
    public void TokenGiven(GridIdentity caller, CatalogEntry directory, StoragePath name, string detail) =>
        Write(Of(caller, AuditAction.Token, AuditOutcome.Granted, directory) with { Typed = TypedMark(name), Detail = detail });

    /// <summary>Objects of one directory are about to be fetched from an archive for a caller.</summary>
    /// <exception cref="MdmException">Unavailable: as <see cref="Granted"/>; nothing may be fetched.</exception>
    public void Retrieving(GridIdentity caller, string archive, StoragePath directory, int files) =>
        Write(Record(caller, AuditAction.Retrieve, AuditOutcome.Begun) with { Archive = archive, Path = directory.ToString(), Patient = Mark("directory", directory.ToString()), Files = files });

    /// <summary>How many of them came.</summary>
    public void Retrieved(GridIdentity caller, string archive, StoragePath directory, int files, bool areAll) =>
        TryWrite(Record(caller, AuditAction.Retrieve, areAll ? AuditOutcome.Complete : AuditOutcome.Aborted) with { Archive = archive, Path = directory.ToString(), Patient = Mark("directory", directory.ToString()), Files = files });

    /// <summary>The host starts, stops, or finds something about its trail.</summary>
    /// <exception cref="MdmException">Unavailable: as <see cref="Granted"/>.</exception>
    public void Happened(AuditAction action, AuditOutcome outcome, string? detail = null) => Write(Record(null, action, outcome) with { Detail = detail });

    public void Dispose() => _file.Dispose();

    private string TypedMark(StoragePath path) => Mark("path", path.ToString());

    private AuditRecord Of(GridIdentity caller, AuditAction action, AuditOutcome outcome, CatalogEntry entry) => Record(caller, action, outcome) with
    {
        File = entry.Id.ToString(),
        Path = entry.Path.ToString(),
        Publication = entry.Publication,
    };

    private AuditRecord Record(GridIdentity? caller, AuditAction action, AuditOutcome outcome) => new()
    {
        Time = _time.GetUtcNow(),
        Action = action,
        Outcome = outcome,
        Subject = caller?.Subject.ToString(),
        Fqans = caller is { Fqans.IsDefaultOrEmpty: false } ? ImmutableArray.CreateRange(caller.Fqans, fqan => fqan.ToString()) : [],
        From = _http?.HttpContext?.Connection.RemoteIpAddress?.ToString(),
    };

    /// <summary>Writes what need not be there for the answer to stand.</summary>
    private void TryWrite(AuditRecord record)
    {
        try
        {
            Write(record);
        }
        catch (MdmException)
        {
            // Counted, logged and told when it can be written again.
        }
    }

    private void Write(AuditRecord record)
    {
        lock (_gate)
        {
            try
            {
                _file.Append(record);
                if (_lost > 0)
                    Resume(record.Time);
            }
            catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
            {
                if (Interlocked.Increment(ref _lost) == 1)
                    Log.TrailFailed(_log, trouble);
                AuditMetrics.Unwritten.Add(1);
                throw new MdmException(MdmErrorKind.Unavailable, "The audit trail of this host cannot be written, and without it nothing is given out. Its administrator must make room or mend it; try again later.", trouble)
                {
                    RetryAfter = TimeSpan.FromSeconds(30),
                };
            }
        }
        AuditMetrics.Lines.Add(1);
        Written?.Invoke();
    }

    private void Resume(DateTimeOffset now)
    {
        _file.Append(new AuditRecord { Time = now, Action = AuditAction.TrailResumed, Outcome = AuditOutcome.Granted, Unwritten = _lost });
        Log.TrailResumed(_log, _lost);
        Interlocked.Exchange(ref _lost, 0);
    }
}
