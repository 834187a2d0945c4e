using System.Globalization;
using System.Numerics;
using System.Text;

namespace Mdm.Plugins.Amga.Tests.Query.Independent;

/// <summary>Makes random expressions over a world.</summary>
internal sealed class Writer(World world, Dice dice)
{
    private static readonly string[] Numbers =
    [
        "0", "1", "-1", "2", "3", "10", "100", "0.5", "-0.5", "1.005", "1.00", "2.50", "-1.50", "0.1", "1000000", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
        "99999999999999999999", "-99999999999999999999.5", "0.0000000000000000001", "123456789.123456789", "4503599627370497.5",
    ];

    private static readonly string[] Patterns = ["%", "a%", "A%", "%b%", "_", "a_c", "a\\_c", "%\\%", "[a]%", "*", "_?_", "", "ä%", "%😀", "__", "%'%", "%\\\\", "e_", "\uFFFD%", "ab", "%a%b%"];

    private static readonly string[] Signs = ["=", "!=", "<>", "<", "<=", ">", ">="];

    public Node Condition(int depth)
    {
        if (depth <= 0)
            return Comparison(0);
        switch (dice.Below(9))
        {
            case 0 or 1:
                return new LogicNode(dice.Chance(2), [.. Enumerable.Range(0, 2 + dice.Below(2)).Select(_ => Condition(depth - 1))]);
            case 2:
                return new NotNode(Condition(depth - 1));
            case 3:
                return new NullNode(Value(depth - 1), dice.Chance(2));
            case 4:
                return new LikeNode(Text(depth - 1), dice.Pick(Patterns), dice.Chance(2), dice.Chance(2));
            case 5:
                var kind = SomeKind();
                return new InNode(Of(kind, depth - 1), dice.Chance(2), [.. Enumerable.Range(0, 1 + dice.Below(4)).Select(_ => Other(kind, depth - 1))]);
            case 6:
                var end = SomeKind();
                return new BetweenNode(Of(end, depth - 1), dice.Chance(2), Other(end, depth - 1), Other(end, depth - 1));
            default:
                return Comparison(depth - 1);
        }
    }

    public Node Value(int depth) => Of(SomeKind(), depth);

    public Node Number(int depth)
    {
        if (depth <= 0)
            return dice.Chance(4) ? Literal() : world.Attribute(dice, dice.Chance(3) ? Kind.Float : Kind.Exact);
        switch (dice.Below(10))
        {
            case 0 or 1 or 2:
                return new ArithmeticNode(dice.Pick("+-*/".ToCharArray()), Number(depth - 1), Number(depth - 1));
            case 3:
                var operand = Number(depth - 1);
                return operand is LiteralNode ? operand : new MinusNode(operand);
            case 4:
                return Rounding(Number(depth - 1));
            case 5:
                var number = Number(depth - 1);
                return dice.Chance(2)
                    ? new FunctionNode("abs", number.Sort, of => of[0] is double value ? Math.Abs(value) : Values.Bounded(BigInteger.Abs((long)of[0]), number.Sort.Scale), number)
                    : new FunctionNode("sqrt", Sort.Float, of => Values.Double(of[0], number.Sort) is var value and >= 0 ? Math.Sqrt(value) : null, number);
            case 6:
                var (a, b) = (Exact(depth - 1), Exact(depth - 1));
                var common = Values.Common(a.Sort, b.Sort);
                return new FunctionNode("MOD", common, of =>
                    Values.Convert(of[0], a.Sort, common) is long x && Values.Convert(of[1], b.Sort, common) is long y && y != 0 ? (long)BigInteger.Remainder(x, y) : null, a, b);
            case 7:
                return new FunctionNode("length", Sort.Whole, of => (long)((string)of[0]).EnumerateRunes().Count(), Text(depth - 1));
            case 8:
                return Field(depth - 1);
            default:
                Node[] parts = [Number(depth - 1), Number(0), .. dice.Chance(2) ? [Number(0)] : Array.Empty<Node>()];
                return new CoalesceNode(parts.Select(part => part.Sort).Aggregate(Values.Common), parts);
        }
    }

    public Node Text(int depth)
    {
        if (depth <= 0)
            return dice.Chance(5) ? LiteralNode.Text(dice.Pick(World.Texts)) : world.Attribute(dice, Kind.Text);
        switch (dice.Below(8))
        {
            case 0:
                return new FunctionNode("upper", Sort.Text, of => string.Concat(((string)of[0]).Select(c => char.IsAsciiLetterLower(c) ? (char)(c - 32) : c)), Text(depth - 1));
            case 1:
                return new FunctionNode("Lower", Sort.Text, of => string.Concat(((string)of[0]).Select(c => char.IsAsciiLetterUpper(c) ? (char)(c + 32) : c)), Text(depth - 1));
            case 2:
                return new FunctionNode("trim", Sort.Text, of => ((string)of[0]).Trim(' '), Text(depth - 1));
            case 3:
                return new FunctionNode("concat", Sort.Text, of => string.Concat(of), Text(depth - 1), Text(0));
            case 4:
                return Substring(depth - 1);
            case 5:
                return new CoalesceNode(Sort.Text, Text(depth - 1), Text(0));
            default:
                return Text(0);
        }
    }

