using System.Collections.Immutable;
using Mdm.Plugins.Amga.Query;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Tests.Query;

public sealed class CompilerTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 26, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData("i > 5", "d0.c0 > $1", 5L)]
    [InlineData("5 < i", "d0.c0 > $1", 5L)]
    [InlineData("i > 5.5", "d0.c0 > $1", 5L)]
    [InlineData("i >= 5.5", "d0.c0 > $1", 5L)]
    [InlineData("i < 5.5", "d0.c0 <= $1", 5L)]
    [InlineData("i < -5.5", "d0.c0 <= $1", -6L)]
    [InlineData("i = \"5\"", "d0.c0 = $1", 5L)]
    [InlineData("n > 1.005", "d0.c2 > $1", 100L)]
    [InlineData("n = 1.5", "d0.c2 = $1", 150L)]
    [InlineData("f = 0.1", "d0.c1 = $1", 0.1)]
    [InlineData("v = \"x\"", "d0.c3 = $1", "x")]
    [InlineData("t > 20200102", "d0.c4 > $1", 1577923200000000L)]
    [InlineData("t > \"2020-01-02\"", "d0.c4 > $1", 1577923200000000L)]
    [InlineData("t > \"20200102\"", "d0.c4 > $1", 1577923200000000L)]
    [InlineData("t = \"2020-01-02T00:00:00.000001\"", "d0.c4 = $1", 1577923200000001L)]
    public void A_literal_is_a_parameter_beside_the_bare_column(string condition, string sql, object value)
    {
        var query = QueryCompiler.Find(null, condition, Context());
        query.Sql.Should().Be($"SELECT d0.name FROM t0 AS d0 WHERE ({sql}) ORDER BY +d0.id");
        query.Values.Should().Equal(value);
    }

    [Fact]
    public void A_pattern_with_a_beginning_is_a_range_too() =>
        QueryCompiler.Find("ab*", "like(v, \"x_%\")", Context()).Should().BeEquivalentTo(new
        {
            Sql = "SELECT d0.name FROM t0 AS d0 WHERE (d0.name >= $1 AND d0.name < $2 AND d0.name GLOB $3) AND (d0.c3 >= $4 AND d0.c3 < $5 AND d0.c3 GLOB $6) ORDER BY +d0.id",
            Values = new object[] { "ab", "ac", "ab*", "x", "y", "x?*" },
        });

    [Fact]
    public void What_the_caller_may_not_read_of_rows_is_left_out_first_in_every_directory()
    {
        var query = QueryCompiler.Select(["i", "/other:i"], "i = /other:i limit 3", Context(filter: "{0}.owner = {v0} OR {0}.shared = {v1}", values: ["me", 1L]));
        query.Sql.Should().Be("SELECT d0.c0, d1.c0 FROM t0 AS d0, t1 AS d1 WHERE (d0.owner = $1 OR d0.shared = $2) AND (d1.owner = $3 OR d1.shared = $4) AND (d0.c0 = d1.c0) ORDER BY +d0.id, +d1.id LIMIT $5");
        query.Values.Should().Equal("me", 1L, "me", 1L, 3L);
    }

    [Theory]
    [InlineData("secret = 1", (int)AmgaError.NoSuchKey, "There is no attribute of the name at character 1 of the query.")]
    [InlineData("nothing = 1", (int)AmgaError.NoSuchKey, "There is no attribute of the name at character 1 of the query.")]
    [InlineData("/hidden:i = 1", (int)AmgaError.NoSuchEntry, "There is no directory of the name at character 1 of the query.")]
    [InlineData("/nowhere:i = 1", (int)AmgaError.NoSuchEntry, "There is no directory of the name at character 1 of the query.")]
    [InlineData("i = \"x\"", (int)AmgaError.WrongType, "*at character 5*")]
    [InlineData("v = 5", (int)AmgaError.WrongType, "*at character 5*")]
    [InlineData("t = \"yesterday\"", (int)AmgaError.WrongType, "*at character 5*")]
    [InlineData("t > 5", (int)AmgaError.WrongType, "*")]
    [InlineData("t = v", (int)AmgaError.WrongType, "*at character 3*")]
    [InlineData("i", (int)AmgaError.WrongType, "*a condition*")]
    [InlineData("(i = 1) = (n = 2)", (int)AmgaError.WrongType, "*")]
    [InlineData("v + 1 = 2", (int)AmgaError.WrongType, "*a number*")]
    [InlineData("upper(i) = \"x\"", (int)AmgaError.WrongType, "*a text*")]
    [InlineData("mod(f, 2) = 1", (int)AmgaError.WrongType, "*int or numeric*")]
    [InlineData("power(i, 2) = 1", (int)AmgaError.QueryError, "*no function of this name*")]
    [InlineData("substr(v) = \"x\"", (int)AmgaError.QueryError, "*takes 2 to 3 values*")]
    [InlineData("concat() = \"x\"", (int)AmgaError.QueryError, "*")]
    [InlineData("like(v, v)", (int)AmgaError.QueryError, "*in quotes*")]
    [InlineData("like(v, \"x\\\\\")", (int)AmgaError.QueryError, "*backslash*")]
    [InlineData("count(*) > 1", (int)AmgaError.QueryError, "*columns of their own*")]
    [InlineData("group by i", (int)AmgaError.QueryError, "*selectattr*")]
    [InlineData("i = 1 order by /other:i", (int)AmgaError.QueryError, "*")]
    public void Refuses(string condition, int code, string message) =>
        FluentActions.Invoking(() => QueryCompiler.Find(null, condition, Context())).Should().Throw<AmgaException>().WithMessage(message).Which.Code.Should().Be((AmgaError)code);

    [Fact]
    public void Directories_of_one_query_have_a_limit() =>
        FluentActions.Invoking(() => QueryCompiler.Select([.. Enumerable.Range(0, 9).Select(i => $"/many{i}:i")], string.Empty, Context()))
            .Should().Throw<AmgaException>().WithMessage("*directories*8*");

    [Fact]
    public void A_pattern_has_a_limit() =>
        FluentActions.Invoking(() => QueryCompiler.Find(null, $"like(v, \"{new string('%', 1001)}\")", Context())).Should().Throw<AmgaException>().WithMessage("*pattern*1000*");

    [Theory]
    [InlineData("concat", "v")]
    [InlineData("coalesce", "i")]
    public void Values_of_a_function_have_a_limit(string function, string value) =>
        FluentActions.Invoking(() => QueryCompiler.Select([$"{function}({string.Join(",", Enumerable.Repeat(value, 101))})"], string.Empty, Context())).Should().Throw<AmgaException>().WithMessage("*1 to 100 values*");

    [Fact]
    public void Values_of_a_query_have_a_limit()
    {
        var many = "i in (" + string.Join(", ", Enumerable.Range(0, 9_000)) + ")";
        FluentActions.Invoking(() => QueryCompiler.Select([many, many, many, many], string.Empty, Context())).Should().Throw<AmgaException>().WithMessage("*values*30000*");
    }

    [Fact]
    public void The_SQL_has_a_limit()
    {
        // Each of some thousand items repeats what stands before in.
        var text = "concat(" + string.Join(", ", Enumerable.Repeat("v", 100)) + ") in (" + string.Join(", ", Enumerable.Repeat("v", 3_000)) + ")";
        FluentActions.Invoking(() => QueryCompiler.Find(null, text, Context())).Should().Throw<AmgaException>().WithMessage("*characters of SQL*1048576*");
    }

    [Fact]
    public void Nesting_to_the_limit_costs_no_more_than_its_length()
    {
        var text = string.Concat(Enumerable.Repeat("coalesce(abs(", 48)) + "i" + string.Concat(Enumerable.Repeat("), 1 + i)", 48)) + " > 0";
        QueryCompiler.Find(null, text, Context()).Sql.Length.Should().BeLessThan(40_000);
    }

    [Fact]
    public void A_name_that_is_not_ours_reaches_no_statement() =>
        FluentActions.Invoking(() => QueryCompiler.Find(null, string.Empty, Context(table: "t0; drop table x"))).Should().Throw<InvalidOperationException>();

    [Fact]
    public void An_update_uses_the_own_values_and_other_directories_only_choose()
    {
        var update = QueryCompiler.Update("t*", [("i", "i + 1"), ("v", "\"x\"")], "i < /other:i", Context());
        update.Change.Sql.Should().Be("UPDATE t0 AS d0 SET c0 = (CASE WHEN typeof((d0.c0 + $1)) = 'integer' THEN (d0.c0 + $1) END), c3 = $2 "
            + "WHERE d0.id IN (SELECT d0.id FROM t0 AS d0, t1 AS d1 WHERE (d0.name >= $3 AND d0.name < $4 AND d0.name GLOB $5) AND (d0.c0 < d1.c0))");
        update.Misfits.Should().BeNull();
    }

    [Theory]
    [InlineData("FILE", "\"x\"", (int)AmgaError.IllegalKey)]
    [InlineData(".:FILE", "\"x\"", (int)AmgaError.IllegalKey)]
    [InlineData("i + 1", "1", (int)AmgaError.IllegalKey)]
    [InlineData("i", "\"1.5\"", (int)AmgaError.WrongType)]
    [InlineData("v", "\"much too long\"", (int)AmgaError.WrongType)]
    [InlineData("v", "i", (int)AmgaError.WrongType)]
    [InlineData("t", "now() + 1", (int)AmgaError.WrongType)]
    [InlineData("i", "/other:i", (int)AmgaError.QueryError)]
    [InlineData("/other:i", "1", (int)AmgaError.QueryError)]
    [InlineData("i", "count(*)", (int)AmgaError.QueryError)]
    [InlineData("secret", "1", (int)AmgaError.NoSuchKey)]
    public void An_update_refuses(string attribute, string expression, int code) =>
        FluentActions.Invoking(() => QueryCompiler.Update(null, [(attribute, expression)], string.Empty, Context())).Should().Throw<AmgaException>().Which.Code.Should().Be((AmgaError)code);

    [Fact]
    public void A_check_is_a_predicate_of_one_row()
    {
        QueryCompiler.Check("i > 0 and v is not null", Context()).Should().BeEquivalentTo(new { Sql = "((d0.c0 > $1) AND (NOT (d0.c3 IS NULL)))", Values = new object[] { 0L } });
        foreach (var other in new[] { "i > /other:i", "t < now()", "i > 0 limit 1", "i" })
            FluentActions.Invoking(() => QueryCompiler.Check(other, Context())).Should().Throw<AmgaException>(other);
    }

    [Fact]
    public void Columns_keep_their_declared_types() =>
        QueryCompiler.Select(["n", "v", "i + n", "FILE", "f > 1", "t", "now()", "f"], string.Empty, Context()).Columns.Select(type => type.Declared)
            .Should().Equal("numeric(8,2)", "varchar(9)", "numeric(18,2)", "text", "int", "timestamp", "timestamp", "float");

    [Theory]
    [InlineData("i", "count(*)", "")]
    [InlineData("i", "count(*)", "group by n")]
    [InlineData("sum(v)", "i", "group by i")]
    [InlineData("sum(distinct i)", "1", "")]
    [InlineData("sum(i) + 1", "1", "")]
    [InlineData("i", "distinct n", "")]
    [InlineData("distinct i", "n", "order by f")]
    public void Columns_are_refused_that_do_not_go_together(string first, string second, string condition) =>
        FluentActions.Invoking(() => QueryCompiler.Select([first, second], condition, Context())).Should().Throw<AmgaException>();

    private static QueryContext Context(string? filter = null, ImmutableArray<object?> values = default, string table = "t0") =>
        new(new Names(filter, values, table), "/m", SqlDialect.Sqlite, Now);

    private sealed class Names(string? filter, ImmutableArray<object?> values, string table) : IQueryNames
    {
        public QueryCollection? Find(string path) => path switch
        {
            "/m" => Collection(path, table),
            "/other" => Collection(path, "t1"),
            _ when path.StartsWith("/many", StringComparison.Ordinal) => Collection(path, "t9"),
            _ => null,
        };

        public string Absolute(string path) => path[0] == '/' ? path : path == "." ? "/m" : "/m/" + path;

        // Its attribute 'secret' is one that the caller may not read, so it is not here.
        private QueryCollection Collection(string path, string name) => new(path, name, "name", "id",
        [
            new QueryColumn("i", "c0", new AmgaType(AmgaKind.Int, "int")), new QueryColumn("f", "c1", new AmgaType(AmgaKind.Float, "float")),
            new QueryColumn("n", "c2", new AmgaType(AmgaKind.Numeric, "numeric(8,2)", 8, 2)), new QueryColumn("v", "c3", new AmgaType(AmgaKind.Varchar, "varchar(9)", 9)),
            new QueryColumn("t", "c4", new AmgaType(AmgaKind.Timestamp, "timestamp")),
        ], filter, values);
    }
}
