using System.Collections.Immutable;
using Mdm.TestKit;

namespace Mdm.Sql.Tests;

/// <summary>A store is moved between a file and a server, there and back, by whoever knows nothing of it.</summary>
public sealed class StoreCopyTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>, IDisposable
{
    private static readonly SqlSchema Things = new("things", ImmutableArray.Create<SqlMigration>(
        """
        CREATE TABLE tree (id INTEGER PRIMARY KEY AUTOINCREMENT, parent INTEGER REFERENCES tree (id), name TEXT NOT NULL);
        CREATE UNIQUE INDEX tree_by_name ON tree (parent, name);
        CREATE TABLE values_of (id INTEGER NOT NULL REFERENCES tree (id), at INTEGER NOT NULL, number REAL, picture BLOB, PRIMARY KEY (id, at)) WITHOUT ROWID;
        INSERT INTO tree (id, parent, name) VALUES (1, NULL, 'root');
        """,
        new SqlMigration("CREATE TABLE words (word TEXT NOT NULL UNIQUE)", Postgres: "CREATE TABLE words (word TEXT NOT NULL, EXCLUDE USING hash (word WITH =))")));

    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public async Task Every_row_is_there_and_back_again_also_of_tables_that_were_made_while_the_program_ran()
    {
        var server = await postgres.ServerAsync();
        var (first, second, third) = (At("sqlite:first.db"), At(server.Store("copy_one")), At("sqlite:third.db"));
        await FillAsync(first);
        var before = await RowsAsync(first);

        var there = new List<CopiedTable>();
        StoreCopy.Run(first, second, there.Add, default);
        StoreCopy.Run(second, third, _ => { }, default);
        var fourth = At(server.Store("copy_two"));
        StoreCopy.Run(second, fourth, _ => { }, default);

        there.Should().BeEquivalentTo([new CopiedTable("t7", 2), new CopiedTable("tree", 12_004), new CopiedTable("values_of", 2), new CopiedTable("words", 2)]);
        foreach (var copy in (SqlStoreAddress[])[second, third, fourth])
        {
            (await RowsAsync(copy)).Should().Equal(before, "{0} is the same", copy);
            await using var store = Open(copy);
            // Numbers go on, and rules hold.
            (await store.WriteAsync(s =>
            {
                s.Execute("INSERT INTO tree (parent, name) VALUES (1, 'next')");
                return s.Scalar<long>("SELECT max(id) FROM tree");
            }, default)).Should().BeGreaterThan(20_000);
            foreach (var broken in (string[])["INSERT INTO tree (parent, name) VALUES (999999, 'nowhere')", "INSERT INTO tree (parent, name) VALUES (1, 'next')", "INSERT INTO words (word) VALUES ('twice')",
                "INSERT INTO values_of (id, at) VALUES (1, 1)", "INSERT INTO t7 (name) VALUES ('one')"])
            {
                (await store.Invoking(x => x.WriteAsync(s => s.Execute(new BuiltSql(broken)), default)).Should().ThrowAsync<SqlStoreException>("of {0}", broken)).Which.Trouble.Should().Be(SqlTrouble.Constraint);
            }
        }
    }

    [SkippableFact]
    public async Task A_copy_that_broke_off_is_refused_to_everybody_and_begun_anew()
    {
        var server = await postgres.ServerAsync();
        var (from, to) = (At("sqlite:from.db"), At(server.Store("copy_broken")));
        await FillAsync(from);
        using var stop = new CancellationTokenSource();

        FluentActions.Invoking(() => StoreCopy.Run(from, to, _ => stop.Cancel(), stop.Token)).Should().Throw<OperationCanceledException>();
        FluentActions.Invoking(() => Open(to)).Should().Throw<SqlStoreException>().WithMessage("*not finished*");
        FluentActions.Invoking(() => StoreCopy.Run(to, At("sqlite:other.db"), _ => { }, default)).Should().Throw<SqlStoreException>().WithMessage("*not finished*");
        StoreCopy.Run(from, to, _ => { }, default);

        (await RowsAsync(to)).Should().Equal(await RowsAsync(from));
    }

    [SkippableFact]
    public async Task A_store_that_is_open_or_not_empty_or_nothing_is_refused()
    {
        var server = await postgres.ServerAsync();
        var (file, there) = (At("sqlite:file.db"), At(server.Store("copy_open")));
        await FillAsync(file);
        await FillAsync(there);

        Refused(file, there).Should().Contain("is not empty");
        Refused(At("sqlite:none.db"), At(server.Store("copy_free"))).Should().Contain("no store");
        Refused(At(server.Store("copy_nothing")), At("sqlite:free.db")).Should().Contain("no store");
        await using (Open(there))
            Refused(there, At("sqlite:free.db")).Should().Contain("in use by mdm tests");
        await using (Open(file))
            Refused(file, At(server.Store("copy_free"))).Should().Contain("in use by tests");
        File.Exists(_folder["none.db"]).Should().BeFalse();

        static string Refused(SqlStoreAddress from, SqlStoreAddress to) => FluentActions.Invoking(() => StoreCopy.Run(from, to, _ => { }, default)).Should().Throw<SqlStoreException>().Which.Message;
    }

    private static SqlStore Open(SqlStoreAddress address) => SqlStore.Open(address, Things, new SqlStoreOptions("tests"));

    private static async Task FillAsync(SqlStoreAddress address)
    {
        await using var store = Open(address);
        await store.WriteAsync(s =>
        {
            // The parent comes after the child, as after a move.
            s.Execute("INSERT INTO tree (id, parent, name) VALUES (20000, 1, 'Ö late'), (5, 20000, 'early'), (6, 20000, '\"quoted\" '' text')");
            for (var number = 7; number < 12_007; number++)
                s.Execute("INSERT INTO tree (id, parent, name) VALUES ($1, 5, $2)", number, $"n{number}");
            s.Execute("INSERT INTO values_of (id, at, number, picture) VALUES (1, 1, $1, $2), (1, 2, NULL, NULL)", 0.1, new byte[] { 0, 255, 7 });
            s.Execute("INSERT INTO words (word) VALUES ('twice'), ($1)", new string('x', 5000));
            s.Execute(new BuiltSql("CREATE TABLE t7 (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, bits INTEGER NOT NULL DEFAULT 7, file BLOB)"));
            s.Execute(new BuiltSql("ALTER TABLE t7 ADD COLUMN a1 REAL"));
            s.Execute(new BuiltSql("CREATE INDEX i1 ON t7 (a1, name)"));
            return s.Execute(new BuiltSql("INSERT INTO t7 (name, a1) VALUES ('one', 2.5), ('two', NULL)"));
        }, default);
    }

    private static async Task<List<string>> RowsAsync(SqlStoreAddress address)
    {
        await using var store = Open(address);
        var rows = new List<string>();
        foreach (var sql in (string[])["SELECT id, parent, name FROM tree ORDER BY id", "SELECT id, at, number, picture FROM values_of ORDER BY id, at", "SELECT word FROM words ORDER BY word", "SELECT id, name, bits, file, a1 FROM t7 ORDER BY id"])
        {
            rows.AddRange(await store.ReadAsync(s => s.Query(sql, row => string.Join('|', Enumerable.Range(0, row.FieldCount)
                .Select(at => row.IsDBNull(at) ? "null" : row.GetValue(at) is byte[] bytes ? Convert.ToHexString(bytes) : FormattableString.Invariant($"{row.GetValue(at)}")))), default));
        }
        return rows;
    }

    private SqlStoreAddress At(string store) => SqlStoreAddress.Parse(store, _folder.Path);
}
