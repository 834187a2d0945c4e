using System.Collections.Immutable;
using Mdm.Host.Requests;

namespace Mdm.Host.Uploads;

/// <summary>What of a put never changes.</summary>
internal sealed record UploadRequest
{
    public required string Token { get; init; }

    /// <summary>Whose it is.</summary>
    public required DistinguishedName Owner { get; init; }

    public string? Description { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When what is not done is given up.</summary>
    public required DateTimeOffset Deadline { get; init; }

    public required Overwriting Overwriting { get; init; }
}

/// <summary>A file of a put.</summary>
internal sealed record UploadRow
{
    public required string Token { get; init; }

    public required int Position { get; init; }

    /// <summary>As its caller wrote it.</summary>
    public required string Surl { get; init; }

    /// <summary>What that names; null when it names nothing.</summary>
    public StoragePath? Asked { get; init; }

    /// <summary>Where the file will stand: the same with symbolic names followed.</summary>
    public StoragePath? Path { get; init; }

    public string? Publication { get; init; }

    public string? Archive { get; init; }

    public required UploadState State { get; init; }

    public FileFault? Fault { get; init; }

    /// <summary>The host that takes the bytes.</summary>
    public required string Host { get; init; }

    /// <summary>That host's address.</summary>
    public required Uri Base { get; init; }

    /// <summary>When the TURL ends.</summary>
    public required DateTimeOffset TurlUntil { get; init; }

    /// <summary>The space that its room comes from; null for none.</summary>
    public string? Space { get; init; }

    /// <summary>Bytes set aside there.</summary>
    public long Reserved { get; init; }

    /// <summary>Bytes that were announced; null for not.</summary>
    public long? Expected { get; init; }

    /// <summary>How long the file is to live; null for without end.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>Grows with each beginning of bytes.</summary>
    public int Attempt { get; init; }

    /// <summary>The object that holds the bytes, once they are there.</summary>
    public ArchiveObjectId? Object { get; init; }

    public string? MediaType { get; init; }

    public FileFacts? Facts { get; init; }

    /// <summary>Since when it is in its state.</summary>
    public required DateTimeOffset Since { get; init; }
}

/// <summary>A put as it stands at a moment.</summary>
internal sealed record UploadView(UploadRequest Request, ImmutableArray<UploadRow> Files, TimeSpan RemainingTime)
{
    /// <summary>False when it failed as a whole at once and is not remembered.</summary>
    public bool IsKept { get; init; } = true;
}

/// <summary>A file that came by a put.</summary>
internal sealed record StoredRow(FileId File, string Publication, string Archive, ArchiveObjectId Object, string? Space, long Length, DateTimeOffset? ExpiresAt, bool IsLeaving);

/// <summary>An object that may be in an archive and stands for no file.</summary>
internal sealed record StrayObject(string Archive, ArchiveObjectId Object, string Token, int Position, int Attempt, string Host, DateTimeOffset Since);
