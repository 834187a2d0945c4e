using Mdm.Plugins.Amga.Query;

namespace Mdm.Plugins.Amga.Tests.Query;

public sealed class ParserTests
{
    [Theory]
    [InlineData("a = 1 or b = 2 and not c = 3", "((a = 1) or ((b = 2) and (not (c = 3))))")]
    [InlineData("4 - 1 - 1", "((4 - 1) - 1)")]
    [InlineData("1 + 2 * 3 - 4 / 5", "((1 + (2 * 3)) - (4 / 5))")]
    [InlineData("- a * b", "((- a) * b)")]
    [InlineData("-5 - -5", "((-5) - (-5))")]
    [InlineData("not a = 1 and b = 2", "((not (a = 1)) and (b = 2))")]
    [InlineData("a + 1 > b * 2", "((a + 1) > (b * 2))")]
    [InlineData("(a = 1 or b = 2) and c = 3", "(((a = 1) or (b = 2)) and (c = 3))")]
    [InlineData("a IS NULL or b is Not Null", "((a is null) or (not (b is null)))")]
    [InlineData("a in (1, 2, 3) and b not in (\"x\")", "((a in (1, 2, 3)) and (not (b in (\"x\"))))")]
    [InlineData("a between 1 and 2 and b = 3", "((a between 1 and 2) and (b = 3))")]
    [InlineData("a not between 1 and 2", "(not (a between 1 and 2))")]
    [InlineData("a like \"x%\"", "like(a, \"x%\")")]
    [InlineData("LIKE(/jobdir:FILE, \"t%\")", "like(/jobdir:FILE, \"t%\")")]
    [InlineData("/a:p = \"v\" and /a:q > 3", "((/a:p = \"v\") and (/a:q > 3))")]
    [InlineData("a-b", "(a - b)")]
    [InlineData("a-b:c", "a-b:c")]
    [InlineData("a - b:c", "(a - b:c)")]
    [InlineData("a/b", "(a / b)")]
    [InlineData("a / /b/c:d", "(a / /b/c:d)")]
    [InlineData("../x_1.y/z-2:FILE", "../x_1.y/z-2:FILE")]
    [InlineData(".:limit", ".:limit")]
    [InlineData("1.5e-3 <> 2E5", "(1.5e-3 != 2E5)")]
    [InlineData("'it\\'s' = \"say \\\"x\\\" \\\\ \\%\"", "(\"it's\" = \"say \\\"x\\\" \\\\ \\\\%\")")]
    [InlineData("now()", "now()")]
    [InlineData("größe = 1", "(größe = 1)")]
    [InlineData("a = 1 -- b", "(a = (1 - (- b)))")]
    [InlineData("2020/x:a", "(2020 / x:a)")]
    [InlineData("a\r\n=\t1", "(a = 1)")]
    public void Reads_with_the_usual_precedence(string text, string written)
    {
        ExpressionText.Of(Parser.ParseExpression(text)).Should().Be(written);
        ExpressionText.Of(Parser.ParseExpression(written)).Should().Be(written);
    }

    [Theory]
    [InlineData("a = ", 5, "a value")]
    [InlineData("a = 1 b", 7, "an operator or the end")]
    [InlineData("(a = 1", 7, "closing parenthesis")]
    [InlineData("a = 1)", 6, "an operator or the end")]
    [InlineData("a = b = c", 7, "an operator or the end")]
    [InlineData("a = \"x", 5, "closing quote")]
    [InlineData("a = \"x\0\"", 7, "NUL")]
    [InlineData("a ; b", 3, "means nothing")]
    [InlineData("a=1and b=2", 3, "ends before a letter")]
    [InlineData("a /* b */ = 1", 9, "followed by a colon")]
    [InlineData("a ! b", 3, "means nothing")]
    [InlineData("/a/b = 1", 1, "followed by a colon")]
    [InlineData("d:1 = 1", 3, "name was expected")]
    [InlineData("1abc", 1, "ends before a letter")]
    [InlineData("a is 1", 6, "null was expected")]
    [InlineData("a in 1", 6, "parenthesis")]
    [InlineData("a in ()", 7, "a value")]
    [InlineData("a between 1 or 2", 13, "and was expected")]
    [InlineData("and = 1", 1, "a value")]
    [InlineData("f(a,)", 5, "a value")]
    [InlineData("1e999", 1, "no larger than a double")]
    [InlineData("min(a, b)", 6, "closing parenthesis")]
    [InlineData("a = \u0001", 5, "means nothing")]
    public void Says_where_it_does_not_understand(string text, int position, string expected) =>
        FluentActions.Invoking(() => Parser.ParseExpression(text)).Should().Throw<AmgaException>().Where(e => e.Code == AmgaError.QueryError).WithMessage($"*at character {position}:*{expected}*");

