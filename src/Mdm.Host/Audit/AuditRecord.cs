using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mdm.Host.Audit;

/// <summary>What was asked for, or what happened.</summary>
internal enum AuditAction
{
    /// <summary>A file: the right to read it.</summary>
    Read,

    /// <summary>A neighbour of what was asked for, fetched before its turn.</summary>
    ReadAhead,

    /// <summary>A directory's entries.</summary>
    List,

    /// <summary>Names, sizes and rights of one entry; written when refused only.</summary>
    Look,

    /// <summary>A file's bytes, to a caller.</summary>
    Transfer,

    /// <summary>A bearer token for one file.</summary>
    Token,

    /// <summary>Objects, from an archive into the pool.</summary>
    Retrieve,

    /// <summary>A search in the metadata.</summary>
    Query,

    /// <summary>A name for a file that is to come.</summary>
    Put,

    /// <summary>A file's bytes, from a caller.</summary>
    Receive,

    /// <summary>A file that came, from then on to be seen.</summary>
    PutDone,

    /// <summary>A put that its owner called off.</summary>
    AbortPut,

    MakeDirectory,
    Remove,
    Move,
    SetAcl,
    SetOwner,
    MakeLink,

    /// <summary>What users wrote about an entry; its words are not told.</summary>
    SetComment,
    Administer,

    /// <summary>A patient, from every publication.</summary>
    Withdraw,

    /// <summary>Any call of somebody who showed no acceptable certificate.</summary>
    Authenticate,

    Start,
    Stop,

    /// <summary>Somebody read the trail.</summary>
    TrailUsed,

    /// <summary>Lines that were there are gone.</summary>
    TrailBroken,

    /// <summary>The trail could not be written for a while, and can again.</summary>
    TrailResumed,

    /// <summary>More messages were waiting for their receiver than are kept.</summary>
    MessagesDropped,
}

/// <summary>How it went.</summary>
internal enum AuditOutcome
{
    /// <summary>The right is there; what was asked for may still fail, and then has a second line.</summary>
    Granted,

    /// <summary>The caller may not.</summary>
    Refused,

    /// <summary>It could not be done: not there, not possible, not now.</summary>
    Failed,

    /// <summary>The first byte may go.</summary>
    Begun,

    Complete,

    /// <summary>Broken off half-way.</summary>
    Aborted,
}

/// <summary>One line of the trail. Nothing in it names a patient: files stand as their id, patients as part of a keyed hash, what a caller typed as a keyed hash unless it resolved.</summary>
internal sealed record AuditRecord
{
    private static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Reading = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        MaxDepth = 3,
    };

    /// <summary>To the millisecond.</summary>
    public DateTimeOffset Time { get; init; }

    public AuditAction Action { get; init; }

    public AuditOutcome Outcome { get; init; }

    /// <summary>The caller's name; null for strangers and for the host's own doings.</summary>
    public string? Subject { get; init; }

    /// <summary>A service's own name of the caller, where it is another.</summary>
    public string? Account { get; init; }

    /// <summary>The caller's VOMS attributes.</summary>
    public ImmutableArray<string> Fqans { get; init; } = [];

    /// <summary>The caller's address.</summary>
    public string? From { get; init; }

    /// <summary>The file, by its id.</summary>
    public string? File { get; init; }

    /// <summary>A path that is in the catalogue.</summary>
    public string? Path { get; init; }

    /// <summary>Keyed hash of a path that a caller typed and that led nowhere.</summary>
    public string? Typed { get; init; }

    public string? Publication { get; init; }

    /// <summary><c>original</c>, or the de-identifier's name.</summary>
    public string? Content { get; init; }

    /// <summary><c>sealed</c> or <c>clear</c>.</summary>
    public string? Delivery { get; init; }

    public string? Archive { get; init; }

    /// <summary>How many files.</summary>
    public int? Files { get; init; }

    public long? Bytes { get; init; }

    /// <summary>Part of a patient's keyed hash.</summary>
    public string? Patient { get; init; }

    /// <summary>Names of the attributes a search named, sorted.</summary>
    public ImmutableArray<string> Attributes { get; init; } = [];

    /// <summary>Keyed hash of the search.</summary>
    public string? Query { get; init; }

    /// <summary>Lines before this one that were counted and not written.</summary>
    public long? Unwritten { get; init; }

    /// <summary>In the host's own words.</summary>
    public string? Detail { get; init; }

    /// <summary>The line's number; 0 before it is written.</summary>
    public long N { get; init; }

    /// <summary>Reads a line; null when it is not one of the trail's.</summary>
    public static AuditRecord? TryRead(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<AuditRecord>(line, Reading);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes the line as far as its last own property: the number and the chain come after it.</summary>
    public void WriteOpen(ArrayBufferWriter<byte> line)
    {
        using var json = new Utf8JsonWriter(line, Writing);
        json.WriteStartObject();
        json.WriteString("time", Time.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
        json.WriteString("action", Enum.GetName(Action));
        json.WriteString("outcome", JsonNamingPolicy.CamelCase.ConvertName(Enum.GetName(Outcome)!));
        Write(json, "subject", Subject);
        Write(json, "account", Account);
        Write(json, "fqans", Fqans);
        Write(json, "from", From);
        Write(json, "file", File);
        Write(json, "path", Path);
        Write(json, "typed", Typed);
        Write(json, "publication", Publication);
        Write(json, "content", Content);
        Write(json, "delivery", Delivery);
        Write(json, "archive", Archive);
        Write(json, "files", Files);
        Write(json, "bytes", Bytes);
        Write(json, "patient", Patient);
        Write(json, "attributes", Attributes);
        Write(json, "query", Query);
        Write(json, "unwritten", Unwritten);
        Write(json, "detail", Detail);
        json.Flush();
    }

    private static void Write(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }

    private static void Write(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
    }

    private static void Write(Utf8JsonWriter json, string name, ImmutableArray<string> values)
    {
        if (values.IsDefaultOrEmpty)
            return;
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
