using System.Collections.Immutable;
using System.Numerics;

namespace Mdm.Plugins.Amga.Query;

/// <summary>
/// Resolves the names of one query and checks that kinds fit. Directories are numbered as they are met and join once each. What the caller may not read is refused in the same words as what is not there.
/// </summary>
/// <param name="names">What the caller may know of.</param>
/// <param name="main">The path that attributes without a directory belong to.</param>
/// <param name="now">What <c>now()</c> is, in microseconds since 1970.</param>
internal sealed class Binder(IQueryNames names, string main, long now)
{
    private static readonly AmgaType NameType = new(AmgaKind.Text, "text");

    private readonly List<QueryCollection> _directories = [];
    private readonly HashSet<string> _attributes = new(StringComparer.Ordinal);
    private bool _isMainOnly;

    /// <summary>All that were mentioned; their places are the numbers in <see cref="BoundColumn"/>.</summary>
    public IReadOnlyList<QueryCollection> Directories => _directories;

    /// <summary>Attributes, of whichever directory, that were named so far; entries' names are none.</summary>
    public ImmutableArray<string> Attributes => [.. _attributes];

    public BoundConstant Now { get; } = new(now, ValueType.Timestamp);

    /// <summary>Lets the main directory join, although nothing mentions it.</summary>
    /// <exception cref="AmgaException"><see cref="AmgaError.NoSuchEntry"/>.</exception>
    public QueryCollection JoinMain() => _directories[Number(main, 0)];

    /// <summary>From now on other directories than the main one are refused: in what an entry is set to, and in checks.</summary>
    public void StayInMain(bool isMainOnly) => _isMainOnly = isMainOnly;

    /// <summary>A condition: true, false or unknown.</summary>
    /// <exception cref="AmgaException"/>
    public Bound BindCondition(Expression expression)
    {
        var bound = Bind(expression);
        return bound.Type.Kind == ValueKind.Boolean ? bound : throw WrongKind(expression, "a condition, such as a comparison, was expected");
    }

    /// <summary>A column: a value or an aggregate.</summary>
    /// <exception cref="AmgaException"/>
    public Bound BindColumn(Expression expression) => expression is AggregateCall aggregate ? BindAggregate(aggregate) : Bind(expression);

    /// <exception cref="AmgaException"/>
    public Bound Bind(Expression expression) => expression switch
    {
        TextLiteral text => new BoundConstant(text.Text, ValueType.Text),
        NumberLiteral number => Literals.Natural(number),
        AttributeReference attribute => Resolve(attribute),
        Negation negation => Negate(negation),
        Inversion inversion => new BoundInversion(BindCondition(inversion.Operand)),
        BinaryExpression { Operator: < BinaryOperator.Add } comparison => Comparisons.Bind(this, comparison.Operator, comparison.Left, comparison.Right, comparison.At),
        BinaryExpression arithmetic => Arithmetic(arithmetic.Operator, BindNumber(arithmetic.Left), BindNumber(arithmetic.Right)),
        LogicalExpression logical => new BoundLogic(logical.IsAnd, [.. logical.Terms.Select(BindCondition)]),
        NullTest test => new BoundNullTest(BindValue(test.Operand)),
        Membership membership => Comparisons.BindMembership(this, membership),
        Interval interval => new BoundLogic(IsAnd: true,
        [
            Comparisons.Bind(this, BinaryOperator.GreaterOrEqual, interval.Operand, interval.Low, interval.At),
            Comparisons.Bind(this, BinaryOperator.LessOrEqual, interval.Operand, interval.High, interval.At),
        ]),
        FunctionCall call => Functions.Bind(this, call),
        AggregateCall aggregate => throw Lexer.Unexpected(aggregate.At, "count, min, max, sum and avg are columns of their own, and no part of others or of conditions"),
        _ => throw new InvalidOperationException($"{expression.GetType().Name} is no expression of this language."),
    };

