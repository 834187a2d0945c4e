using System.Collections.Immutable;
using System.Numerics;

namespace Mdm.Plugins.Amga.Query;

/// <summary>What an attribute is set to, in its column's form.</summary>
/// <param name="Target">The column.</param>
/// <param name="Value">What it becomes.</param>
/// <param name="Misfit">True of entries whose value would be too long or have too many digits; null where that cannot be.</param>
internal sealed record Assignment(BoundColumn Target, Bound Value, Bound? Misfit)
{
    /// <exception cref="AmgaException"/>
    public static Assignment Bind(Binder binder, string attribute, string expression)
    {
        if (attribute == AttributeReference.File || Parser.ParseExpression(attribute) is not AttributeReference reference)
            throw new AmgaException(AmgaError.IllegalKey, "What is set is an attribute, and not the entry's name.");
        var target = binder.Resolve(reference);
        if (reference.Name == AttributeReference.File)
            throw new AmgaException(AmgaError.IllegalKey, "What is set is an attribute, and not the entry's name.");
        var parsed = Parser.ParseExpression(expression);
        return parsed switch
        {
            TextLiteral text => new Assignment(target, new BoundConstant(AmgaValue.Parse(target.Declared, text.Text), target.Type), null),
            NumberLiteral number => new Assignment(target, new BoundConstant(AmgaValue.Parse(target.Declared, number.Source), target.Type), null),
            _ => Fitted(target, binder.BindValue(parsed), parsed),
        };
    }

    private static Assignment Fitted(BoundColumn target, Bound value, Expression expression)
    {
        if (target.Type.IsNumber && value.Type.IsNumber)
        {
            var number = Literals.Convert(value, target.Type);
            return new Assignment(target, number, target.Declared.Kind == AmgaKind.Numeric ? TooManyDigits(number, target.Declared.Length) : null);
        }
        if (target.Type != value.Type)
            throw Binder.WrongKind(expression, FormattableString.Invariant($"a value for the type {target.Declared.Declared} was expected"));
        var isLong = target.Declared.Kind == AmgaKind.Varchar && !(value is BoundColumn { Declared: { Kind: AmgaKind.Varchar } from } && from.Length <= target.Declared.Length);
        return new Assignment(target, value, isLong
            ? new BoundComparison(BinaryOperator.Greater, new BoundCall("length", [value], ValueType.Whole), new BoundConstant((long)target.Declared.Length, ValueType.Whole))
            : null);
    }

    private static BoundLogic TooManyDigits(Bound number, int digits)
    {
        var end = (long)BigInteger.Pow(10, digits);
        ImmutableArray<Bound> ends =
        [
            new BoundComparison(BinaryOperator.GreaterOrEqual, number, new BoundConstant(end, number.Type)),
            new BoundComparison(BinaryOperator.LessOrEqual, number, new BoundConstant(-end, number.Type)),
        ];
        return new BoundLogic(IsAnd: false, ends);
    }
}
