using System.Globalization;
using Mdm.Plugins.Amga.Query;
using Mdm.Plugins.Amga.Tests.Query.Independent;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Query;

/// <summary>What random questions do not ask, on SQLite; <see cref="OnPostgres"/> has the same on PostgreSQL.</summary>
public class StoresTests : IAsyncLifetime
{
    private static readonly string[] Hostile =
    [
        "'", "''", "\"", "\\", "\\'", "'; drop table t0_0; --", "\"; drop table t0_0; --", "x' or '1'='1", "/* */", "--", "$1", ":a", "@a", "?", "{0}", "%s", "\u0001\u0004\u0018\u007f", "a\r\nb", "ä€😀", "\uFFFF", "\u202E", "x\\", "%_*?[a]", "NULL",
    ];

    private Store? _store;

    private Store Store => _store!;

    public async Task InitializeAsync() => _store = await OpenAsync();

    public Task DisposeAsync()
    {
        _store?.Dispose();
        return Task.CompletedTask;
    }

    [SkippableFact]
    public void A_hostile_text_is_a_text()
    {
        var world = Put(Hostile.Select((text, i) => Row(("FILE", "e" + i.ToString(CultureInfo.InvariantCulture)), ("x", text))));
        for (var i = 0; i < Hostile.Length; i++)
        {
            var literal = ExpressionText.Quoted(Hostile[i]);
            string[] conditions = [$"x = {literal}", $"x in ({literal})", $"concat(x, {literal}) = concat({literal}, {literal})", $"like(x, {Pattern(Hostile[i])})", $"coalesce(x, {literal}) between {literal} and {literal}"];
            foreach (var condition in conditions)
                Find(world, condition).Should().Equal(["e" + i.ToString(CultureInfo.InvariantCulture)], condition);
            Store.Query(QueryCompiler.Select([literal], "i is null limit 1", Context(world))).Should().ContainSingle().Which.Should().Equal(Hostile[i]);
        }
        Store.Execute(QueryCompiler.Update(null, [("v", "\"'; drop table t0_0; --\"")], "x = \"'\"", Context(world)).Change).Should().Be(1);
        Find(world, "v = \"'; drop table t0_0; --\"").Should().Equal("e0");

        static string Pattern(string text) => ExpressionText.Quoted(string.Concat(text.Select(c => c is '%' or '_' or '\\' ? "\\" + c : c.ToString())));
    }