    public Node Time(int depth) => depth > 0 && dice.Chance(4) ? new CoalesceNode(Sort.Time, world.Attribute(dice, Kind.Time), world.Attribute(dice, Kind.Time)) : world.Attribute(dice, Kind.Time);

    private Kind SomeKind() => dice.Pick([Kind.Exact, Kind.Exact, Kind.Float, Kind.Text, Kind.Text, Kind.Time]);

    private Node Of(Kind kind, int depth) => kind switch { Kind.Text => Text(depth), Kind.Time => Time(depth), _ => Number(depth) };

    /// <summary>What may stand beside one of that kind: literals more often than elsewhere.</summary>
    private Node Other(Kind kind, int depth) => kind switch
    {
        Kind.Time => dice.Chance(2) ? TimeLiteral() : Time(depth),
        Kind.Text => dice.Chance(2) ? LiteralNode.Text(dice.Pick(World.Texts)) : Text(depth),
        _ => dice.Chance(2) ? Literal(dice.Chance(6)) : Number(depth),
    };

    private ComparisonNode Comparison(int depth)
    {
        var kind = SomeKind();
        var (left, right) = (Of(kind, depth), Other(kind, depth));
        return dice.Chance(3) ? new ComparisonNode(dice.Pick(Signs), right, left) : new ComparisonNode(dice.Pick(Signs), left, right);
    }

    private LiteralNode Literal(bool isQuoted = false) => !isQuoted && dice.Chance(8)
        ? dice.Pick([new LiteralNode("2e-3", null, 2e-3, Sort.Float) { Digits = 2, Digits10 = 3 }, new LiteralNode("1E2", null, 1e2, Sort.Float) { Digits = 100 }])
        : LiteralNode.Number(dice.Pick(Numbers), isQuoted);

    private LiteralNode TimeLiteral()
    {
        if (dice.Chance(3))
            return new LiteralNode("20200102", null, World.Microseconds("2020-01-02"), Sort.Time);
        var time = World.SomeTime(dice);
        var source = dice.Chance(3) ? time.Replace(' ', 'T') : time;
        return new LiteralNode($"'{source}'", source, World.Microseconds(time), Sort.Time);
    }

    private Node Exact(int depth)
    {
        var number = Number(depth);
        return number.Sort.Kind == Kind.Exact ? number : world.Attribute(dice, Kind.Exact);
    }

    private FunctionNode Rounding(Node operand)
    {
        var name = dice.Pick(["floor", "ceil", "round"]);
        if (operand.Sort.Kind == Kind.Float)
        {
            return new FunctionNode(name, Sort.Float, of => (double)of[0] is var value && name == "floor" ? Math.Floor(value)
                : name == "ceil" ? Math.Ceiling(value) : Math.Round(value, MidpointRounding.AwayFromZero), operand);
        }
        return new FunctionNode(name, Sort.Whole, of =>
        {
            var unit = BigInteger.Pow(10, operand.Sort.Scale);
            var whole = BigInteger.DivRem((long)of[0], unit, out var rest);
            return (long)(name switch
            {
                "floor" => rest.Sign < 0 ? whole - 1 : whole,
                "ceil" => rest.Sign > 0 ? whole + 1 : whole,
                _ => BigInteger.Abs(rest) * 2 >= unit ? whole + rest.Sign : whole,
            });
        }, operand);
    }

    private FunctionNode Field(int depth)
    {
        var name = dice.Pick(["year", "month", "day", "hour", "minute", "second"]);
        return new FunctionNode(name, Sort.Whole, of =>
        {
            var time = DateTime.UnixEpoch.AddTicks((long)of[0] * 10);
            return (long)(name switch { "year" => time.Year, "month" => time.Month, "day" => time.Day, "hour" => time.Hour, "minute" => time.Minute, _ => time.Second });
        }, Time(depth));
    }

    private FunctionNode Substring(int depth)
    {
        var (text, start) = (Text(depth), Whole());
        var count = dice.Chance(3) ? null : Whole();
        return new FunctionNode("substr", Sort.Text, of =>
        {
            var (from, to) = ((BigInteger)(long)of[1], count is null ? long.MaxValue : (BigInteger)(long)of[1] + (long)of[2]);
            return string.Concat(((string)of[0]).EnumerateRunes().Where((_, i) => i + 1 >= from && i + 1 < to).Select(rune => rune.ToString()));
        }, count is null ? [text, start] : [text, start, count]);

        Node Whole()
        {
            while (dice.Chance(3))
            {
                if (world.Attribute(dice, Kind.Exact) is { Sort.Scale: 0 } attribute)
                    return attribute;
            }
            return LiteralNode.Number((dice.Chance(4) ? "-" : string.Empty) + dice.Below(7).ToString(CultureInfo.InvariantCulture));
        }
    }
}
