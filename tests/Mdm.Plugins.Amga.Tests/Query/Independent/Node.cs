using System.Globalization;
using System.Numerics;
using System.Text;

namespace Mdm.Plugins.Amga.Tests.Query.Independent;

/// <summary>Rows of each directory that joins, by its place in the world; null where it does not.</summary>
internal sealed class Rows(IReadOnlyDictionary<string, object?>?[] of)
{
    public object? this[int directory, string attribute] => of[directory]![attribute];
}

/// <summary>An expression of the tests: it writes itself as a query and evaluates itself. Nothing of it is the plugin's.</summary>
internal abstract class Node(Sort sort, int level, params Node[] parts)
{
    protected const int OrLevel = 1, AndLevel = 2, NotLevel = 3, ComparisonLevel = 4, SumLevel = 5, ProductLevel = 6, SignLevel = 7, ValueLevel = 8;

    public Sort Sort => sort;

    protected Node[] Parts => parts;

    public abstract string Write();

    public abstract object? Evaluate(Rows rows);

    public string Within(int least) => level < least ? $"({Write()})" : Write();

    /// <summary>Directories in the order in which they are written.</summary>
    public virtual IEnumerable<int> Directories() => parts.SelectMany(static part => part.Directories());
}

internal sealed class AttributeNode(int directory, string name, string written, Sort sort) : Node(sort, ValueLevel)
{
    public int Directory => directory;

    public override string Write() => written;

    public override object? Evaluate(Rows rows) => rows[directory, name];

    public override IEnumerable<int> Directories() => [directory];
}

/// <summary>A number or text as written; <see cref="Digits"/> and <see cref="Digits10"/> are what a number is exactly.</summary>
internal sealed class LiteralNode(string source, string? text, object value, Sort sort) : Node(sort, source[0] == '-' ? SignLevel : ValueLevel)
{
    public string Source => source;

    public string? Content => text;

    public BigInteger Digits { get; init; }

    public int Digits10 { get; init; }

    public override string Write() => source;

    public override object? Evaluate(Rows rows) => value;

    public static LiteralNode Text(string content) => new("\"" + content.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"", content, content, Sort.Text);

    /// <summary>A number without exponent.</summary>
    public static LiteralNode Number(string source, bool isQuoted = false)
    {
        var point = source.IndexOf('.', StringComparison.Ordinal);
        var scale = point < 0 ? 0 : source.Length - point - 1;
        var digits = BigInteger.Parse(source.Replace(".", string.Empty, StringComparison.Ordinal), CultureInfo.InvariantCulture);
        var exact = scale <= 18 ? Values.Bounded(digits, scale) : null;
        var written = isQuoted ? $"\"{source}\"" : source;
        return exact is { } fits
            ? new LiteralNode(written, isQuoted ? source : null, fits, new Sort(Kind.Exact, scale)) { Digits = digits, Digits10 = scale }
            : new LiteralNode(written, isQuoted ? source : null, double.Parse(source, CultureInfo.InvariantCulture), Sort.Float) { Digits = digits, Digits10 = scale };
    }
}

internal sealed class ArithmeticNode(char sign, Node left, Node right)
    : Node(Values.Result(sign, left.Sort, right.Sort), sign is '+' or '-' ? SumLevel : ProductLevel, left, right)
{
    private readonly int _level = sign is '+' or '-' ? SumLevel : ProductLevel;

    public override string Write() => $"{left.Within(_level)} {sign} {right.Within(_level + 1)}";

    public override object? Evaluate(Rows rows) => Values.Calculate(sign, left.Evaluate(rows), left.Sort, right.Evaluate(rows), right.Sort);
}

internal sealed class MinusNode(Node operand) : Node(operand.Sort, SignLevel, operand)
{
    public override string Write() => $"- {operand.Within(ValueLevel)}";

    public override object? Evaluate(Rows rows) => operand.Evaluate(rows) switch
    {
        null => null,
        double number => -number,
        var exact => Values.Calculate('-', 0L, operand.Sort, exact, operand.Sort),
    };
}

internal sealed class ComparisonNode(string sign, Node left, Node right) : Node(Sort.Truth, ComparisonLevel, left, right)
{
    public override string Write() => $"{left.Within(SumLevel)} {sign} {right.Within(SumLevel)}";

    public override object? Evaluate(Rows rows) => Holds(sign, left, right, rows);

    public static object? Holds(string sign, Node left, Node right, Rows rows)
    {
        if (left.Evaluate(rows) is not { } a || right.Evaluate(rows) is not { } b)
            return null;
        var order = (left, right) switch
        {
            (LiteralNode one, LiteralNode other) => one.Sort.IsNumber ? Values.Rational(one.Digits, one.Digits10, other.Digits, other.Digits10) : Values.Bytes((string)a, (string)b),
            (LiteralNode one, _) => -WithLiteral(b, right.Sort, one),
            (_, LiteralNode other) => WithLiteral(a, left.Sort, other),
            _ => Values.Compare(a, left.Sort, b, right.Sort),
        };
        return sign switch { "=" => order == 0, "!=" or "<>" => order != 0, "<" => order < 0, "<=" => order <= 0, ">" => order > 0, _ => order >= 0 };
    }

