using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Query;

/// <summary>
/// Writes bound expressions as SQL and collects the parameters. Both stores give the same answers, which neither does by itself: what would be an error, an infinity or another kind of number there is null here.
/// A part that is needed more than once is named in a subquery that no planner takes apart, so the statement grows with the expression, not faster; a column or parameter is its own name.
/// </summary>
/// <param name="dialect">Which store.</param>
/// <param name="directories">The tables behind the numbers of columns.</param>
internal sealed class SqlWriter(SqlDialect dialect, IReadOnlyList<QueryCollection> directories)
{
    private const string Least = "(-9223372036854775807 - 1)";
    private const string Most = "9223372036854775807";

    // Products and quotients of these are finite and none is too small to be told from 0, where PostgreSQL gives an error and SQLite an infinity or 0.
    private const string FloatRange = "({0} = 0 OR abs({0}) BETWEEN 1e-100 AND 1e100)";

    private readonly StringBuilder _sql = new();
    private readonly List<object?> _values = [];
    private readonly Dictionary<BoundConstant, int> _numbers = new(ReferenceComparer.Instance);
    private int _lets;

    public bool IsPostgres => dialect == SqlDialect.Postgres;

    public string WholeType => IsPostgres ? "bigint" : "INTEGER";

    public string FloatType => IsPostgres ? "double precision" : "REAL";

    public string Sql => _sql.ToString();

    public ImmutableArray<object?> Values => [.. _values];

    /// <summary>What the table of a directory is called in the statement.</summary>
    public static string Alias(int directory) => "d" + directory.ToString(CultureInfo.InvariantCulture);

