using System.Collections.Immutable;

namespace Mdm.Plugins.Amga.Query;

/// <summary>
/// Comparisons. A literal is brought to the form of what it is compared with, here and exactly, so that the store compares a bare column with a parameter and can use an index:
/// <c>price &gt; 1.005</c> over two digits becomes <c>price_in_cents &gt; 100</c>.
/// </summary>
internal static class Comparisons
{
    /// <exception cref="AmgaException"><see cref="AmgaError.WrongType"/>.</exception>
    public static Bound Bind(Binder binder, BinaryOperator @operator, Expression left, Expression right, int position)
    {
        if (left is TextLiteral or NumberLiteral)
        {
            if (right is TextLiteral or NumberLiteral)
                return OfLiterals(@operator, left, right, position);
            (left, right, @operator) = (right, left, Mirrored(@operator));
        }
        return With(@operator, binder.BindValue(left), binder, right, position);
    }

    /// <exception cref="AmgaException"><see cref="AmgaError.WrongType"/>.</exception>
    public static Bound BindMembership(Binder binder, Membership membership)
    {
        if (membership.Operand is TextLiteral or NumberLiteral)
            return new BoundLogic(IsAnd: false, [.. membership.Items.Select(item => Bind(binder, BinaryOperator.Equal, membership.Operand, item, membership.At))]);
        var operand = binder.BindValue(membership.Operand);
        var terms = membership.Items.Select(item => With(BinaryOperator.Equal, operand, binder, item, membership.At)).ToList();
        // What the operand can never equal adds nothing, unless there is nothing else.
        var possible = terms.Where(static term => term is not BoundTruth).ToList();
        if (possible.Count == 0)
            return terms[0];
        return possible.All(static term => term is BoundComparison { Right: BoundConstant })
            ? new BoundMembership(operand, [.. possible.Select(static term => (BoundConstant)((BoundComparison)term).Right)])
            : new BoundLogic(IsAnd: false, [.. possible]);
    }

    private static Bound With(BinaryOperator @operator, Bound left, Binder binder, Expression right, int position) => right switch
    {
        NumberLiteral number => WithNumber(@operator, left, number),
        TextLiteral text when left.Type.Kind == ValueKind.Text => new BoundComparison(@operator, left, binder.Bind(text)),
        TextLiteral text when left.Type.Kind == ValueKind.Timestamp => new BoundComparison(@operator, left, Literals.Timestamp(text)),
        TextLiteral text => WithNumber(@operator, left, Number(text)),
        _ => OfValues(@operator, left, binder.BindValue(right), position),
    };

    private static BoundComparison OfValues(BinaryOperator @operator, Bound left, Bound right, int position)
    {
        if (left.Type.IsNumber && right.Type.IsNumber)
        {
            return left.Type.Kind == right.Type.Kind
                ? new BoundComparison(@operator, left, right)
                : new BoundComparison(@operator, Literals.Convert(left, ValueType.Float), Literals.Convert(right, ValueType.Float));
        }
        return left.Type.Kind == right.Type.Kind ? new BoundComparison(@operator, left, right) : throw Binder.WrongKind(position, "both sides of a comparison are of one kind");
    }

    private static Bound WithNumber(BinaryOperator @operator, Bound left, NumberLiteral number)
    {
        switch (left.Type.Kind)
        {
            case ValueKind.Float:
                return new BoundComparison(@operator, left, Literals.Double(number));
            case ValueKind.Timestamp:
                return new BoundComparison(@operator, left, Literals.Timestamp(number));
            case ValueKind.Exact:
                break;
            default:
                throw Binder.WrongKind(number, "a text is compared with a text in quotes");
        }
        var floor = number.Value.Floor(left.Type.Scale, out var isExact);
        if (floor > long.MaxValue)
            return new BoundTruth(@operator is BinaryOperator.Less or BinaryOperator.LessOrEqual or BinaryOperator.NotEqual, left);
        if (floor < long.MinValue)
            return new BoundTruth(@operator is BinaryOperator.Greater or BinaryOperator.GreaterOrEqual or BinaryOperator.NotEqual, left);
        var whole = new BoundConstant((long)floor, left.Type);
        if (isExact)
            return new BoundComparison(@operator, left, whole);
        return @operator switch
        {
            BinaryOperator.Equal => new BoundTruth(Value: false, left),
            BinaryOperator.NotEqual => new BoundTruth(Value: true, left),
            BinaryOperator.Less or BinaryOperator.LessOrEqual => new BoundComparison(BinaryOperator.LessOrEqual, left, whole),
            _ => new BoundComparison(BinaryOperator.Greater, left, whole),
        };
    }

    private static BoundTruth OfLiterals(BinaryOperator @operator, Expression left, Expression right, int position)
    {
        var order = (left, right) switch
        {
            (TextLiteral one, TextLiteral other) => System.Text.Encoding.UTF8.GetBytes(one.Text).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(other.Text)),
            (NumberLiteral one, NumberLiteral other) => one.Value.CompareTo(other.Value),
            (TextLiteral one, NumberLiteral other) => Number(one).Value.CompareTo(other.Value),
            (NumberLiteral one, TextLiteral other) => one.Value.CompareTo(Number(other).Value),
            _ => throw Binder.WrongKind(position, "two literals were expected"),
        };
        return new BoundTruth(@operator switch
        {
            BinaryOperator.Equal => order == 0,
            BinaryOperator.NotEqual => order != 0,
            BinaryOperator.Less => order < 0,
            BinaryOperator.LessOrEqual => order <= 0,
            BinaryOperator.Greater => order > 0,
            _ => order >= 0,
        }, null);
    }

    private static NumberLiteral Number(TextLiteral text) =>
        ExactNumber.TryParse(text.Text, out var value) ? new NumberLiteral(text.At, text.Text, value) : throw Binder.WrongKind(text, "a number was expected");

    private static BinaryOperator Mirrored(BinaryOperator @operator) => @operator switch
    {
        BinaryOperator.Less => BinaryOperator.Greater,
        BinaryOperator.LessOrEqual => BinaryOperator.GreaterOrEqual,
        BinaryOperator.Greater => BinaryOperator.Less,
        BinaryOperator.GreaterOrEqual => BinaryOperator.LessOrEqual,
        _ => @operator,
    };
}
