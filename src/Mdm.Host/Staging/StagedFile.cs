namespace Mdm.Host.Staging;

/// <summary>Proves that a file lies complete in the pool, disclosed as its publication says, renamed into place, with size and checksum. Only <see cref="StagingArea"/> makes one.</summary>
internal sealed partial class StagedFile
{
    private StagedFile(FileId id, FileFacts facts) => (Id, Facts) = (id, facts);

    public FileId Id { get; }

    /// <summary>Of the bytes as they are delivered.</summary>
    public FileFacts Facts { get; }

    /// <summary>Strong entity tag (RFC 9110 8.8.3), quotes included: equal for equal content of this file.</summary>
    public string ETag => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\"{Id}-{Facts.Length}-{Facts.Adler32:x8}\"");

    public override string ToString() => Id.ToString();
}
