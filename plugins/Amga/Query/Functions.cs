using System.Collections.Immutable;

namespace Mdm.Plugins.Amga.Query;

/// <summary>The functions: how many arguments, of which kinds. What they do is in docs/query-language.md; <see cref="SqlFunctions"/> writes them. No <c>power</c>: the two stores' last digits differ.</summary>
internal static class Functions
{
    /// <exception cref="AmgaException"><see cref="AmgaError.QueryError"/>, <see cref="AmgaError.WrongType"/>.</exception>
    public static Bound Bind(Binder binder, FunctionCall call)
    {
        switch (call.Name)
        {
            case "like":
                return Like(binder, call);
            case "upper" or "lower" or "trim":
                return Call(call, ValueType.Text, binder.BindText(One(call)));
            case "length":
                return Call(call, ValueType.Whole, binder.BindText(One(call)));
            case "concat":
                Count(call, 1, QueryLimits.MaxArguments);
                return new BoundCall(call.Name, [.. call.Arguments.Select(binder.BindText)], ValueType.Text);
            case "substr":
                Count(call, 2, 3);
                return new BoundCall(call.Name, [binder.BindText(call.Arguments[0]), .. call.Arguments.Skip(1).Select(argument => Whole(binder, argument))], ValueType.Text);
            case "abs":
                var number = binder.BindNumber(One(call));
                return Call(call, number.Type, number);
            case "floor" or "ceil" or "round":
                var rounded = binder.BindNumber(One(call));
                return rounded.Type.IsWhole ? rounded : Call(call, rounded.Type.Kind == ValueKind.Float ? ValueType.Float : ValueType.Whole, rounded);
            case "sqrt":
                return Call(call, ValueType.Float, Literals.Convert(binder.BindNumber(One(call)), ValueType.Float));
            case "mod":
                Count(call, 2, 2);
                return Modulo(call, Exact(binder, call.Arguments[0]), Exact(binder, call.Arguments[1]));
            case "year" or "month" or "day" or "hour" or "minute" or "second":
                return Call(call, ValueType.Whole, binder.BindTimestamp(One(call)));
            case "now":
                Count(call, 0, 0);
                return binder.Now;
            case "coalesce":
                Count(call, 1, QueryLimits.MaxArguments);
                return Coalesce(binder, call);
            default:
                throw Lexer.Unexpected(call.At, "there is no function of this name; there are like, upper, lower, length, substr, trim, concat, abs, floor, ceil, round, sqrt, mod, year, month, day, hour, minute, second, now and coalesce");
        }
    }

    private static BoundCall Call(FunctionCall call, ValueType type, Bound argument) => new(call.Name, [argument], type);

    private static Expression One(FunctionCall call)
    {
        Count(call, 1, 1);
        return call.Arguments[0];
    }

    private static void Count(FunctionCall call, int least, int most)
    {
        if (call.Arguments.Length < least || call.Arguments.Length > most)
            throw Lexer.Unexpected(call.At, FormattableString.Invariant($"this function takes {(least == most ? $"{least}" : $"{least} to {most}")} values"));
    }

    private static Bound Like(Binder binder, FunctionCall call)
    {
        Count(call, 2, 2);
        var operand = binder.BindText(call.Arguments[0]);
        if (call.Arguments[1] is not TextLiteral literal)
            throw Lexer.Unexpected(call.Arguments[1].Position, "a pattern of like is a text in quotes");
        var pattern = TextPattern.OfLike(literal.Text, literal.At);
        return pattern.IsLiteral ? new BoundComparison(BinaryOperator.Equal, operand, new BoundConstant(pattern.Prefix, ValueType.Text)) : new BoundMatch(operand, pattern);
    }

    private static Bound Whole(Binder binder, Expression argument)
    {
        var bound = binder.BindNumber(argument);
        return bound.Type.IsWhole ? bound : throw Binder.WrongKind(argument, "a whole number was expected");
    }

    private static Bound Exact(Binder binder, Expression argument)
    {
        var bound = binder.BindNumber(argument);
        return bound.Type.Kind == ValueKind.Exact ? bound : throw Binder.WrongKind(argument, "an int or numeric was expected");
    }

    private static BoundCall Modulo(FunctionCall call, Bound dividend, Bound divisor)
    {
        var type = ValueType.Exact(Math.Max(dividend.Type.Scale, divisor.Type.Scale));
        return new BoundCall(call.Name, [Literals.Convert(dividend, type), Literals.Convert(divisor, type)], type);
    }

    private static BoundCall Coalesce(Binder binder, FunctionCall call)
    {
        // A literal in quotes is a time where the others are. Each is bound once: nested calls would otherwise double the work at every level.
        var bound = call.Arguments.Select(argument => argument is TextLiteral or NumberLiteral ? null : binder.BindValue(argument)).ToList();
        var isTime = bound.Any(static part => part?.Type.Kind == ValueKind.Timestamp);
        var parts = call.Arguments.Select((argument, i) => bound[i] ?? (isTime ? Literals.Timestamp(argument) : binder.BindValue(argument))).ToImmutableArray();
        var type = parts[0].Type;
        if (type.IsNumber)
        {
            type = parts.Any(static part => part.Type.Kind == ValueKind.Float) ? ValueType.Float : ValueType.Exact(parts.Max(static part => part.Type.Scale));
            if (!parts.All(static part => part.Type.IsNumber))
                throw Binder.WrongKind(call.At, "coalesce takes values of one kind");
            return new BoundCall(call.Name, [.. parts.Select(part => Literals.Convert(part, type))], type);
        }
        return parts.All(part => part.Type == type) ? new BoundCall(call.Name, parts, type) : throw Binder.WrongKind(call.At, "coalesce takes values of one kind");
    }
}
