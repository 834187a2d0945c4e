using System.Collections.Immutable;

namespace Mdm.Plugins.Amga.Query;

internal enum ValueKind
{
    /// <summary>A whole number of 64 bits that counts units of 10^-scale: int (scale 0) and numeric.</summary>
    Exact,

    /// <summary>A finite double.</summary>
    Float,

    Text,

    /// <summary>Microseconds since 1970.</summary>
    Timestamp,

    /// <summary>True, false or unknown; what conditions are, and no column.</summary>
    Boolean,
}

/// <summary>What kind of value an expression has.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Scale">Digits after the point of an exact one.</param>
internal readonly record struct ValueType(ValueKind Kind, int Scale = 0)
{
    public static readonly ValueType Whole = new(ValueKind.Exact);
    public static readonly ValueType Float = new(ValueKind.Float);
    public static readonly ValueType Text = new(ValueKind.Text);
    public static readonly ValueType Timestamp = new(ValueKind.Timestamp);
    public static readonly ValueType Boolean = new(ValueKind.Boolean);

    public bool IsNumber => Kind is ValueKind.Exact or ValueKind.Float;

    public bool IsWhole => this == Whole;

    public static ValueType Of(AmgaType type) => type.Kind switch
    {
        AmgaKind.Int => Whole,
        AmgaKind.Numeric => new ValueType(ValueKind.Exact, type.Scale),
        AmgaKind.Float => Float,
        AmgaKind.Timestamp => Timestamp,
        _ => Text,
    };

    public static ValueType Exact(int scale) => new(ValueKind.Exact, scale);

    /// <summary>As clients see it. A condition as a column is 1, 0 or empty.</summary>
    public AmgaType ToAmgaType() => Kind switch
    {
        ValueKind.Exact when Scale > 0 => new AmgaType(AmgaKind.Numeric, FormattableString.Invariant($"numeric({ExactNumber.MaxScale},{Scale})"), ExactNumber.MaxScale, Scale),
        ValueKind.Float => new AmgaType(AmgaKind.Float, "float"),
        ValueKind.Text => new AmgaType(AmgaKind.Text, "text"),
        ValueKind.Timestamp => new AmgaType(AmgaKind.Timestamp, "timestamp"),
        _ => new AmgaType(AmgaKind.Int, "int"),
    };
}

/// <summary>An expression whose names are columns and whose kinds fit: all that is left is to write it as SQL. A closed set.</summary>
internal abstract record Bound
{
    private protected Bound(ValueType type) => Type = type;

    public ValueType Type { get; }
}

/// <param name="Directory">Number of the directory in the query, which is its table's alias.</param>
/// <param name="Column">Its name in the store.</param>
/// <param name="Declared">The attribute's type.</param>
internal sealed record BoundColumn(int Directory, string Column, AmgaType Declared) : Bound(ValueType.Of(Declared));

/// <param name="Value">In the store's form. A parameter, never text of the statement.</param>
/// <param name="Of">Its kind.</param>
internal sealed record BoundConstant(object Value, ValueType Of) : Bound(Of);

/// <summary>Both sides have kinds that <see cref="BinaryOperator"/> takes as they are: exact of the scales the result needs, or float.</summary>
internal sealed record BoundArithmetic(BinaryOperator Operator, Bound Left, Bound Right, ValueType Of) : Bound(Of);

/// <summary>Minus of a float.</summary>
internal sealed record BoundNegation(Bound Operand) : Bound(Operand.Type);

/// <summary>To a larger scale, to a smaller one (rounded), from exact to float, or from float to exact (rounded).</summary>
internal sealed record BoundConversion(Bound Operand, ValueType Of) : Bound(Of);

/// <summary>Both sides are of one kind; exact ones may differ in scale.</summary>
internal sealed record BoundComparison(BinaryOperator Operator, Bound Left, Bound Right) : Bound(ValueType.Boolean);

/// <summary>Always true or false, or unknown where <paramref name="Operand"/> is null.</summary>
internal sealed record BoundTruth(bool Value, Bound? Operand) : Bound(ValueType.Boolean);

internal sealed record BoundInversion(Bound Operand) : Bound(ValueType.Boolean);

internal sealed record BoundLogic(bool IsAnd, ImmutableArray<Bound> Terms) : Bound(ValueType.Boolean);

internal sealed record BoundNullTest(Bound Operand) : Bound(ValueType.Boolean);

/// <summary>Equal to one of at least one constant of the operand's kind.</summary>
internal sealed record BoundMembership(Bound Operand, ImmutableArray<BoundConstant> Items) : Bound(ValueType.Boolean);

internal sealed record BoundMatch(Bound Operand, TextPattern Pattern) : Bound(ValueType.Boolean);

internal sealed record BoundCall(string Function, ImmutableArray<Bound> Arguments, ValueType Of) : Bound(Of);

internal sealed record BoundAggregate(AggregateFunction Function, Bound? Operand, bool IsDistinct, ValueType Of) : Bound(Of);
