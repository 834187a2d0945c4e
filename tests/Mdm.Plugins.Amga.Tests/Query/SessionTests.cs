using System.Collections.Immutable;
using Mdm.Plugins.Amga.Query;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Query;

/// <summary>Statements as the plugin runs them: through <see cref="SqlSession"/>, which puts words of its own in place of some, over tables made in its form.</summary>
public sealed class SessionTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private static readonly SqlSchema Schema = new("query", [
        "CREATE TABLE t1 (id INTEGER PRIMARY KEY, name TEXT NOT NULL, c1 INTEGER, c2 REAL, c3 TEXT, c4 INTEGER, c5 INTEGER);"
        + "INSERT INTO t1 (id, name, c1, c2, c3, c4, c5) VALUES (1, 'a', 7, 2.5, 'Abc', 1577923200000000, 150), (2, 'b', NULL, NULL, NULL, NULL, NULL)"]);

    private static readonly string[] Columns =
    [
        "i", "f", "v", "t", "n", "(i + 1) * (i - 1)", "(i + 1) / (i - 7)", "-f / 2", "round(f)", "round(n)", "floor(n * f)", "abs(i - 10)", "upper(substr(v, 2))", "substr(concat(v, \"x\"), i - 5, 2)", "length(v)", "year(t)", "month(t)", "sqrt(f * f)",
        "mod(i, 4)", "coalesce(i, n)", "like(v, \"A%\")", "v like \"a%\" or n in (1.5, 2)", "now()",
    ];

    private static readonly object?[] Expected =
    [
        7L, 2.5, "Abc", 1577923200000000L, 150L, 48L, null, -1.25, 3.0, 2L, 3.0, 3L, "BC", "bc", 3L, 2020L, 1L, 2.5, 3L, 700L, 1L, 1L, 0L,
    ];

    [Fact]
    public async Task Give_the_same_on_SQLite()
    {
        using var folder = new TemporaryDirectory();
        await GiveTheSame(SqlStoreAddress.Parse("sqlite:query.db", folder.Path));
    }

    [SkippableFact]
    public async Task Give_the_same_on_PostgreSQL() => await GiveTheSame(SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/"));

    private static async Task GiveTheSame(SqlStoreAddress address)
    {
        await using var store = SqlStore.Open(address, Schema, new SqlStoreOptions("the tests"));
        var context = new QueryContext(new Names(), "/d", address.Dialect, DateTimeOffset.UnixEpoch);
        Columns.Should().HaveSameCount(Expected);
        for (var i = 0; i < Columns.Length; i++)
            (await Rows(QueryCompiler.Select([Columns[i]], "FILE like \"a%\" and i > 6.5 order by v limit 5 offset 0", context))).Should().ContainSingle().Which.Should().Be(Expected[i], Columns[i]);
        (await Rows(QueryCompiler.Select(["sum(n)"], string.Empty, context))).Should().Equal(150L);
        (await Rows(QueryCompiler.Select(["avg(i)"], string.Empty, context))).Should().Equal(7.0);
        (await Rows(QueryCompiler.Find("[a-b]", "order by i desc", context))).Should().Equal("a", "b");

        var update = QueryCompiler.Update("?", [("n", "f / 3"), ("v", "concat(v, FILE)")], "f is not null", context);
        (await Rows(update.Misfits!)).Should().Equal(0L);
        (await store.WriteAsync(session => session.Execute(update.Change.Sql, [.. update.Change.Values]), default)).Should().Be(1);
        (await Rows(QueryCompiler.Select(["n"], "v = \"Abca\"", context))).Should().Equal(83L);

        Task<List<object?>> Rows(CompiledQuery query) =>
            store.ReadAsync(session => session.Query(query.Sql, row => row.IsDBNull(0) ? null : row.GetValue(0), [.. query.Values]), default);
    }

    private sealed class Names : IQueryNames
    {
        private static readonly ImmutableArray<QueryColumn> Attributes =
        [
            new QueryColumn("i", "c1", new AmgaType(AmgaKind.Int, "int")), new QueryColumn("f", "c2", new AmgaType(AmgaKind.Float, "float")), new QueryColumn("v", "c3", new AmgaType(AmgaKind.Varchar, "varchar(9)", 9)),
            new QueryColumn("t", "c4", new AmgaType(AmgaKind.Timestamp, "timestamp")), new QueryColumn("n", "c5", new AmgaType(AmgaKind.Numeric, "numeric(5,2)", 5, 2)),
        ];

        public QueryCollection? Find(string path) => path == "/d" ? new QueryCollection(path, "t1", "name", "id", Attributes) : null;

        public string Absolute(string path) => path;
    }
}