    [SkippableTheory]
    [InlineData("e*", "e1 e12 eA e_b")]
    [InlineData("*", "e1 e12 eA e_b f*1 f.1")]
    [InlineData("e?", "e1 eA")]
    [InlineData("e[0-9]*", "e1 e12")]
    [InlineData("e[!0-9]*", "eA e_b")]
    [InlineData("[e-f][A_.1]*", "e1 e12 eA e_b f.1")]
    [InlineData("f.1", "f.1")]
    [InlineData("*[.]?", "f.1")]
    [InlineData("?1*", "e1 e12")]
    [InlineData("E*", "")]
    [InlineData("e%", "")]
    public void A_pattern_finds_names(string pattern, string expected)
    {
        var world = Put(new[] { "e1", "e12", "eA", "e_b", "f*1", "f.1" }.Select(name => Row(("FILE", name))));
        Store.Query(QueryCompiler.Find(pattern, string.Empty, Context(world))).Select(row => (string)row[0]!).Should().Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [SkippableTheory]
    [InlineData("[")]
    [InlineData("[]")]
    [InlineData("[a")]
    [InlineData("[z-a]")]
    [InlineData("[a-9]")]
    [InlineData("[\\d]")]
    [InlineData("[a-c-e]")]
    [InlineData("a\0")]
    public void A_pattern_that_is_none_is_refused(string pattern) =>
        FluentActions.Invoking(() => QueryCompiler.Find(pattern, string.Empty, Context(new World(new Dice(1), 0)))).Should().Throw<AmgaException>();

    [SkippableFact]
    public void An_update_sets_from_the_own_values_as_they_were()
    {
        var world = Put([Row(("FILE", "t1"), ("i", 1L), ("j", 10L), ("f", 2.5)), Row(("FILE", "t2"), ("i", 2L), ("j", 20L), ("f", 1e30)), Row(("FILE", "u"), ("i", 3L), ("j", null))]);
        Store.Execute(QueryCompiler.Update("t?", [("i", "j + 1"), ("j", "i"), ("n", "f * 2"), ("x", "concat(FILE, \"!\")"), ("t", "\"2020-01-02\"")], "i > 0", Context(world)).Change).Should().Be(2);

        Store.Query(QueryCompiler.Select(["i", "j", "n", "x", "t"], string.Empty, Context(world))).Should().BeEquivalentTo(new object?[][]
        {
            [11L, 1L, 500L, "t1!", 1577923200000000L],
            [21L, 2L, null, "t2!", 1577923200000000L],
            [3L, null, null, null, null],
        }, options => options.WithStrictOrdering());
    }

    [SkippableFact]
    public void An_update_with_a_limit_takes_that_many()
    {
        var world = Put(Enumerable.Range(0, 5).Select(i => Row(("FILE", $"e{i}"), ("i", (long)i))));
        Store.Execute(QueryCompiler.Update(null, [("v", "\"mine\"")], "v is null and i >= 1 order by i desc limit 1", Context(world)).Change).Should().Be(1);
        Find(world, "v = \"mine\"").Should().Equal("e4");
    }

    [SkippableFact]
    public void Values_that_do_not_fit_are_counted_before_they_are_set()
    {
        var world = Put([Row(("FILE", "a"), ("i", 5L), ("x", "short")), Row(("FILE", "b"), ("i", 99_999_999L), ("x", new string('ä', 41))), Row(("FILE", "c"))]);
        Misfits("v", "concat(x, \"\")", "FILE = \"a\"").Should().Be(0);
        Misfits("v", "concat(x, \"\")", string.Empty).Should().Be(1);
        Misfits("n", "i * 2", string.Empty).Should().Be(1);
        Misfits("n", "i * -2", "i < 10 limit 1").Should().Be(0);

        long Misfits(string attribute, string expression, string condition) =>
            (long)Store.Query(QueryCompiler.Update(null, [(attribute, expression)], condition, Context(world)).Misfits!)[0][0]!;
    }

    [SkippableFact]
    public void Sums_of_floats_are_right_but_for_their_last_digits()
    {
        double[] values = [0.1, 0.2, 0.3, 1e10, -3.75, 5e-324];
        var world = Put([.. values.Select((value, i) => Row(("FILE", $"e{i}"), ("f", value), ("g", i == 0 ? 1.1e100 : value))), Row(("FILE", "null"))]);
        var row = Store.Query(QueryCompiler.Select(["sum(f)", "avg(f)", "sum(g)", "count(f)"], string.Empty, Context(world))).Should().ContainSingle().Which;
        ((double)row[0]!).Should().BeApproximately(values.Sum(), 1e-5);
        ((double)row[1]!).Should().BeApproximately(values.Average(), 1e-5);
        row[2].Should().BeNull("one is above the range of sums");
        row[3].Should().Be(6L);
    }

    [SkippableFact]
    public void Nesting_and_chains_to_the_limits_are_answered()
    {
        var world = Put([Row(("FILE", "e"), ("i", 1L), ("f", 4.0), ("x", "a"))]);
        string[] conditions =
        [
            string.Concat(Enumerable.Repeat("abs(", 97)) + "i" + new string(')', 97) + " = 1",
            string.Concat(Enumerable.Repeat("substr(", 48)) + "upper(x)" + string.Concat(Enumerable.Repeat(", 1, 1)", 48)) + " = \"A\"",
            "i" + string.Concat(Enumerable.Repeat(" + 1 - 1", 48)) + " = 1",
            "f" + string.Concat(Enumerable.Repeat(" * 2 / 2", 48)) + " = 4",
            string.Join(" or ", Enumerable.Repeat("i = 2", 3_000)) + " or x = \"a\"",
            string.Join(" and ", Enumerable.Repeat("(i = 1 or i = 2)", 1_400)),
            "i in (" + string.Join(", ", Enumerable.Range(1, 9_000)) + ")",
            "length(concat(" + string.Join(", ", Enumerable.Repeat("x", 100)) + ")) = 100",
            "coalesce(" + string.Join(", ", Enumerable.Repeat("j", 99)) + ", i) = 1",
            "x in (" + string.Join(", ", Enumerable.Repeat("concat(x)", 1_000)) + ")",
            string.Concat(Enumerable.Repeat("not (", 48)) + "i = 1" + new string(')', 48),
        ];
        foreach (var condition in conditions)
            Find(world, condition).Should().Equal(["e"], condition[..40]);
        var many = "i in (" + string.Join(", ", Enumerable.Range(1, 9_000)) + ")";
        Store.Query(QueryCompiler.Select([many, "FILE"], $"{many} limit 1", Context(world))).Should().ContainSingle().Which.Should().Equal(1L, "e");
    }

    [SkippableFact]
    public void Rows_that_may_not_be_read_do_not_join()
    {
        var world = Put([Row(("FILE", "a"), ("i", 1L)), Row(("FILE", "b"), ("i", 2L))]);
        var half = new Filtered(world);
        Store.Query(QueryCompiler.Select(["count(*)", "max(i)"], string.Empty, Context(half))).Should().ContainSingle().Which.Should().Equal(1L, 1L);
        Store.Execute(QueryCompiler.Update(null, [("j", "5")], string.Empty, Context(half)).Change).Should().Be(1);
    }

    [SkippableFact]
    public void An_index_serves_comparisons_ranges_and_patterns()
    {
        var world = Put(Enumerable.Range(0, 2_000).Select(i => Row(("FILE", $"e{i}"), ("i", (long)i), ("x", i.ToString("0000", CultureInfo.InvariantCulture)), ("t", i * 86_400_000_000L))));
        foreach (var column in new[] { "c0", "c7", "c8" })
            Store.Execute($"CREATE INDEX {column}_t0_0 ON t0_0 ({column})", []);
        Store.Execute("ANALYZE", []);
        foreach (var condition in new[] { "i = 7", "i > 1990.5", "i in (1, 2)", "i between 3 and 4", "x = \"0007\"", "like(x, \"019%\")", "t >= 19750101 and t < \"1975-02-01\"" })
        {
            var query = QueryCompiler.Find(null, condition, Context(world));
            var plan = string.Join('\n', Store.Query((Store.Dialect == SqlDialect.Sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN ") + query.Sql, query.Values).Select(row => string.Join(' ', row)));
            plan.Should().MatchRegex("(?i)index.* c[078]_t0_0", condition);
        }
    }

    private protected virtual Task<Store> OpenAsync() => Task.FromResult(Store.OpenSqlite());

    private QueryContext Context(IQueryNames names) => new(names, World.Main, Store.Dialect, DateTimeOffset.UnixEpoch);

    private List<string> Find(World world, string condition) => [.. Store.Query(QueryCompiler.Find(null, condition, Context(world))).Select(row => (string)row[0]!)];

    private static Dictionary<string, object?> Row(params (string Name, object? Value)[] values) => values.ToDictionary(value => value.Name, value => value.Value);

    private World Put(IEnumerable<Dictionary<string, object?>> rows)
    {
        var world = new World(new Dice(1), 0);
        world.Tables[0].Clear();
        world.Tables[0].AddRange(rows.Select(row =>
        {
            foreach (var column in world.Collections[0].Columns)
                row.TryAdd(column.Name, null);
            return row;
        }));
        Store.Put(world);
        return world;
    }

    private sealed class Filtered(World world) : IQueryNames
    {
        public QueryCollection? Find(string path) => world.Find(path) is { } all ? all with { RowFilter = "{0}.name = {v0} OR {0}.c1 = {v1}", RowFilterValues = ["a", -1L] } : null;

        public string Absolute(string path) => world.Absolute(path);
    }
}

public sealed class OnPostgres(SharedPostgres postgres) : StoresTests, IClassFixture<SharedPostgres>
{
    private protected override async Task<Store> OpenAsync()
    {
        var store = Store.OpenPostgres(await postgres.ServerAsync());
        store.Execute("DROP SCHEMA IF EXISTS own CASCADE; CREATE SCHEMA own; SET search_path = own", []);
        return store;
    }
}
