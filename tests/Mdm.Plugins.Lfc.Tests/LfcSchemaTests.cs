using System.Globalization;
using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Lfc.Tests;

/// <summary>A catalogue that an earlier version wrote is the same catalogue in this one, on either kind of store and after a move between them.</summary>
[Collection("postgres")]
public sealed class LfcSchemaTests(SharedPostgres postgres) : IDisposable
{
    private static readonly DateTimeOffset At = new(2025, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    private readonly TemporaryDirectory _folder = new();

    [Fact]
    public async Task The_first_version_on_a_file_is_brought_up_to_date() => await IsTheSameAsync(await WriteFirstVersionAsync(SqlStoreAddress.Parse("sqlite:lfc.db", _folder.Path)));

    [SkippableFact]
    public async Task The_first_version_on_a_server_is_brought_up_to_date() => await IsTheSameAsync(await WriteFirstVersionAsync(SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/")));

    [SkippableFact]
    public async Task The_first_version_moves_to_a_server_and_back_before_it_is_brought_up_to_date()
    {
        var file = await WriteFirstVersionAsync(SqlStoreAddress.Parse("sqlite:lfc.db", _folder.Path));
        var (there, back) = (SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/"), SqlStoreAddress.Parse("sqlite:back.db", _folder.Path));

        StoreCopy.Run(file, there, _ => { }, default);
        StoreCopy.Run(there, back, _ => { }, default);

        await IsTheSameAsync(there);
        await IsTheSameAsync(back);
    }

    [SkippableFact]
    public async Task Comments_and_rights_to_find_move_to_a_server_and_back()
    {
        var (file, there, back) = (SqlStoreAddress.Parse("sqlite:lfc.db", _folder.Path), SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/"), SqlStoreAddress.Parse("sqlite:back.db", _folder.Path));
        await using (var catalog = Open(file))
        {
            await catalog.CreateManyAsync([CatalogDrafts.File("/f"), CatalogDrafts.File("/g")], default);
            await catalog.SetCommentAsync(CatalogDrafts.Id("/f"), "what it shows: 'я'", default);
            await catalog.SetRightsAsync(CatalogDrafts.Id("/g"), CatalogDrafts.Acl, Acl.FromMode(0b100_000_000), 1, default);
        }

        StoreCopy.Run(file, there, _ => { }, default);
        StoreCopy.Run(there, back, _ => { }, default);

        foreach (var store in (SqlStoreAddress[])[there, back])
        {
            await using var catalog = Open(store);
            (await catalog.ListAsync(StoragePath.Root, null, 0, 10, default)).Select(entry => (entry.Comment, entry.SearchAcl)).Should().Equal(("what it shows: 'я'", null), (null, Acl.FromMode(0b100_000_000)));
        }
    }

    public void Dispose() => _folder.Dispose();

    private static LfcCatalog Open(SqlStoreAddress store) => LfcCatalog.Open(store, TimeProvider.System, "the tests");

    /// <summary>By its own statements, as that version's program wrote them.</summary>
    private static async Task<SqlStoreAddress> WriteFirstVersionAsync(SqlStoreAddress address)
    {
        var first = LfcSchema.Schema with { Migrations = [LfcSchema.Schema.Migrations[0]] };
        await using var store = SqlStore.Open(address, first, new SqlStoreOptions("the first version"));
        await store.WriteAsync(session =>
        {
            string[] terms = ["/O=Owner/CN=One", "/biomed", "user::rw-\ngroup::r--\nother::---", "research", "radiology", "application/dicom", "user::rwx\ngroup::r-x\nother::r-x"];
            var numbers = terms.Select(text => session.Scalar<long>("INSERT INTO terms (text) VALUES ($1) RETURNING term", text)).ToArray();
            var created = At.ToUnixTimeMilliseconds();
            var root = session.Scalar<long>("INSERT INTO entries (id, name, kind, owner, owner_group, acl, acl_version, created, modified) VALUES ($1, '', 0, $2, $3, $4, 1, $5, $5) RETURNING entry",
                default(FileId).ToBytes(), numbers[0], numbers[1], numbers[6], created);
            foreach (var number in Enumerable.Range(0, 5))
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"f{number}");
                session.Execute("""
                    INSERT INTO entries (id, parent, name, kind, owner, owner_group, acl, acl_version, publication, archive, media_type, object, created, modified, length, adler32)
                    VALUES ($1, $2, $3, 1, $4, $5, $6, 7, $7, $8, $9, $10, $11, $12, $13, $14)
                    """,
                    CatalogDrafts.Id("/" + name).ToBytes(), root, name, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], "1.2." + name, created, created + number, 1000L + number, (long)uint.MaxValue);
            }
            return 0;
        }, default);
        return address;
    }

    private static async Task IsTheSameAsync(SqlStoreAddress store)
    {
        await using var catalog = Open(store);
        var files = await catalog.ListAsync(StoragePath.Root, null, 0, 10, default);
        files.Should().Equal(Enumerable.Range(0, 5).Select(number => new CatalogEntry
        {
            Id = CatalogDrafts.Id($"/f{number}"),
            Path = StoragePath.Parse($"/f{number}"),
            Kind = CatalogEntryKind.File,
            Owner = DistinguishedName.Parse("/O=Owner/CN=One"),
            Group = Fqan.Parse("/biomed"),
            Acl = Acl.FromMode(0b110_100_000),
            AclVersion = 7,
            Publication = "research",
            Source = new FileSource("radiology", new ArchiveObjectId($"1.2.f{number}"), "application/dicom"),
            CreatedAt = At,
            ModifiedAt = At + TimeSpan.FromMilliseconds(number),
            Facts = new FileFacts(1000 + number, uint.MaxValue),
        }));
        (await catalog.SetCommentAsync(files[2].Id, "new", default)).Should().Be(files[2] with { Comment = "new" });
        (await catalog.SetOwnerAsync(files[3].Id, CatalogDrafts.Owner, files[3].Group, 7, default)).AclVersion.Should().Be(8);
    }
}
