using System.Collections.Immutable;
using System.Globalization;

namespace Mdm.Plugins.Amga.Query;

/// <summary>
/// From text to <see cref="Expression"/>: <c>or</c>, then <c>and</c>, <c>not</c>, comparisons, sums, products, minus, values. Only the shape is looked at, no name is resolved.
/// Not AMGA's own precedence, where <c>and</c> and <c>or</c> are equals and <c>4 - 1 - 1</c> is 4.
/// </summary>
internal sealed class Parser
{
    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase) { "and", "or", "not", "in", "is", "null", "between", "like", "order", "group", "limit", "offset" };

    private readonly List<Token> _tokens;
    private int _at;
    private int _nodes;
    private int _depth;

    private Parser(string text) => _tokens = Lexer.Cut(text);

    private Token Current => _tokens[_at];

    /// <summary>A condition with what may follow it; empty text is one that holds for all rows.</summary>
    /// <exception cref="AmgaException"><see cref="AmgaError.QueryError"/>.</exception>
    public static Condition ParseCondition(string text)
    {
        var parser = new Parser(text);
        var where = parser.IsAtTail ? null : parser.Or();
        var groups = ImmutableArray<AttributeReference>.Empty;
        if (parser.Takes("group"))
            groups = parser.GroupBy();
        var order = ImmutableArray<OrderKey>.Empty;
        if (parser.Takes("order"))
            order = parser.OrderBy();
        long? limit = null, offset = null;
        while (parser.Current.Kind != TokenKind.End)
        {
            if (limit is null && parser.Takes("limit"))
                limit = parser.Count("a limit is a whole number above 0", 1);
            else if (offset is null && parser.Takes("offset"))
                offset = parser.Count("an offset is a whole number, 0 or above", 0);
            else
                throw parser.Refuse("an operator, order by, limit, offset or the end was expected");
        }
        return new Condition(where, groups, order, limit, offset);
    }

    /// <summary>An expression alone.</summary>
    /// <exception cref="AmgaException"><see cref="AmgaError.QueryError"/>.</exception>
    public static Expression ParseExpression(string text)
    {
        var parser = new Parser(text);
        var expression = parser.Or();
        parser.End();
        return expression;
    }

    /// <summary>A column of <c>selectattr</c>: an expression, before which <c>distinct</c> may stand. Null is <c>distinct</c> alone.</summary>
    /// <exception cref="AmgaException"><see cref="AmgaError.QueryError"/>.</exception>
    public static Expression? ParseColumn(string text, out bool isDistinct)
    {
        var parser = new Parser(text);
        isDistinct = parser.Takes("distinct");
        if (isDistinct && parser.Current.Kind == TokenKind.End)
            return null;
        var expression = parser.Or();
        parser.End();
        return expression;
    }

    private bool IsAtTail => Current.Kind == TokenKind.End || Current.IsWord("group") || Current.IsWord("order") || Current.IsWord("limit") || Current.IsWord("offset");

    private AmgaException Refuse(string expected) => Lexer.Unexpected(Current.Position, expected);

    private void End()
    {
        if (Current.Kind != TokenKind.End)
            throw Refuse("an operator or the end was expected");
    }

    private bool Takes(string word)
    {
        if (!Current.IsWord(word))
            return false;
        _at++;
        return true;
    }

    private bool TakesSymbol(string symbol)
    {
        if (!Current.Is(symbol))
            return false;
        _at++;
        return true;
    }

    private void Demand(string symbol, string expected)
    {
        if (!TakesSymbol(symbol))
            throw Refuse(expected);
    }

    private T Node<T>(T node)
        where T : Expression
    {
        if (++_nodes > QueryLimits.MaxNodes)
            throw QueryLimits.Exceeded("operators and values", QueryLimits.MaxNodes);
        return node.Depth <= QueryLimits.MaxDepth ? node : throw QueryLimits.Exceeded("levels of nesting", QueryLimits.MaxDepth);
    }

    private void Enter()
    {
        if (++_depth > QueryLimits.MaxDepth)
            throw QueryLimits.Exceeded("levels of nesting", QueryLimits.MaxDepth);
    }

    private T Leave<T>(T value)
    {
        _depth--;
        return value;
    }

    private long Count(string rule, long least)
    {
        if (Current.Kind != TokenKind.Number || !long.TryParse(Current.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count < least)
            throw Refuse(rule);
        _at++;
        return count;
    }

    private void DemandBy()
    {
        if (!Takes("by"))
            throw Refuse("by was expected");
    }

    private ImmutableArray<AttributeReference> GroupBy()
    {
        DemandBy();
        var groups = ImmutableArray.CreateBuilder<AttributeReference>();
        do
        {
            if (groups.Count == QueryLimits.MaxOrderKeys)
                throw QueryLimits.Exceeded("attributes to group by", QueryLimits.MaxOrderKeys);
            groups.Add(Primary() as AttributeReference ?? throw Refuse("attributes are expected after group by"));
        }
        while (TakesSymbol(","));
        return groups.ToImmutable();
    }

    private ImmutableArray<OrderKey> OrderBy()
    {
        DemandBy();
        var keys = ImmutableArray.CreateBuilder<OrderKey>();
        do
        {
            if (keys.Count == QueryLimits.MaxOrderKeys)
                throw QueryLimits.Exceeded("keys of order", QueryLimits.MaxOrderKeys);
            var key = Sum();
            var isDescending = Takes("desc");
            if (!isDescending)
                Takes("asc");
            keys.Add(new OrderKey(key, isDescending));
        }
        while (TakesSymbol(","));
        return keys.ToImmutable();
    }

    private Expression Or() => Chain("or", isAnd: false, static parser => parser.Chain("and", isAnd: true, static inner => inner.Not()));

    private Expression Chain(string word, bool isAnd, Func<Parser, Expression> term)
    {
        var first = term(this);
        if (!Current.IsWord(word))
            return first;
        var position = Current.Position;
        var terms = ImmutableArray.CreateBuilder<Expression>();
        terms.Add(first);
        while (Takes(word))
            terms.Add(term(this));
        return Node(new LogicalExpression(position, isAnd, terms.ToImmutable()));
    }

    private Expression Not()
    {
        var position = Current.Position;
        if (!Takes("not"))
            return Comparison();
        Enter();
        return Leave(Node(new Inversion(position, Not())));
    }

    private Expression Comparison()
    {
        var left = Sum();
        var position = Current.Position;
        if (Current.Kind == TokenKind.Symbol && Operator(Current.Text) is { } comparison)
        {
            _at++;
            return Node(new BinaryExpression(position, comparison, left, Sum()));
        }
        if (Takes("is"))
        {
            var isNegated = Takes("not");
            if (!Takes("null"))
                throw Refuse("null was expected after is");
            return Negated(isNegated, position, Node(new NullTest(position, left)));
        }
        var isNot = Current.IsWord("not") && (_tokens[_at + 1].IsWord("in") || _tokens[_at + 1].IsWord("between") || _tokens[_at + 1].IsWord("like"));
        if (isNot)
            _at++;
        if (Takes("in"))
        {
            Demand("(", "an opening parenthesis was expected after in");
            return Negated(isNot, position, Node(new Membership(position, left, Arguments())));
        }
        if (Takes("between"))
        {
            var low = Sum();
            if (!Takes("and"))
                throw Refuse("and was expected after the lower end of between");
            return Negated(isNot, position, Node(new Interval(position, left, low, Sum())));
        }
        return Takes("like") ? Negated(isNot, position, Node(new FunctionCall(position, "like", [left, Sum()]))) : left;
    }

    private Expression Negated(bool isNegated, int position, Expression expression) => isNegated ? Node(new Inversion(position, expression)) : expression;

    private static BinaryOperator? Operator(string symbol) => symbol switch
    {
        "=" => BinaryOperator.Equal,
        "!=" or "<>" => BinaryOperator.NotEqual,
        "<" => BinaryOperator.Less,
        "<=" => BinaryOperator.LessOrEqual,
        ">" => BinaryOperator.Greater,
        ">=" => BinaryOperator.GreaterOrEqual,
        _ => null,
    };

    private Expression Sum()
    {
        var left = Product();
        while (Current.Is("+") || Current.Is("-"))
        {
            var token = _tokens[_at++];
            left = Node(new BinaryExpression(token.Position, token.Text == "+" ? BinaryOperator.Add : BinaryOperator.Subtract, left, Product()));
        }
        return left;
    }

    private Expression Product()
    {
        var left = Signed();
        while (Current.Is("*") || Current.Is("/"))
        {
            var token = _tokens[_at++];
            left = Node(new BinaryExpression(token.Position, token.Text == "*" ? BinaryOperator.Multiply : BinaryOperator.Divide, left, Signed()));
        }
        return left;
    }

    private Expression Signed()
    {
        var position = Current.Position;
        if (!TakesSymbol("-"))
            return Primary();
        if (Current.Kind == TokenKind.Number)
            return Number(_tokens[_at++], position, "-");
        Enter();
        return Leave(Node(new Negation(position, Signed())));
    }

    private Expression Primary()
    {
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Number:
                _at++;
                return Number(token, token.Position, string.Empty);
            case TokenKind.Text:
                _at++;
                return Node(new TextLiteral(token.Position, token.Text));
            case TokenKind.Symbol when token.Text == "(":
                _at++;
                Enter();
                var inner = Or();
                Demand(")", "an operator or a closing parenthesis was expected");
                return Leave(inner);
            case TokenKind.Name when token.Directory is null && _tokens[_at + 1].Is("(") && (!Reserved.Contains(token.Text) || token.IsWord("like")):
                _at += 2;
                Enter();
                return Leave(Call(token));
            case TokenKind.Name when token.Directory is not null || !Reserved.Contains(token.Text):
                _at++;
                return Node(new AttributeReference(token.Position, token.Directory, token.Text));
            default:
                throw Refuse("a value, an attribute, a function or an opening parenthesis was expected");
        }
    }

    private NumberLiteral Number(Token token, int position, string sign)
    {
        var source = sign + token.Text;
        return ExactNumber.TryParse(source, out var value)
            ? Node(new NumberLiteral(position, source, value))
            : throw Lexer.Unexpected(position, FormattableString.Invariant($"a number has at most {QueryLimits.MaxNumberLength} characters and is no larger than a double"));
    }

    private Expression Call(Token name)
    {
        AggregateFunction? aggregate = name.Text.ToUpperInvariant() switch
        {
            "COUNT" => AggregateFunction.Count,
            "MIN" => AggregateFunction.Min,
            "MAX" => AggregateFunction.Max,
            "SUM" => AggregateFunction.Sum,
            "AVG" => AggregateFunction.Avg,
            _ => null,
        };
        if (aggregate is not { } function)
            return Node(new FunctionCall(name.Position, name.Text.ToLowerInvariant(), TakesSymbol(")") ? [] : Arguments()));
        if (function == AggregateFunction.Count && TakesSymbol("*"))
        {
            Demand(")", "a closing parenthesis was expected after *");
            return Node(new AggregateCall(name.Position, function, null, IsDistinct: false));
        }
        var isDistinct = Takes("distinct");
        var operand = Or();
        Demand(")", "a closing parenthesis was expected: this function takes one value");
        return Node(new AggregateCall(name.Position, function, operand, isDistinct));
    }

    /// <summary>One or more, and the closing parenthesis.</summary>
    private ImmutableArray<Expression> Arguments()
    {
        var arguments = ImmutableArray.CreateBuilder<Expression>();
        do
            arguments.Add(Or());
        while (TakesSymbol(","));
        Demand(")", "a comma, an operator or a closing parenthesis was expected");
        return arguments.ToImmutable();
    }
}
