using Mdm.Abstractions.Testing;

namespace Mdm.Abstractions.Tests;

public sealed class InMemoryBackendContractTests : StorageBackendContract
{
    private readonly InMemoryArchive _archive = new();

    protected override IReadOnlyList<KnownObject> Known => _archive.Known;

    protected override ArchiveObjectId Missing { get; } = new("2.25.1/2.25.404");

    protected override IReadOnlyList<ArchiveObjectId> OfAnotherForm { get; } = [new("a//b"), new("../a"), new("/a")];

    protected override IReadOnlyList<string> Marks => InMemoryArchive.Marks;

    protected override ValueTask<IStorageBackend> OpenAsync() => new(_archive.Backend);
}