    /// <summary>A name of a table or column. All are made by us; what is not so made is a fault of ours and reaches no statement.</summary>
    public static string Identifier(string name)
    {
        if (name.Length == 0 || !char.IsAsciiLetterLower(name[0]) || name.AsSpan().ContainsAnyExcept(System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_")))
            throw new InvalidOperationException("A table's or column's name in the store begins with a lower-case letter and goes on with those, digits and underscores.");
        return name;
    }

    public SqlWriter Text(string sql)
    {
        _sql.Append(sql);
        return _sql.Length <= QueryLimits.MaxStatementLength ? this : throw QueryLimits.Exceeded("characters of SQL", QueryLimits.MaxStatementLength);
    }

    /// <summary>A parameter.</summary>
    public SqlWriter Value(object? value)
    {
        return Text(Named(Add(value), value));
    }

    public SqlWriter Column(int directory, string column) => Text(Alias(directory)).Text(".").Text(Identifier(column));

    /// <summary>The rows of a directory that the caller may read.</summary>
    public SqlWriter RowFilter(int directory)
    {
        var collection = directories[directory];
        var filter = new StringBuilder(collection.RowFilter).Replace("{0}", Alias(directory));
        for (var i = 0; i < (collection.RowFilterValues.IsDefault ? 0 : collection.RowFilterValues.Length); i++)
        {
            var value = Add(collection.RowFilterValues[i]);
            filter.Replace(FormattableString.Invariant($"{{v{i}}}"), FormattableString.Invariant($"${value}"));
        }
        return Text("(").Text(filter.ToString()).Text(")");
    }

    public SqlWriter Write(Bound bound)
    {
        switch (bound)
        {
            case BoundColumn column:
                return Column(column.Directory, column.Column);
            case BoundConstant constant:
                return Text(Parameter(constant));
            case BoundArithmetic arithmetic:
                return Arithmetic(arithmetic);
            case BoundNegation negation:
                return Text("(- ").Write(negation.Operand).Text(")");
            case BoundConversion conversion:
                return Conversion(conversion);
            case BoundComparison comparison:
                return Comparison(comparison);
            case BoundTruth { Operand: null } truth:
                return Text(truth.Value ? "(1 = 1)" : "(1 = 0)");
            case BoundTruth truth:
                return Text("(CASE WHEN ").Write(truth.Operand).Text(truth.Value ? " IS NOT NULL THEN (1 = 1) END)" : " IS NOT NULL THEN (1 = 0) END)");
            case BoundInversion inversion:
                return Text("(NOT ").Write(inversion.Operand).Text(")");
            case BoundLogic logic:
                return Logic(logic.Terms.AsSpan(), logic.IsAnd ? " AND " : " OR ");
            case BoundNullTest test:
                return Text("(").Write(test.Operand).Text(" IS NULL)");
            case BoundMembership membership:
                return Membership(membership);
            case BoundMatch match:
                return Match(match.Operand, match.Pattern);
            case BoundCall call:
                SqlFunctions.Write(this, call);
                return this;
            case BoundAggregate aggregate:
                SqlAggregates.Write(this, aggregate);
                return this;
            default:
                throw new InvalidOperationException($"{bound.GetType().Name} is not known here.");
        }
    }

    /// <summary>A condition as a value: 1, 0 or null.</summary>
    public SqlWriter WriteColumn(Bound bound) => bound.Type.Kind == ValueKind.Boolean
        ? Text("CASE WHEN ").Write(bound).Text(" THEN 1 WHEN NOT ").Write(bound).Text(" THEN 0 END")
        : Write(bound);

    /// <summary>An expression over parts, null where <paramref name="where"/> does not hold; it is evaluated only where that holds.</summary>
    /// <param name="select">The expression over <c>{0}</c>, <c>{1}</c>, ….</param>
    /// <param name="where">When it may be evaluated, in the same form.</param>
    /// <param name="parts">The parts.</param>
    public SqlWriter Let(string select, string where, params ImmutableArray<Bound> parts)
    {
        if (!AreNames(parts))
            return Let(select, where, [.. parts.Select(static part => (Action<SqlWriter>)(writer => writer.Write(part)))]);
        object[] names = [.. parts.Select(Name)];
        return Text("(CASE WHEN ").Text(Named(where, names)).Text(" THEN ").Text(Named(select, names)).Text(" END)");
    }

    /// <summary>As above, of parts that are written once. LIMIT or OFFSET keep the planners from putting the parts in place of their names.</summary>
    private SqlWriter Let(string select, string where, params ReadOnlySpan<Action<SqlWriter>> parts)
    {
        var name = "q" + (_lets++).ToString(CultureInfo.InvariantCulture);
        object[] names = [.. Enumerable.Range(0, parts.Length).Select(i => FormattableString.Invariant($"{name}.v{i}"))];
        Text("(SELECT ").Text(Named(select, names)).Text(" FROM (SELECT ");
        for (var i = 0; i < parts.Length; i++)
        {
            Text(i == 0 ? string.Empty : ", ");
            parts[i](this);
            Text(FormattableString.Invariant($" AS v{i}"));
        }
        return Text(IsPostgres ? " OFFSET 0) AS " : " LIMIT 1) AS ").Text(name).Text(" WHERE ").Text(Named(where, names)).Text(")");
    }

    /// <summary>Exact arithmetic, null where it overflows: as it stands it goes over to doubles in SQLite then, and in PostgreSQL it is done in numeric, which does not overflow.</summary>
    /// <param name="scale">Of the result.</param>
    /// <param name="formula">Over <c>{0}</c> and <c>{1}</c>, each once.</param>
    /// <param name="parts">The parts.</param>
    private SqlWriter Checked(int scale, string formula, params ImmutableArray<Bound> parts)
    {
        // See Literals.IsExact for the least number.
        var least = scale == 0 ? Least : "-9223372036854775807";
        var (select, where) = IsPostgres ? ("CAST({0} AS bigint)", $"{{0}} BETWEEN {least} AND {Most}")
            : ("{0}", scale == 0 ? "typeof({0}) = 'integer'" : $"typeof({{0}}) = 'integer' AND {{0}} >= {least}");
        if (AreNames(parts))
        {
            var result = "(" + Named(formula, [.. parts.Select(part => IsPostgres ? $"CAST({Name(part)} AS numeric)" : Name(part))]) + ")";
            return Text("(CASE WHEN ").Text(Named(where, [result])).Text(" THEN ").Text(Named(select, [result])).Text(" END)");
        }
        return Let(select, where, writer =>
        {
            var pieces = formula.Split("{0}", 2);
            writer.Text(pieces[0]).Wide(parts[0]);
            var rest = pieces[1].Split("{1}", 2);
            writer.Text(rest[0]);
            if (rest.Length == 2)
                writer.Wide(parts[1]).Text(rest[1]);
        });
    }

    private SqlWriter Wide(Bound bound) => IsPostgres ? Text("CAST(").Write(bound).Text(" AS numeric)") : Write(bound);

    // With nothing but constants PostgreSQL calculates before it asks whether it may.
    private static bool AreNames(ImmutableArray<Bound> parts) => parts.All(static part => part is BoundColumn or BoundConstant) && parts.Any(static part => part is BoundColumn);

    private string Name(Bound part) => part is BoundColumn column
        ? $"{Alias(column.Directory)}.{Identifier(column.Column)}"
        : Parameter((BoundConstant)part);

    /// <summary>Rounds the double <paramref name="value"/> to a whole one, halves away from zero: neither store's own round does that in all cases.</summary>
    public static string Rounded(string value)
    {
        return $"CASE WHEN {value} < 0 THEN -{Up($"(-({value}))")} ELSE {Up(value)} END";

        static string Up(string positive) => $"(floor({positive}) + CASE WHEN {positive} - floor({positive}) >= 0.5 THEN 1.0 ELSE 0.0 END)";
    }

    /// <summary>Rounds units to units that are <paramref name="unit"/> times as large, halves away from zero.</summary>
    public static string Rounded(string value, string unit) =>
        $"{value} / {unit} + CASE WHEN {value} % {unit} * 2 >= {unit} THEN 1 WHEN {value} % {unit} * 2 <= -{unit} THEN -1 ELSE 0 END";

    public static string Unit(int scale) => "1" + new string('0', scale);

    private static string Named(string format, object[] names) => string.Format(CultureInfo.InvariantCulture, format, names);

    private string Named(int number, object? value) => FormattableString.Invariant($"${number}") + (IsPostgres && value is string ? " COLLATE \"C\"" : string.Empty);

    private int Add(object? value)
    {
        if (_values.Count == QueryLimits.MaxValues)
            throw QueryLimits.Exceeded("values", QueryLimits.MaxValues);
        _values.Add(value);
        return _values.Count;
    }

    /// <summary>Of a constant that is written more than once it is the same.</summary>
    private string Parameter(BoundConstant constant)
    {
        if (!_numbers.TryGetValue(constant, out var number))
            _numbers.Add(constant, number = Add(constant.Value));
        return Named(number, constant.Value);
    }

    private SqlWriter Arithmetic(BoundArithmetic arithmetic)
    {
        var (left, right) = (arithmetic.Left, arithmetic.Right);
        var sign = arithmetic.Operator switch { BinaryOperator.Add => "+", BinaryOperator.Subtract => "-", BinaryOperator.Multiply => "*", _ => "/" };
        if (arithmetic.Type.Kind == ValueKind.Float)
        {
            var range = FloatRange + " AND " + FloatRange.Replace("{0}", "{1}", StringComparison.Ordinal) + (sign == "/" ? " AND {1} <> 0" : string.Empty);
            return Let($"{{0}} {sign} {{1}}", range, left, right);
        }
        return sign == "/"
            ? Let("{0} / {1}", $"{{1}} <> 0 AND NOT ({{0}} = {Least} AND {{1}} = -1)", left, right)
            : Checked(arithmetic.Type.Scale, $"{{0}} {sign} {{1}}", left, right);
    }

    private SqlWriter Conversion(BoundConversion conversion)
    {
        var (operand, from, to) = (conversion.Operand, conversion.Operand.Type, conversion.Type);
        if (to.Kind == ValueKind.Float)
        {
            Text("(CAST(").Write(operand).Text($" AS {FloatType})");
            return from.Scale == 0 ? Text(")") : Text($" / CAST({Unit(from.Scale)} AS {FloatType}))");
        }
        if (from.Kind == ValueKind.Float)
        {
            var scaled = $"({{0}} * CAST({Unit(to.Scale)} AS {FloatType}))";
            return Let($"CAST({Rounded(scaled)} AS {WholeType})", $"abs({{0}}) < CAST(9000000000000000000 AS {FloatType}) / CAST({Unit(to.Scale)} AS {FloatType})", operand);
        }
        return to.Scale > from.Scale
            ? Checked(to.Scale, "{0} * " + Unit(to.Scale - from.Scale), operand)
            : Let(Rounded("{0}", Unit(from.Scale - to.Scale)), "{0} IS NOT NULL", operand);
    }

    // Scales that differ are brought together; what overflows then is larger than any number of the other side, also as the double that SQLite makes of it.
    private SqlWriter Comparison(BoundComparison comparison)
    {
        var (left, right) = (comparison.Left, comparison.Right);
        var scale = Math.Max(left.Type.Scale, right.Type.Scale);
        Text("(");
        Side(left, scale);
        Text(comparison.Operator switch
        {
            BinaryOperator.Equal => " = ",
            BinaryOperator.NotEqual => " <> ",
            BinaryOperator.Less => " < ",
            BinaryOperator.LessOrEqual => " <= ",
            BinaryOperator.Greater => " > ",
            _ => " >= ",
        });
        Side(right, scale);
        return Text(")");

        void Side(Bound side, int common)
        {
            if (side.Type.Scale == common)
                Write(side);
            else
                Wide(side).Text(" * ").Text(Unit(common - side.Type.Scale));
        }
    }

    // In halves: a chain of thousands would be as many levels to the store.
    private SqlWriter Logic(ReadOnlySpan<Bound> terms, string word)
    {
        if (terms.Length == 1)
            return Write(terms[0]);
        Text("(").Logic(terms[..(terms.Length / 2)], word);
        return Text(word).Logic(terms[(terms.Length / 2)..], word).Text(")");
    }

    private SqlWriter Membership(BoundMembership membership)
    {
        Text("(").Write(membership.Operand).Text(" IN (");
        for (var i = 0; i < membership.Items.Length; i++)
            Text(i == 0 ? string.Empty : ", ").Text(Parameter(membership.Items[i]));
        return Text("))");
    }

    /// <summary>The texts that a pattern matches; of a column by the range of what they begin with, too, which an index can find.</summary>
    public SqlWriter Match(Bound operand, TextPattern pattern)
    {
        if (pattern.IsLiteral)
            return Text("(").Write(operand).Text(" = ").Value(pattern.Prefix).Text(")");
        Text("(");
        if (operand is BoundColumn && pattern.Prefix is { Length: > 0 } prefix)
        {
            Write(operand).Text(" >= ").Value(prefix).Text(" AND ");
            if (TextPattern.After(prefix) is { } after)
                Write(operand).Text(" < ").Value(after).Text(" AND ");
        }
        Write(operand);
        if (!IsPostgres)
            Text(" GLOB ").Value(pattern.Glob());
        else if (pattern.HasSets)
            Text(" ~ ").Value(pattern.Regex());
        else
            Text(" LIKE ").Value(pattern.Like()).Text(" ESCAPE '\\'");
        return Text(")");
    }

    /// <summary>Records are equal by value; two literals that look the same may have to differ in kind.</summary>
    private sealed class ReferenceComparer : IEqualityComparer<BoundConstant>
    {
        public static readonly ReferenceComparer Instance = new();

        public bool Equals(BoundConstant? x, BoundConstant? y) => ReferenceEquals(x, y);

        public int GetHashCode(BoundConstant obj) => RuntimeHelpers.GetHashCode(obj);
    }
}
