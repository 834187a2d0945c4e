using System.Collections.Immutable;

namespace Mdm.Plugins.Amga.Query;

/// <summary>What a client wrote, as a tree: names are not resolved and kinds not checked. A closed set: whoever takes one apart knows all cases.</summary>
internal abstract record Expression
{
    private protected Expression(int position, int depth = 1) => (Position, Depth) = (position, depth);

    /// <summary>Where it begins in the text; the first character is 1.</summary>
    public int Position { get; }

    /// <summary>Levels, this one counted.</summary>
    public int Depth { get; }

    private protected static int Above(Expression one, Expression? other = null) => 1 + Math.Max(one.Depth, other?.Depth ?? 0);

    private protected static int Above(ImmutableArray<Expression> parts) => 1 + parts.Aggregate(0, static (depth, part) => Math.Max(depth, part.Depth));
}

internal enum BinaryOperator
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
}

internal enum AggregateFunction
{
    Count,
    Min,
    Max,
    Sum,
    Avg,
}

/// <summary>Text in quotes.</summary>
internal sealed record TextLiteral(int At, string Text) : Expression(At);

/// <summary>A number.</summary>
/// <param name="At">Where.</param>
/// <param name="Source">As written, a minus before it included.</param>
/// <param name="Value">Exactly what was written.</param>
internal sealed record NumberLiteral(int At, string Source, ExactNumber Value) : Expression(At);

/// <summary><c>attr</c>, <c>dir:attr</c> or <c>dir:FILE</c>.</summary>
/// <param name="At">Where.</param>
/// <param name="Directory">As written; null for the main directory.</param>
/// <param name="Name">Of the attribute, or <see cref="File"/>.</param>
internal sealed record AttributeReference(int At, string? Directory, string Name) : Expression(At)
{
    /// <summary>Stands for the entry's name.</summary>
    public const string File = "FILE";
}

internal sealed record Negation(int At, Expression Operand) : Expression(At, Above(Operand));

internal sealed record Inversion(int At, Expression Operand) : Expression(At, Above(Operand));

/// <summary>A comparison or arithmetic; <c>At</c> is the operator's place.</summary>
internal sealed record BinaryExpression(int At, BinaryOperator Operator, Expression Left, Expression Right) : Expression(At, Above(Left, Right));

/// <summary><c>a and b and c</c>, or with <c>or</c>: one level, however many there are.</summary>
internal sealed record LogicalExpression(int At, bool IsAnd, ImmutableArray<Expression> Terms) : Expression(At, Above(Terms));

internal sealed record NullTest(int At, Expression Operand) : Expression(At, Above(Operand));

internal sealed record Membership(int At, Expression Operand, ImmutableArray<Expression> Items) : Expression(At, Math.Max(Above(Operand), Above(Items)));

internal sealed record Interval(int At, Expression Operand, Expression Low, Expression High) : Expression(At, Math.Max(Above(Operand), Above(Low, High)));

/// <summary>A function by name, in lower case.</summary>
internal sealed record FunctionCall(int At, string Name, ImmutableArray<Expression> Arguments) : Expression(At, Above(Arguments));

/// <summary><c>count(*)</c> has no operand.</summary>
internal sealed record AggregateCall(int At, AggregateFunction Function, Expression? Operand, bool IsDistinct) : Expression(At, Operand is null ? 1 : Above(Operand));

internal sealed record OrderKey(Expression Expression, bool IsDescending);

/// <summary>A condition and what may follow it.</summary>
/// <param name="Where">Null where none was given: all rows.</param>
/// <param name="GroupBy">Attributes.</param>
/// <param name="Order">Before what orders rows anyway.</param>
/// <param name="Limit">Above 0.</param>
/// <param name="Offset">Not negative.</param>
internal sealed record Condition(Expression? Where, ImmutableArray<AttributeReference> GroupBy, ImmutableArray<OrderKey> Order, long? Limit, long? Offset);
