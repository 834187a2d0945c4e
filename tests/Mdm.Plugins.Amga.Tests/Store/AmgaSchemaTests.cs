using Mdm.Abstractions;
using Mdm.Plugins.Amga.Files;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Store;

/// <summary>Stores of other versions of this program.</summary>
[Collection("postgres")]
public sealed class AmgaSchemaTests(SharedPostgres postgres) : IDisposable
{
    private static readonly MetadataCollection Images = new(StoragePath.Parse("/old"), [new MetadataColumn("Modality", "varchar(16)", "image")]);
    private static readonly GridIdentity Reader = new(DistinguishedName.Parse("/DC=org/CN=Reader"));

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_of_the_first_version_is_brought_up_to_date_with_what_is_in_it() => await MigratesAsync(SqlStoreAddress.Parse("sqlite:old.db", _folder.Path));

    [SkippableFact]
    public async Task A_server_s_store_of_the_first_version_is_brought_up_to_date_with_what_is_in_it() => await MigratesAsync(SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/"));

    [Fact]
    public async Task A_store_of_a_newer_program_is_refused_with_what_to_do_and_left_alone()
    {
        var address = SqlStoreAddress.Parse("sqlite:new.db", _folder.Path);
        var newer = new SqlSchema("amga", [.. AmgaSchema.Schema.Migrations, "CREATE TABLE of_tomorrow (a INTEGER)"]);
        await using (SqlStore.Open(address, newer, new SqlStoreOptions("tomorrow's program"), AmgaSchema.Prepare))
        {
        }

        FluentActions.Invoking(() => Open(address)).Should().Throw<SqlStoreException>()
            .WithMessage($"*has version {newer.Version} of the schema 'amga', this program knows version {AmgaSchema.Schema.Version}: start the newer program, or restore a backup.")
            .Which.Trouble.Should().Be(SqlTrouble.ForeignSchema);

        await using var store = SqlStore.Open(address, newer, new SqlStoreOptions("tomorrow's program"));
        (await store.ReadAsync(session => session.Scalar<long>("SELECT count(*) FROM of_tomorrow"), default)).Should().Be(0);
    }

    private static AmgaStore Open(SqlStoreAddress address) => AmgaStore.Open(address, new AmgaOptions(), TimeProvider.System, "the tests");

    // A collection with a row, as the first version of the program made them.
    private static async Task MigratesAsync(SqlStoreAddress address)
    {
        var file = new FileId(Enumerable.Range(1, FileId.Size).Select(static i => (byte)i).ToArray());
        await using (var first = SqlStore.Open(address, AmgaSchema.Schema with { Migrations = AmgaSchema.Schema.Migrations[..1] }, new SqlStoreOptions("the first version"), AmgaSchema.Prepare))
        {
            await first.WriteAsync(session =>
            {
                var dir = session.Scalar<long>("INSERT INTO dirs (parent, path, owner, bits, options, has_files) SELECT dir, '/old', 'root', 7, 0, 1 FROM dirs WHERE path = '/' RETURNING dir");
                EntryTable.Create(session, dir);
                var attribute = session.Scalar<long>("INSERT INTO attrs (dir, name, kind, declared, length, scale, attr_group, is_multi) VALUES ($1, 'Modality', $2, 'varchar(16)', 16, 0, 'image', 0) RETURNING attr", dir, (long)AmgaKind.Varchar);
                session.Execute(new BuiltSql($"ALTER TABLE {EntryTable.TableOf(dir)} ADD COLUMN a{attribute} TEXT"));
                session.Execute(new BuiltSql($"INSERT INTO {EntryTable.TableOf(dir)} (name, file_id, a{attribute}) VALUES ($1, $2, 'MR')"), file.ToString(), file.ToBytes());
                session.Execute("UPDATE catalogue SET version = version + 1");
                return 0;
            }, default);
        }

        Guid id;
        await using (var store = Open(address))
        {
            var metadata = new AmgaMetadataStore(store, [], static () => ValueTask.CompletedTask);
            id = await metadata.DeclareAsync(Images, [new MetadataGrant(null, null, [])], default);
            (await FoundAsync("MR")).Should().ContainSingle().Which.File.Should().Be(file);
            // It is known again by its name, which was another then.
            await metadata.PutManyAsync([new MetadataRow(Images.Path, file, null, [new ArchiveAttribute("Modality", "CS", ["CT"])])], default);
            (await FoundAsync("MR")).Should().BeEmpty();
            (await FoundAsync("CT")).Should().ContainSingle().Which.File.Should().Be(file);

            async Task<List<MetadataRow>> FoundAsync(string modality)
            {
                var found = new List<MetadataRow>();
                await foreach (var row in metadata.QueryAsync(new MetadataQuery(Images.Path, [new AttributeCondition("Modality", [modality])], [], 10), Reader, default))
                    found.Add(row);
                return found;
            }
        }
        await using var again = Open(address);
        (await new AmgaMetadataStore(again, [], static () => ValueTask.CompletedTask).DeclareAsync(Images, [], default)).Should().Be(id);
    }
}
