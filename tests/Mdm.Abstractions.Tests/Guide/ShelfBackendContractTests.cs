using Mdm.Abstractions.Testing;

namespace Mdm.Abstractions.Tests.Guide;

public sealed class ShelfBackendContractTests : StorageBackendContract, IDisposable
{
    private static readonly byte[] Scan = [.. Enumerable.Range(0, 100_000).Select(i => (byte)i)];
    private static readonly byte[] Label = [1, 2, 3];

    private readonly string _folder = Directory.CreateTempSubdirectory("shelf").FullName;
    private readonly QuietContext _context;

    public ShelfBackendContractTests()
    {
        _context = new QuietContext(_folder);
        File.WriteAllBytes(Path.Combine(_folder, "scan1"), Scan);
        File.WriteAllBytes(Path.Combine(_folder, "scan2"), Label);
    }

    protected override IReadOnlyList<KnownObject> Known { get; } =
        [KnownObject.Of("scan1", "application/octet-stream", Scan), KnownObject.Of("scan2", "application/octet-stream", Label)];

    protected override ArchiveObjectId Missing { get; } = new("scan3");

    protected override IReadOnlyList<ArchiveObjectId> OfAnotherForm { get; } = [new("../scan1"), new("a/b"), new("a b")];

    protected override ValueTask<IStorageBackend> OpenAsync() => new(new ShelfBackend(new ShelfOptions { Folder = _folder }, _context));

    public void Dispose()
    {
        _context.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
