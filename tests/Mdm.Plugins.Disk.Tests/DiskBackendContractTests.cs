#pragma warning disable CA1001 // xunit disposes it through IAsyncLifetime
using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.TestKit;

namespace Mdm.Plugins.Disk.Tests;

/// <summary>The backend's promises.</summary>
public sealed class DiskBackendContractTests : StorageBackendContract
{
    private static readonly byte[] Text = [.. "Ordinary bytes.\n"u8];
    private static readonly byte[] Image = [.. new byte[128], .. "DICM"u8, .. Enumerable.Repeat((byte)7, 3_000_000)];

    private TemporaryDirectory? _folder;

    protected override IReadOnlyList<KnownObject> Known { get; } =
    [
        KnownObject.Of("letters/ä b.txt", "application/octet-stream", Text), KnownObject.Of("scans/1/2/image", "application/dicom", Image), KnownObject.Of("empty", "application/octet-stream", []),
    ];

    protected override ArchiveObjectId Missing { get; } = new("scans/1/404");

    protected override IReadOnlyList<ArchiveObjectId> OfAnotherForm { get; } =
    [
        new("../etc/passwd"), new("/etc/passwd"), new("scans/../../x"), new("scans//1"), new("scans/"), new("."), new(".mdm-incoming/x"), new(new string('x', 256)), new(string.Join('/', Enumerable.Repeat("d", 33))),
    ];

    public override Task InitializeAsync()
    {
        _folder = new TemporaryDirectory();
        foreach (var (id, content) in ((string, byte[])[])[("letters/ä b.txt", Text), ("scans/1/2/image", Image), ("empty", [])])
        {
            var path = Path.Combine(_folder.Path, id);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
        }
        return base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _folder?.Dispose();
    }

    protected override ValueTask<IStorageBackend> OpenAsync() => new(new DiskBackend(new DiskOptions { Directory = _folder!.Path, KeepFree = 0 }, new TestContext()));
}
