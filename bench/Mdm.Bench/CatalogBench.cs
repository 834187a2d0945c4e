using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Plugins.Lfc;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>The LFC catalogue on both kinds of store: making entries in batches, and finding them again.</summary>
internal static class CatalogBench
{
    private const int PerDirectory = 1000;

    /// <summary>Directories that are made by us at each size of the curve.</summary>
    private const int Made = 10;

    /// <summary>Directories that the server makes in one statement.</summary>
    private const int AtOnce = 200;

    // Not an order of magnitude where a publication or a listing waits for it; what asks for one entry waits for a network and not for a catalogue.
    private const double Least = 0.1;

    public static async Task RunAsync(Arguments arguments)
    {
        var directories = arguments.Or("entries", 1_000_000) / PerDirectory;
        using var folder = new TemporaryDirectory();
        await using var server = await PostgresServer.StartAsync();
        var file = await MeasureAsync("SQLite", SqlStoreAddress.Parse("sqlite:lfc.db", folder.Path), directories);
        var remote = await MeasureAsync("PostgreSQL", SqlStoreAddress.Parse(server.Store("lfc"), folder.Path), directories);
        foreach (var (what, rate) in file)
            Report.Ratio($"PostgreSQL / SQLite, {what}", remote[what] / rate, what.Contains("1,000", StringComparison.Ordinal) ? Least : null);
    }

    /// <summary>On PostgreSQL only, ten times as many entries each time: most are put there by the server itself, and what is measured is ours.</summary>
    public static async Task CurveAsync(Arguments arguments)
    {
        using var folder = new TemporaryDirectory();
        await using var server = await PostgresServer.StartAsync();
        await using var catalog = LfcCatalog.Open(SqlStoreAddress.Parse(server.Store("lfc"), folder.Path), TimeProvider.System, "the bench");
        await catalog.CreateManyAsync([Draft("/grid", CatalogEntryKind.Directory), Draft("/grid/vo", CatalogEntryKind.Directory)], default);
        var there = 0;
        foreach (var directories in Enumerable.Range(1, 6).Select(power => (int)Math.Pow(10, power)).TakeWhile(directories => directories <= arguments.Or("entries", 1_000_000) / PerDirectory))
        {
            for (; there > 0 && there < directories - Made; there += Math.Min(AtOnce, directories - Made - there))
                await server.SqlAsync(FillSql(there, Math.Min(AtOnce, directories - Made - there)));
            var started = Stopwatch.GetTimestamp();
            await FillAsync(catalog, there, directories);
            var made = (directories - there) * PerDirectory / Stopwatch.GetElapsedTime(started).TotalSeconds;
            there = directories;
            var walked = await MillisecondsAsync(1000, () => catalog.WalkAsync(StoragePath.Parse(Any(directories)), default).AsTask());
            var found = await MillisecondsAsync(1000, () => catalog.FindAsync(Id(Any(directories)), default).AsTask());
            var listed = await MillisecondsAsync(50, () => catalog.ListAsync(StoragePath.Parse(Directory(RandomNumberGenerator.GetInt32(directories))), null, 0, PerDirectory, default).AsTask());
            var single = 0;
            var added = await MillisecondsAsync(200, () => catalog.CreateManyAsync([Draft($"/grid/vo/single-{directories}-{single++}", CatalogEntryKind.File)], default).AsTask());
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{directories * PerDirectory,10} entries: made {made,8:0}/s in batches of 1,000   one {added,6:0.00} ms   a path walked {walked,6:0.00} ms   found by id {found,6:0.00} ms   1,000 listed {listed,6:0.0} ms"));
        }
    }

    /// <summary>The same rows as <see cref="FillAsync"/> makes, without looking whether what they refer to is there.</summary>
    private static string FillSql(int from, int count) => string.Create(CultureInfo.InvariantCulture, $"""
        SET search_path = lfc; SET session_replication_role = replica;
        WITH like_this AS (SELECT * FROM entries WHERE kind = 1 LIMIT 1),
        top AS (SELECT entry FROM entries WHERE name = 'vo'),
        made AS (
            INSERT INTO entries (id, parent, name, kind, owner, owner_group, acl, acl_version, created, modified)
            SELECT substring(sha256(convert_to('/grid/vo/study-' || lpad(d::text, 6, '0'), 'UTF8')) FOR 16), top.entry, 'study-' || lpad(d::text, 6, '0'), 0, owner, owner_group, acl, 1, created, modified
            FROM like_this, top, generate_series({from}, {from + count - 1}) AS d RETURNING entry, name)
        INSERT INTO entries (id, parent, name, kind, owner, owner_group, acl, acl_version, publication, archive, media_type, object, created, modified)
        SELECT substring(sha256(convert_to(path, 'UTF8')) FOR 16), made.entry, file, 1, owner, owner_group, acl, 1, publication, archive, media_type, path, created, modified
        FROM like_this, made, generate_series(0, {PerDirectory - 1}) AS f, LATERAL (SELECT 'instance-' || lpad(f::text, 4, '0') || '.dcm' AS file) AS n, LATERAL (SELECT '/grid/vo/' || made.name || '/' || file AS path) AS p
        """);

