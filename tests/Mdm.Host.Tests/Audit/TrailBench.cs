using Mdm.Host.Tests.Doubles;

namespace Mdm.Host.Tests.Audit;

/// <summary>A trail in a folder of its own, with a clock that stands still.</summary>
internal sealed class TrailBench : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mdm-audit-").FullName;

    public TrailBench() => Trail = new AuditTrail(Folder, Time);

    public static GridIdentity Alice { get; } = new(DistinguishedName.Parse("/DC=org/CN=Alice"), [Fqan.Parse("/biomed/Role=researcher"), Fqan.Parse("/biomed")]);

    public ManualTime Time { get; } = new();

    public string Folder => Path.Combine(_folder, "audit");

    public AuditTrail Trail { get; private set; }

    public IReadOnlyList<string> Lines => [.. TrailFolder.Files(Folder).SelectMany(ReadLines)];

    public string Last => Lines[^1];

    public string Today => TrailFolder.FileOf(Folder, Time.GetUtcNow());

    public TrailReport Report => TrailVerifier.Verify(Folder, AuditSecret.Beside(Folder));

    public void Restart(Action? meanwhile = null)
    {
        Trail.Dispose();
        meanwhile?.Invoke();
        Trail = new AuditTrail(Folder, Time);
    }

    public static CatalogEntry Entry(string path, string? publication = "research") => new()
    {
        Id = new FileId(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(path)).AsSpan(0, FileId.Size)),
        Path = StoragePath.Parse(path),
        Kind = CatalogEntryKind.File,
        Owner = Alice.Subject,
        Group = Fqan.Parse("/biomed"),
        Acl = Acl.FromMode(0b111_101_000),
        Publication = publication,
        ModifiedAt = DateTimeOffset.UnixEpoch,
        CreatedAt = DateTimeOffset.UnixEpoch,
        AclVersion = 1,
    };

    public void Dispose()
    {
        Trail.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string[] ReadLines(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
