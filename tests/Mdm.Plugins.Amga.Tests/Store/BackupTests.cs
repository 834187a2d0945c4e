using System.Buffers.Binary;
using Mdm.Abstractions;
using Mdm.Plugins.Amga.Files;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Store;

/// <summary>Copies that are made while rows are written, with the commands that docs/operations.md gives.</summary>
[Collection("postgres")]
public sealed class BackupTests(SharedPostgres postgres) : IDisposable
{
    /// <summary>Rows of one call: all or none of them are in a copy.</summary>
    private const int Batch = 20;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly StoragePath Images = StoragePath.Parse("/images");
    private static readonly GridIdentity Reader = new(DistinguishedName.Parse("/DC=org/CN=Reader"));

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task A_file_is_copied_while_it_is_written_to_and_the_copy_is_one_state_of_it()
    {
        var sqlite = Here.Tool("sqlite3");
        var address = SqlStoreAddress.Parse("sqlite:amga.db", _folder.Path);

        var copies = await WhileWrittenAsync(address, async copy =>
        {
            var name = $"copy{copy}.db";
            var (exit, output) = await ChildProcess.RunAsync(sqlite, [_folder["amga.db"], $"VACUUM INTO '{_folder[name]}'"], limit: Limit);
            exit.Should().Be(0, output);
            return SqlStoreAddress.Parse("sqlite:" + name, _folder.Path);
        });

        await AllAreWholeAsync(copies, address);
    }

    [SkippableFact]
    public async Task A_server_s_namespace_is_dumped_while_it_is_written_to_and_what_is_restored_is_one_state_of_it()
    {
        var server = await postgres.ServerAsync();
        var schema = "backup_" + Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4));
        var address = SqlStoreAddress.Parse(server.Store(schema), "/");

        var copies = await WhileWrittenAsync(address, async copy =>
        {
            var (dump, database) = (_folder[$"dump{copy}"], $"{schema}_{copy}");
            await server.RunAsync("pg_dump", "-Fc", "-n", schema, "-f", dump, PostgresServer.Database);
            await server.SqlAsync($"CREATE DATABASE {database}", "postgres");
            await server.RunAsync("pg_restore", "-d", database, dump);
            return SqlStoreAddress.Parse(server.Store(schema).Replace($"Database={PostgresServer.Database}", $"Database={database}", StringComparison.Ordinal), "/");
        });

        await AllAreWholeAsync(copies, address);
    }

    private static AmgaStore Open(SqlStoreAddress address) => AmgaStore.Open(address, new AmgaOptions(), TimeProvider.System, "the tests");

    private static AmgaMetadataStore Metadata(AmgaStore store) => new(store, [], static () => ValueTask.CompletedTask);

    private static ValueTask<Guid> DeclareAsync(AmgaStore store) =>
        Metadata(store).DeclareAsync(new MetadataCollection(Images, [new MetadataColumn("Modality", "varchar(16)", "image"), new MetadataColumn("InstanceNumber", "int", "image")]), [new MetadataGrant(null, null, [])], default);

    // Three copies, each after more was written, none of them waited for by whoever writes.
    private static async Task<List<SqlStoreAddress>> WhileWrittenAsync(SqlStoreAddress address, Func<int, Task<SqlStoreAddress>> backUp)
    {
        await using var store = Open(address);
        await DeclareAsync(store);
        using var enough = new CancellationTokenSource();
        var batches = 0;
        var writing = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                await Metadata(store).PutManyAsync([.. Enumerable.Range(batches * Batch, Batch).Select(Row)], default);
                Interlocked.Increment(ref batches);
            }
        });
        var copies = new List<SqlStoreAddress>();
        for (var copy = 0; copy < 3; copy++)
        {
            var before = Volatile.Read(ref batches);
            await Here.UntilAsync(() => Task.FromResult(writing.IsCompleted || Volatile.Read(ref batches) > before + 3), Limit, "more is written");
            copies.Add(await backUp(copy));
        }
        await enough.CancelAsync();
        await writing;
        return copies;
    }

    private static async Task AllAreWholeAsync(List<SqlStoreAddress> copies, SqlStoreAddress original)
    {
        Guid id;
        int all;
        await using (var store = Open(original))
            (id, all) = (await DeclareAsync(store), await CountAsync(store));
        var counts = new List<int>();
        foreach (var copy in copies)
        {
            await using var store = Open(copy);
            counts.Add(await CountAsync(store));
            (await DeclareAsync(store)).Should().Be(id, "a copy is the same collection");
            await Metadata(store).PutManyAsync([Row(int.MaxValue)], default);
            (await CountAsync(store)).Should().Be(counts[^1] + 1, "it is a store like any other");
        }
        counts.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems().And.OnlyContain(count => count > 0 && count < all && count % Batch == 0);
    }

    private static async Task<int> CountAsync(AmgaStore store)
    {
        var numbers = new HashSet<int>();
        await foreach (var row in Metadata(store).QueryAsync(new MetadataQuery(Images, [], [], int.MaxValue), Reader, default))
        {
            row.Attributes.Should().HaveCount(2);
            numbers.Add(int.Parse(row.Attributes.Single(attribute => attribute.Keyword == "InstanceNumber").Values[0], System.Globalization.CultureInfo.InvariantCulture));
        }
        return numbers.Count;
    }

    private static MetadataRow Row(int number)
    {
        var id = new byte[FileId.Size];
        BinaryPrimitives.WriteInt32BigEndian(id, number);
        return new(Images, new FileId(id), null, [new ArchiveAttribute("Modality", "CS", ["MR"]), new ArchiveAttribute("InstanceNumber", "IS", [number.ToString(System.Globalization.CultureInfo.InvariantCulture)])]);
    }
}