    private static int WithLiteral(object value, Sort sort, LiteralNode literal) => sort.Kind switch
    {
        Kind.Exact => Values.Rational((long)value, sort.Scale, literal.Digits, literal.Digits10),
        Kind.Float => ((double)value).CompareTo(double.Parse(literal.Content ?? literal.Source, CultureInfo.InvariantCulture)),
        Kind.Time => ((long)value).CompareTo((long)literal.Evaluate(null!)!),
        _ => Values.Bytes((string)value, literal.Content!),
    };
}

internal sealed class LogicNode(bool isAnd, params Node[] terms) : Node(Sort.Truth, isAnd ? AndLevel : OrLevel, terms)
{
    public override string Write() => string.Join(isAnd ? " and " : " OR ", Parts.Select(term => term.Within(isAnd ? NotLevel : AndLevel)));

    public override object? Evaluate(Rows rows)
    {
        var values = Parts.Select(term => (bool?)term.Evaluate(rows)).ToList();
        return values.Contains(!isAnd) ? !isAnd : values.Contains(null) ? null : isAnd;
    }
}

internal sealed class NotNode(Node operand) : Node(Sort.Truth, NotLevel, operand)
{
    public override string Write() => $"not {operand.Within(NotLevel)}";

    public override object? Evaluate(Rows rows) => operand.Evaluate(rows) is bool truth ? !truth : null;
}

internal sealed class NullNode(Node operand, bool isNot) : Node(Sort.Truth, ComparisonLevel, operand)
{
    public override string Write() => $"{operand.Within(SumLevel)} is {(isNot ? "not " : string.Empty)}null";

    public override object? Evaluate(Rows rows) => (operand.Evaluate(rows) is null) != isNot;
}

internal sealed class InNode(Node operand, bool isNot, params Node[] items) : Node(Sort.Truth, ComparisonLevel, [operand, .. items])
{
    public override string Write() => $"{operand.Within(SumLevel)} {(isNot ? "not " : string.Empty)}in ({string.Join(", ", items.Select(item => item.Write()))})";

    public override object? Evaluate(Rows rows)
    {
        var values = items.Select(item => (bool?)ComparisonNode.Holds("=", operand, item, rows)).ToList();
        bool? result = values.Contains(true) ? true : values.Contains(null) ? null : false;
        return result is { } found ? found != isNot : null;
    }
}

internal sealed class BetweenNode(Node operand, bool isNot, Node low, Node high) : Node(Sort.Truth, ComparisonLevel, operand, low, high)
{
    public override string Write() => $"{operand.Within(SumLevel)} {(isNot ? "not " : string.Empty)}between {low.Within(SumLevel)} and {high.Within(SumLevel)}";

    public override object? Evaluate(Rows rows)
    {
        var (above, below) = ((bool?)ComparisonNode.Holds(">=", operand, low, rows), (bool?)ComparisonNode.Holds("<=", operand, high, rows));
        return above == false || below == false ? isNot : above is null || below is null ? null : !isNot;
    }
}

internal sealed class LikeNode(Node operand, string pattern, bool isNot, bool isCall) : Node(Sort.Truth, isCall ? ValueLevel : ComparisonLevel, operand)
{
    private readonly LiteralNode _pattern = LiteralNode.Text(pattern);

    public override string Write() => isCall ? $"LIKE({operand.Write()}, {_pattern.Write()})" : $"{operand.Within(SumLevel)} {(isNot ? "not " : string.Empty)}like {_pattern.Write()}";

    public override object? Evaluate(Rows rows) => operand.Evaluate(rows) is string text
        ? Values.Matches([.. text.EnumerateRunes()], [.. pattern.EnumerateRunes()]) != (isNot && !isCall)
        : null;
}

/// <summary>A function that is null when an argument is.</summary>
internal sealed class FunctionNode(string name, Sort sort, Func<object[], object?> function, params Node[] arguments) : Node(sort, ValueLevel, arguments)
{
    public override string Write() => $"{name}({string.Join(", ", Parts.Select(argument => argument.Write()))})";

    public override object? Evaluate(Rows rows)
    {
        var values = Parts.Select(argument => argument.Evaluate(rows)).ToArray();
        return Array.Exists(values, value => value is null) ? null : function(values!);
    }
}

internal sealed class CoalesceNode(Sort sort, params Node[] arguments) : Node(sort, ValueLevel, arguments)
{
    public override string Write() => $"Coalesce({string.Join(",", Parts.Select(argument => argument.Write()))})";

    public override object? Evaluate(Rows rows) => Parts
        .Select(argument => Sort.IsNumber ? Values.Convert(argument.Evaluate(rows), argument.Sort, Sort) : argument.Evaluate(rows))
        .FirstOrDefault(value => value is not null);
}
