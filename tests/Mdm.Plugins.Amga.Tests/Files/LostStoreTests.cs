using System.Collections.Immutable;
using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.Host.Configuration;
using Mdm.Host.Metadata;
using Mdm.Host.Staging;
using Mdm.Plugins.Amga.Files;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Plugins.Amga.Tests.Files;

/// <summary>A metadata store that is lost between two starts of its host, which remembers what it put.</summary>
[Collection("postgres")]
public sealed class LostStoreTests(SharedPostgres postgres) : IDisposable
{
    private static readonly StoragePath Root = StoragePath.Parse("/grid/biomed/research");
    private static readonly GridIdentity Researcher = new(DistinguishedName.Parse("/DC=org/CN=Researcher"), [Fqan.Parse("/biomed")]);

    private readonly TemporaryDirectory _folder = new();
    private readonly InMemoryCatalog _catalog = new(TimeProvider.System);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_that_is_gone_is_filled_again_and_one_that_is_there_is_not()
    {
        var address = SqlStoreAddress.Parse("sqlite:amga.db", _folder.Path);
        var listed = await PublishedAsync();
        (await StartAsync(address, listed)).Should().Be(3);
        await using (var store = Open(address))
            await Store(store).RemoveAsync(listed[0].File, default);

        (await StartAsync(address, listed)).Should().Be(2, "the host does not put again what it knows to be there");

        foreach (var file in Directory.GetFiles(_folder.Path, "amga.db*"))
            File.Delete(file);
        (await StartAsync(address, listed)).Should().Be(3);
    }

    [SkippableFact]
    public async Task A_database_that_was_dropped_is_filled_again()
    {
        var server = await postgres.ServerAsync();
        await server.SqlAsync("CREATE DATABASE lost", "postgres");
        var address = SqlStoreAddress.Parse(server.Store("amga").Replace($"Database={PostgresServer.Database}", "Database=lost", StringComparison.Ordinal), "/");
        var listed = await PublishedAsync();
        (await StartAsync(address, listed)).Should().Be(3);

        await server.SqlAsync("DROP DATABASE lost WITH (FORCE)", "postgres");
        await server.SqlAsync("CREATE DATABASE lost", "postgres");

        (await StartAsync(address, listed)).Should().Be(3);
    }

    [Fact]
    public async Task A_collection_that_was_removed_over_the_protocol_is_another_one_when_it_is_declared_again()
    {
        await using var store = Open(SqlStoreAddress.Parse("sqlite:amga.db", _folder.Path));
        var collection = new MetadataCollection(Root, [new MetadataColumn("Modality", "varchar(16)", "image")]);
        var first = await Store(store).DeclareAsync(collection, [], default);
        (await Store(store).DeclareAsync(collection, [], default)).Should().Be(first);

        await using var root = new Commands.Client(new Mdm.Plugins.Amga.Commands.CommandSource(store).Begin(new Principal("root", [], true, null), new Mdm.Plugins.Amga.Sessions.Login("root", null, null, null, null)));
        await root.Run($"rmdir {Root}");

        (await Store(store).DeclareAsync(collection, [], default)).Should().NotBe(first);
    }

    private static AmgaStore Open(SqlStoreAddress address) => AmgaStore.Open(address, new AmgaOptions(), TimeProvider.System, "the tests");

    private static AmgaMetadataStore Store(AmgaStore store) => new(store, [], static () => ValueTask.CompletedTask);

    // A run of the publication by a host that starts and stops; how many rows a researcher finds then.
    private async Task<int> StartAsync(SqlStoreAddress address, List<ListedRow> listed)
    {
        await using var store = Open(address);
        await using var ledger = MetadataLedger.Open(SqlStoreAddress.Parse("sqlite:ledger.db", _folder.Path), TimeProvider.System, Mdm.Host.Members.Membership.Alone("host"));
        var options = new HostOptions
        {
            Publications = new Dictionary<string, PublicationOptions>
            {
                ["research"] = new()
                {
                    Archive = "radiology", Root = Root, Content = "basic", Acl = [], Attributes = ["Modality"],
                    Readers = new Dictionary<string, IReadOnlyList<string>> { ["/biomed"] = [] },
                },
            },
        };
        var rows = new MetadataRows(Store(store), MetadataPlans.Of(options), new NoArchives(), ledger, null, _catalog, new byte[32], NullLogger<MetadataRows>.Instance);
        await rows.DeclareAsync("research", default);
        await rows.PutAsync("research", listed, default);
        var found = 0;
        await foreach (var row in Store(store).QueryAsync(new MetadataQuery(Root, [], [], 100), Researcher, default))
            found += row.Attributes.Any(static attribute => attribute is { Keyword: "Modality", Values: ["MR"] }) ? 1 : 0;
        return found;
    }

    private async Task<List<ListedRow>> PublishedAsync()
    {
        var files = Enumerable.Range(1, 3).Select(i => CatalogDrafts.File($"{Root}/{i}.dcm")).ToList();
        await _catalog.CreateManyAsync([CatalogDrafts.Directory("/grid"), CatalogDrafts.Directory("/grid/biomed"), CatalogDrafts.Directory(Root.ToString()), .. files], default);
        return files.ConvertAll(static file => new ListedRow(file.Id, [new ArchiveAttribute("Modality", "CS", ["MR"])]));
    }

    /// <summary>Says nothing of attributes, so that the configuration's word is taken.</summary>
    private sealed class NoArchives : IArchiveSource
    {
        public IStorageBackend? FindArchive(string name) => null;

        public IDeidentifier? FindDeidentifier(string name) => null;
    }
}