    [Fact]
    public void Half_a_character_is_none() =>
        FluentActions.Invoking(() => Parser.ParseExpression("a = \"x\ud800\"")).Should().Throw<AmgaException>().WithMessage("*at character 7: half a character*");

    [Fact]
    public void Reads_what_follows_a_condition()
    {
        var condition = Parser.ParseCondition("a > 1 group by b, /d:c order by b desc, a + 1 limit 10 offset 5");
        ExpressionText.Of(condition.Where!).Should().Be("(a > 1)");
        condition.GroupBy.Select(ExpressionText.Of).Should().Equal("b", "/d:c");
        condition.Order.Select(key => (ExpressionText.Of(key.Expression), key.IsDescending)).Should().Equal(("b", true), ("(a + 1)", false));
        (condition.Limit, condition.Offset).Should().Be((10, 5));
    }

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("limit 3")]
    [InlineData("OFFSET 0 LIMIT 3")]
    [InlineData("order by a")]
    public void An_empty_condition_holds_for_all(string text) => Parser.ParseCondition(text).Where.Should().BeNull();

    [Theory]
    [InlineData("limit 0")]
    [InlineData("limit -1")]
    [InlineData("limit 1.5")]
    [InlineData("limit 99999999999999999999")]
    [InlineData("limit \"1\"")]
    [InlineData("limit 1 limit 2")]
    [InlineData("offset -1")]
    [InlineData("limit 1 order by a")]
    [InlineData("order a")]
    [InlineData("a = 1, b = 2")]
    public void Refuses_other_tails(string text) => FluentActions.Invoking(() => Parser.ParseCondition(text)).Should().Throw<AmgaException>().Where(e => e.Code == AmgaError.QueryError);

    [Fact]
    public void Ten_thousand_parentheses_meet_the_limit_and_not_the_end_of_the_stack()
    {
        foreach (var text in new[] { new string('(', 10_000) + "1" + new string(')', 10_000), string.Concat(Enumerable.Repeat("not ", 10_000)) + "a", string.Concat(Enumerable.Repeat("- ", 10_000)) + "a", string.Concat(Enumerable.Repeat("abs(", 10_000)) })
            FluentActions.Invoking(() => Parser.ParseCondition(text)).Should().Throw<AmgaException>().WithMessage("*levels of nesting*100*");
        FluentActions.Invoking(() => Parser.ParseCondition(new string('(', 100) + "1" + new string(')', 100))).Should().NotThrow();
    }

    [Theory]
    [InlineData("1 + ", 101, "levels of nesting", "100")]
    [InlineData("a = 1 or ", 5_000, "operators and values", "10000")]
    [InlineData("aaaaaaaaa = 1 or ", 5_000, "characters", "65536")]
    [InlineData("((((((((", 5_500, "words", "40000")]
    public void Limits_are_named(string part, int times, string limit, string most) =>
        FluentActions.Invoking(() => Parser.ParseCondition(string.Concat(Enumerable.Repeat(part, times)) + "b = 1"))
            .Should().Throw<AmgaException>().Where(e => e.Code == AmgaError.QueryError).WithMessage($"*{limit}*{most}*");

    [Fact]
    public void A_long_chain_of_conditions_is_one_level() =>
        Parser.ParseCondition(string.Join(" or ", Enumerable.Repeat("a = 1", 3_000))).Where!.Depth.Should().Be(3);

    [Fact]
    public void Order_has_a_limit() =>
        FluentActions.Invoking(() => Parser.ParseCondition("order by " + string.Join(", ", Enumerable.Repeat("a", 17)))).Should().Throw<AmgaException>().WithMessage("*keys of order*16*");

    [Fact]
    public void No_message_repeats_a_value() =>
        FluentActions.Invoking(() => Parser.ParseCondition("name = \"Jane Doe\" \"Jane Doe\"")).Should().Throw<AmgaException>().Which.Message.Should().NotContain("Jane");

    [Theory]
    [InlineData("distinct a", true, "a")]
    [InlineData("distinct", true, null)]
    [InlineData("DISTINCT /d:a", true, "/d:a")]
    [InlineData("count(distinct a)", false, "count(distinct a)")]
    [InlineData("count(*)", false, "count(*)")]
    [InlineData("/a:p", false, "/a:p")]
    public void Reads_columns(string text, bool isDistinct, string? written)
    {
        var column = Parser.ParseColumn(text, out var has);
        (has, column is null ? null : ExpressionText.Of(column)).Should().Be((isDistinct, written));
    }
}
