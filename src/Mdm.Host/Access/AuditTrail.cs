using System.Text.Encodings.Web;
using System.Text.Json;

namespace Mdm.Host.Access;

/// <summary>What was asked for.</summary>
internal enum AuditAction
{
    Read,
    ReadAhead,
    Transfer,
    MakeDirectory,
    Remove,
    Move,
    SetAcl,
    Administer,
}

/// <summary>
/// Who asked for what, when, from where and with which outcome: one JSON line each, appended and handed to the system before the answer goes out.
/// No patient data: files stand as their id, paths only where they resolved.
/// </summary>
internal sealed class AuditTrail : IDisposable
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly string _directory;
    private readonly TimeProvider _time;
    private readonly IHttpContextAccessor? _http;
    private readonly Lock _gate = new();
    private FileStream? _file;
    private string? _day;

    /// <param name="directory">Where <c>audit-YYYYMMDD.jsonl</c> is kept, one file a day (UTC), readable by the service only.</param>
    /// <param name="time">The clock.</param>
    /// <param name="http">Tells the caller's address where a request is being served.</param>
    public AuditTrail(string directory, TimeProvider time, IHttpContextAccessor? http = null)
    {
        (_directory, _time, _http) = (directory, time, http);
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>An action that was allowed.</summary>
    public void Granted(GridIdentity caller, AuditAction action, CatalogEntry entry, string? detail = null) =>
        Write(caller, action, "granted", entry.Id, entry.Path, detail);

    /// <summary>An action that was refused; the reason names no patient.</summary>
    public void Refused(GridIdentity? caller, AuditAction action, string reason) => Write(caller, action, "refused", null, null, reason);

    /// <summary>An administrator's order; the detail names no patient.</summary>
    public void Administered(GridIdentity caller, string detail) => Write(caller, AuditAction.Administer, "granted", null, null, detail);

    /// <summary>Bytes that went out, or why they stopped.</summary>
    public void Transferred(GridIdentity caller, FileId file, long bytes, string outcome) =>
        Write(caller, AuditAction.Transfer, outcome, file, null, $"{bytes} bytes");

    public void Dispose() => _file?.Dispose();

    private void Write(GridIdentity? caller, AuditAction action, string outcome, FileId? file, StoragePath? path, string? detail)
    {
        var now = _time.GetUtcNow();
        var line = new System.Buffers.ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(line, Writing))
        {
            json.WriteStartObject();
            json.WriteString("time", now.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("action", action.ToString());
            json.WriteString("outcome", outcome);
            json.WriteString("subject", caller?.Subject.ToString());
            if (caller is { Fqans.IsDefaultOrEmpty: false })
            {
                json.WriteStartArray("fqans");
                foreach (var fqan in caller.Fqans)
                    json.WriteStringValue(fqan.ToString());
                json.WriteEndArray();
            }
            if (_http?.HttpContext?.Connection.RemoteIpAddress is { } from)
                json.WriteString("from", from.ToString());
            if (file is { } id)
                json.WriteString("file", id.ToString());
            if (path is not null)
                json.WriteString("path", path.ToString());
            if (detail is not null)
                json.WriteString("detail", detail);
            json.WriteEndObject();
        }
        line.GetSpan(1)[0] = (byte)'\n';
        line.Advance(1);
        lock (_gate)
        {
            FileOf(now).Write(line.WrittenSpan);
        }
    }

    private FileStream FileOf(DateTimeOffset now)
    {
        var day = now.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);
        if (_file is not null && _day == day)
            return _file;
        _file?.Dispose();
        _day = day;
        return _file = new FileStream(Path.Combine(_directory, $"audit-{day}.jsonl"), new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }
}