    /// <summary>Anything but a condition.</summary>
    /// <exception cref="AmgaException"/>
    public Bound BindValue(Expression expression)
    {
        var bound = Bind(expression);
        return bound.Type.Kind != ValueKind.Boolean ? bound : throw WrongKind(expression, "a value was expected, not a condition");
    }

    /// <exception cref="AmgaException"/>
    public Bound BindNumber(Expression expression)
    {
        var bound = Bind(expression);
        return bound.Type.IsNumber ? bound : throw WrongKind(expression, "a number was expected");
    }

    /// <exception cref="AmgaException"/>
    public Bound BindText(Expression expression)
    {
        var bound = Bind(expression);
        return bound.Type.Kind == ValueKind.Text ? bound : throw WrongKind(expression, "a text was expected");
    }

    /// <summary>A timestamp, or a literal that is one.</summary>
    /// <exception cref="AmgaException"/>
    public Bound BindTimestamp(Expression expression)
    {
        if (expression is TextLiteral or NumberLiteral)
            return Literals.Timestamp(expression);
        var bound = Bind(expression);
        return bound.Type.Kind == ValueKind.Timestamp ? bound : throw WrongKind(expression, "a timestamp was expected");
    }

    /// <exception cref="AmgaException"/>
    public BoundColumn Resolve(AttributeReference attribute)
    {
        var number = Number(attribute.Directory is null ? main : names.Absolute(attribute.Directory), attribute.At);
        var directory = _directories[number];
        if (attribute.Name == AttributeReference.File)
            return new BoundColumn(number, directory.NameColumn, NameType);
        foreach (var column in directory.Columns)
        {
            if (column.Name != attribute.Name)
                continue;
            _attributes.Add(column.Name);
            return new BoundColumn(number, column.Column, column.Type);
        }
        throw new AmgaException(AmgaError.NoSuchKey, FormattableString.Invariant($"There is no attribute of the name at character {attribute.At} of the query."));
    }

    public static AmgaException WrongKind(Expression expression, string expected) => WrongKind(expression.Position, expected);

    public static AmgaException WrongKind(int position, string expected) =>
        new(AmgaError.WrongType, FormattableString.Invariant($"The kinds of values do not fit at character {position} of the query: {expected}."));

    /// <summary>The kinds of both sides brought together as the operator needs them.</summary>
    public static Bound Arithmetic(BinaryOperator @operator, Bound left, Bound right)
    {
        var areExact = left.Type.Kind == ValueKind.Exact && right.Type.Kind == ValueKind.Exact;
        switch (@operator)
        {
            case BinaryOperator.Add or BinaryOperator.Subtract when areExact:
                var type = ValueType.Exact(Math.Max(left.Type.Scale, right.Type.Scale));
                return new BoundArithmetic(@operator, Literals.Convert(left, type), Literals.Convert(right, type), type);
            case BinaryOperator.Multiply when areExact && left.Type.Scale + right.Type.Scale <= ExactNumber.MaxScale:
                return new BoundArithmetic(@operator, left, right, ValueType.Exact(left.Type.Scale + right.Type.Scale));
            case BinaryOperator.Divide when left.Type.IsWhole && right.Type.IsWhole:
                return new BoundArithmetic(@operator, left, right, ValueType.Whole);
            default:
                return new BoundArithmetic(@operator, Literals.Convert(left, ValueType.Float), Literals.Convert(right, ValueType.Float), ValueType.Float);
        }
    }

    private Bound Negate(Negation negation)
    {
        var operand = BindNumber(negation.Operand);
        return operand.Type.Kind == ValueKind.Float ? new BoundNegation(operand) : Arithmetic(BinaryOperator.Subtract, new BoundConstant(0L, operand.Type), operand);
    }