    private static async Task<double> MillisecondsAsync(int times, Func<Task> work)
    {
        await EachAsync(1, times / 10, _ => work());
        var started = Stopwatch.GetTimestamp();
        await EachAsync(1, times, _ => work());
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds / times;
    }

    private static async Task FillAsync(LfcCatalog catalog, int from, int to)
    {
        for (var d = from; d < to; d++)
        {
            var drafts = new List<CatalogDraft>(PerDirectory + 1) { Draft(Directory(d), CatalogEntryKind.Directory) };
            drafts.AddRange(Enumerable.Range(0, PerDirectory).Select(f => Draft(File(d, f), CatalogEntryKind.File)));
            await catalog.CreateManyAsync(drafts, default);
        }
    }

    private static async Task<Dictionary<string, double>> MeasureAsync(string name, SqlStoreAddress address, int directories)
    {
        var rates = new Dictionary<string, double>();
        await using var catalog = LfcCatalog.Open(address, TimeProvider.System, "the bench");
        await catalog.CreateManyAsync([Draft("/grid", CatalogEntryKind.Directory), Draft("/grid/vo", CatalogEntryKind.Directory)], default);
        await TimeAsync("entries made, 1,000 a batch", directories * PerDirectory, () => FillAsync(catalog, 0, directories));
        await TimeAsync("entries made, 1 a batch", 500, async () =>
        {
            for (var i = 0; i < 500; i++)
                await catalog.CreateManyAsync([Draft($"/grid/vo/single-{i}", CatalogEntryKind.File)], default);
        });
        await TimeAsync("paths walked", 5000, () => EachAsync(1, 5000, i => catalog.WalkAsync(StoragePath.Parse(Any(directories)), default).AsTask()));
        await TimeAsync("entries found by id", 5000, () => EachAsync(1, 5000, i => catalog.FindAsync(Id(Any(directories)), default).AsTask()));
        await TimeAsync("entries found by id, 4 at once", 20_000, () => EachAsync(4, 5000, i => catalog.FindAsync(Id(Any(directories)), default).AsTask()));
        await TimeAsync("entries listed, 1,000 a page", 100 * PerDirectory, () =>
            EachAsync(1, 100, i => catalog.ListAsync(StoragePath.Parse(Directory(RandomNumberGenerator.GetInt32(directories))), null, 0, PerDirectory, default).AsTask()));
        Console.WriteLine("# " + await catalog.ProbeAsync(default));
        return rates;

        async Task TimeAsync(string what, int count, Func<Task> work)
        {
            var watch = Stopwatch.StartNew();
            await work();
            rates[what] = count / watch.Elapsed.TotalSeconds;
            Report.Line($"{name}: {what}", rates[what], "/s");
        }
    }

    private static Task EachAsync(int atOnce, int times, Func<int, Task> work) => Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Task.Run(async () =>
    {
        for (var i = 0; i < times; i++)
            await work(i);
    })));

    private static string Directory(int d) => string.Create(CultureInfo.InvariantCulture, $"/grid/vo/study-{d:000000}");

    private static string File(int d, int f) => string.Create(CultureInfo.InvariantCulture, $"{Directory(d)}/instance-{f:0000}.dcm");

    private static string Any(int directories) => File(RandomNumberGenerator.GetInt32(directories), RandomNumberGenerator.GetInt32(PerDirectory));

    private static FileId Id(string path) => new(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(path)).AsSpan(0, FileId.Size));

    private static CatalogDraft Draft(string path, CatalogEntryKind kind) => new()
    {
        Id = Id(path),
        Path = StoragePath.Parse(path),
        Kind = kind,
        Owner = Owner,
        Group = Group,
        Acl = Rights,
        CreatedAt = TimeProvider.System.GetUtcNow(),
        Publication = kind == CatalogEntryKind.File ? "research" : null,
        Source = kind == CatalogEntryKind.File ? new FileSource("radiology", new ArchiveObjectId(path), "application/dicom") : null,
    };

    private static readonly DistinguishedName Owner = DistinguishedName.Parse("/DC=org/DC=example/CN=Curator");
    private static readonly Fqan Group = Fqan.Parse("/biomed");
    private static readonly Acl Rights = Acl.Parse(["user::rwx", "group::r-x", "other::---"]);
}
