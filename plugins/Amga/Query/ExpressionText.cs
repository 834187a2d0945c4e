using System.Collections.Immutable;

namespace Mdm.Plugins.Amga.Query;

/// <summary>Writes an expression with a parenthesis around each part, so that it is read again as the same. For checks that are kept as text, and for tests.</summary>
internal static class ExpressionText
{
    public static string Of(Expression expression) => expression switch
    {
        TextLiteral text => Quoted(text.Text),
        NumberLiteral number => number.Source[0] == '-' ? $"({number.Source})" : number.Source,
        AttributeReference attribute => attribute.Directory is null ? attribute.Name : $"{attribute.Directory}:{attribute.Name}",
        Negation negation => $"(- {Of(negation.Operand)})",
        Inversion inversion => $"(not {Of(inversion.Operand)})",
        BinaryExpression binary => $"({Of(binary.Left)} {Symbol(binary.Operator)} {Of(binary.Right)})",
        LogicalExpression logical => $"({string.Join(logical.IsAnd ? " and " : " or ", logical.Terms.Select(Of))})",
        NullTest test => $"({Of(test.Operand)} is null)",
        Membership membership => $"({Of(membership.Operand)} in ({List(membership.Items)}))",
        Interval interval => $"({Of(interval.Operand)} between {Of(interval.Low)} and {Of(interval.High)})",
        FunctionCall call => $"{call.Name}({List(call.Arguments)})",
        AggregateCall aggregate => $"{aggregate.Function.ToString().ToLowerInvariant()}({(aggregate.IsDistinct ? "distinct " : string.Empty)}{(aggregate.Operand is { } operand ? Of(operand) : "*")})",
        _ => throw new InvalidOperationException($"{expression.GetType().Name} is no expression of this language."),
    };

    /// <summary>Text as it is written in a query.</summary>
    public static string Quoted(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static string List(ImmutableArray<Expression> parts) => string.Join(", ", parts.Select(Of));

    private static string Symbol(BinaryOperator @operator) => @operator switch
    {
        BinaryOperator.Equal => "=",
        BinaryOperator.NotEqual => "!=",
        BinaryOperator.Less => "<",
        BinaryOperator.LessOrEqual => "<=",
        BinaryOperator.Greater => ">",
        BinaryOperator.GreaterOrEqual => ">=",
        BinaryOperator.Add => "+",
        BinaryOperator.Subtract => "-",
        BinaryOperator.Multiply => "*",
        _ => "/",
    };
}