    private BoundAggregate BindAggregate(AggregateCall call)
    {
        if (call.Operand is null)
            return new BoundAggregate(call.Function, null, IsDistinct: false, ValueType.Whole);
        if (call.IsDistinct && call.Function != AggregateFunction.Count)
            throw Lexer.Unexpected(call.At, "distinct is for count only");
        var operand = call.Function is AggregateFunction.Sum or AggregateFunction.Avg ? BindNumber(call.Operand) : BindValue(call.Operand);
        return new BoundAggregate(call.Function, operand, call.IsDistinct, call.Function switch
        {
            AggregateFunction.Count => ValueType.Whole,
            AggregateFunction.Avg => ValueType.Float,
            _ => operand.Type,
        });
    }

    private int Number(string path, int position)
    {
        if (_isMainOnly && path != main)
            throw Lexer.Unexpected(position, "only attributes of the entry itself are allowed here");
        for (var i = 0; i < _directories.Count; i++)
        {
            if (_directories[i].Path == path)
                return i;
        }
        var directory = names.Find(path) ?? throw new AmgaException(AmgaError.NoSuchEntry, position == 0
            ? "There is no such directory."
            : FormattableString.Invariant($"There is no directory of the name at character {position} of the query."));
        if (_directories.Count == QueryLimits.MaxDirectories)
            throw QueryLimits.Exceeded("directories", QueryLimits.MaxDirectories);
        _directories.Add(directory);
        return _directories.Count - 1;
    }
}

/// <summary>Constants, and conversions that are done before the store sees them.</summary>
internal static class Literals
{
    /// <summary>A number on its own: exact where it has no exponent and fits, else a double.</summary>
    public static BoundConstant Natural(NumberLiteral number)
    {
        var value = number.Value;
        return !number.Source.AsSpan().ContainsAny('e', 'E') && value.Scale <= ExactNumber.MaxScale && IsExact(value.Digits, value.Scale)
            ? new BoundConstant((long)value.Digits, ValueType.Exact(value.Scale))
            : Double(number);
    }

    public static BoundConstant Double(NumberLiteral number) =>
        new(double.Parse(number.Source, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture) + 0.0, ValueType.Float);

    /// <summary>A literal that says a time.</summary>
    /// <exception cref="AmgaException"><see cref="AmgaError.WrongType"/>.</exception>
    public static BoundConstant Timestamp(Expression literal) => literal switch
    {
        TextLiteral text when AmgaValue.TryParseTimestamp(text.Text, out var time) => new BoundConstant(time, ValueType.Timestamp),
        NumberLiteral { Source.Length: 8 } number when AmgaValue.TryParseTimestamp(number.Source, out var time) => new BoundConstant(time, ValueType.Timestamp),
        _ => throw Binder.WrongKind(literal, "a time as \"2020-01-02\", \"2020-01-02 03:04:05\" or 20200102 was expected"),
    };

    /// <summary>A number in another form; constants at once where that is exact.</summary>
    public static Bound Convert(Bound operand, ValueType type)
    {
        if (operand.Type == type)
            return operand;
        if (operand is BoundConstant { Value: long value })
        {
            if (type.Kind == ValueKind.Float)
                return new BoundConstant(operand.Type.Scale == 0 ? value : value / Unit(operand.Type.Scale), ValueType.Float);
            var scaled = new ExactNumber(value, operand.Type.Scale).Round(type.Scale);
            if (IsExact(scaled, type.Scale))
                return new BoundConstant((long)scaled, type);
        }
        return new BoundConversion(operand, type);
    }

    /// <summary>Ten to the power of <paramref name="scale"/>; every double up to 10^22 is exact.</summary>
    public static double Unit(int scale) => (double)BigInteger.Pow(10, scale);

    // Of numbers with a point the least of all longs is none, so that a side that overflowed is unequal to every other.
    private static bool IsExact(BigInteger digits, int scale) => digits <= long.MaxValue && digits >= (scale == 0 ? long.MinValue : -long.MaxValue);
}
