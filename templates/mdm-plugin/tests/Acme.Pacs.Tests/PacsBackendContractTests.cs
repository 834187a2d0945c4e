using Mdm.Abstractions;
using Mdm.Abstractions.Testing;

namespace Acme.Pacs.Tests;

/// <summary>Every promise of the contract, asked of this backend: each test is inherited from the kit.</summary>
public sealed class PacsBackendContractTests : StorageBackendContract
{
    private readonly ArchiveServer _server = new();

    protected override IReadOnlyList<KnownObject> Known => _server.Known;

    protected override ArchiveObjectId Missing { get; } = new("1.2/3.4/404");

    protected override IReadOnlyList<ArchiveObjectId> OfAnotherForm { get; } = [new("../files"), new("a//b"), new("a?b"), new("-x")];

    protected override IReadOnlyList<string> Marks => ArchiveServer.Marks;

    protected override async ValueTask<IStorageBackend> OpenAsync() => _server.Open(await _server.StartedAsync());

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await _server.DisposeAsync();
    }
}
