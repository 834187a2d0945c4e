using System.Collections.Immutable;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Query;

/// <summary>
/// From what clients write to one parameterised statement. Every directory that is mentioned joins, once, with the rows of it that the caller may read; without a condition between them that is their product.
/// Rows come in an order that is the same the next time.
/// </summary>
internal static class QueryCompiler
{
    /// <summary><c>selectattr</c>: columns of the rows for which a condition holds.</summary>
    /// <param name="columns">Attributes, expressions or aggregates; the first may be or begin with <c>distinct</c>.</param>
    /// <param name="condition">A condition, with what may follow it.</param>
    /// <param name="context">Whose query.</param>
    /// <exception cref="AmgaException"/>
    public static CompiledQuery Select(IReadOnlyList<string> columns, string condition, QueryContext context)
    {
        var (expressions, isDistinct) = ParseColumns(columns);
        var parsed = Parser.ParseCondition(condition);
        var binder = context.Binder();
        var selected = expressions.Select(binder.BindColumn).ToImmutableArray();
        var where = parsed.Where is null ? null : binder.BindCondition(parsed.Where);
        var groups = parsed.GroupBy.Select(binder.Resolve).ToImmutableArray();
        var isGrouped = !groups.IsEmpty || selected.Any(static column => column is BoundAggregate);
        if (isGrouped && !selected.All(column => column is BoundAggregate or BoundConstant || (column is BoundColumn single && groups.Contains(single))))
            throw new AmgaException(AmgaError.QueryError, "Beside aggregates only attributes are selected that stand after group by.");
        // Rows that are put together have no key of their own: they are ordered by what is shown of them.
        var order = isGrouped || isDistinct
            ? Ordinals(parsed.Order, expressions, selected, binder)
            : parsed.Order.Select(key => new Key(binder.BindValue(key.Expression), 0, key.IsDescending)).ToList();
        if (binder.Directories.Count == 0)
            binder.JoinMain();

        var writer = new SqlWriter(context.Dialect, binder.Directories);
        writer.Text(isDistinct ? "SELECT DISTINCT " : "SELECT ");
        for (var i = 0; i < selected.Length; i++)
            writer.Text(i == 0 ? string.Empty : ", ").WriteColumn(selected[i]);
        From(writer, binder, where, null);
        for (var i = 0; i < groups.Length; i++)
            writer.Text(i == 0 ? " GROUP BY " : ", ").Write(groups[i]);
        if (isGrouped || isDistinct)
            OrderBy(writer, order.Concat(Enumerable.Range(1, selected.Length).Where(i => order.All(key => key.Ordinal != i)).Select(static i => new Key(null, i, false))));
        else
            OrderBy(writer, order, binder, where);
        Window(writer, parsed);
        return new CompiledQuery(writer.Sql, writer.Values, [.. selected.Select(static column => column is BoundColumn plain ? plain.Declared : column.Type.ToAmgaType())], binder.Attributes);
    }

    /// <summary><c>find</c>: names of the entries of the main directory for which a condition holds, each once, also where rows of other directories join it more than once.</summary>
    /// <param name="names">A pattern of entry names; null for all.</param>
    /// <param name="condition">A condition, with what may follow it.</param>
    /// <param name="context">Whose query.</param>
    /// <exception cref="AmgaException"/>
    public static CompiledQuery Find(string? names, string condition, QueryContext context)
    {
        var entries = Entries.Bind(names, condition, context);
        var writer = new SqlWriter(context.Dialect, entries.Binder.Directories);
        writer.Text("SELECT ").Column(0, entries.Main.NameColumn);
        entries.WriteFromMain(writer);
        return new CompiledQuery(writer.Sql, writer.Values, [ValueType.Text.ToAmgaType()], entries.Binder.Attributes);
    }

    /// <summary><c>updateattr</c>: sets attributes of the entries of the main directory for which a condition holds, from their own values as they were before.</summary>
    /// <param name="names">A pattern of entry names; null for all.</param>
    /// <param name="assignments">Attributes and the expressions they are set to.</param>
    /// <param name="condition">A condition; with order and limit it is the first so many, which is how one is taken and no more.</param>
    /// <param name="context">Whose query.</param>
    /// <exception cref="AmgaException"/>
    public static CompiledUpdate Update(string? names, IReadOnlyList<(string Attribute, string Expression)> assignments, string condition, QueryContext context)
    {
        if (assignments.Count > QueryLimits.MaxColumns)
            throw QueryLimits.Exceeded("attributes to set", QueryLimits.MaxColumns);
        if (assignments.Count == 0)
            throw new AmgaException(AmgaError.IllegalCommand, "An update names at least one attribute and what it is set to.");
        var entries = Entries.Bind(names, condition, context);
        entries.Binder.StayInMain(isMainOnly: true);
        var bound = assignments.Select(assignment => Assignment.Bind(entries.Binder, assignment.Attribute, assignment.Expression)).ToList();
        if (bound.DistinctBy(static assignment => assignment.Target.Column).Count() != bound.Count)
            throw new AmgaException(AmgaError.IllegalKey, "An update sets an attribute once.");

        var writer = new SqlWriter(context.Dialect, entries.Binder.Directories);
        writer.Text("UPDATE ").Text(SqlWriter.Identifier(entries.Main.Table)).Text(" AS ").Text(SqlWriter.Alias(0)).Text(" SET ");
        for (var i = 0; i < bound.Count; i++)
            writer.Text(i == 0 ? string.Empty : ", ").Text(SqlWriter.Identifier(bound[i].Target.Column)).Text(" = ").Write(bound[i].Value);
        entries.WriteWhere(writer, null);
        var change = new CompiledQuery(writer.Sql, writer.Values, [], entries.Binder.Attributes);

        var misfits = bound.Select(static assignment => assignment.Misfit).OfType<Bound>().ToImmutableArray();
        if (misfits.IsEmpty)
            return new CompiledUpdate(change, null);
        var counter = new SqlWriter(context.Dialect, entries.Binder.Directories);
        counter.Text("SELECT count(*) FROM ").Text(SqlWriter.Identifier(entries.Main.Table)).Text(" AS ").Text(SqlWriter.Alias(0));
        entries.WriteWhere(counter, new BoundLogic(IsAnd: false, misfits));
        return new CompiledUpdate(change, new CompiledQuery(counter.Sql, counter.Values, [ValueType.Whole.ToAmgaType()], change.Attributes));
    }

    /// <summary>A check of the main directory's entries: a condition over their own attributes. An entry keeps it unless it is false.</summary>
    /// <exception cref="AmgaException"/>
    public static CompiledPredicate Check(string condition, QueryContext context)
    {
        var parsed = Parser.ParseExpression(condition);
        var binder = context.Binder();
        binder.JoinMain();
        binder.StayInMain(isMainOnly: true);
        var bound = binder.BindCondition(parsed);
        var writer = new SqlWriter(context.Dialect, binder.Directories);
        writer.Write(bound);
        return writer.Values.Any(value => ReferenceEquals(value, binder.Now.Value))
            ? throw new AmgaException(AmgaError.QueryError, "A check does not ask for now(): what it is of an entry must not change by itself.")
            : new CompiledPredicate(writer.Sql, writer.Values, binder.Attributes);
    }

    /// <summary>FROM and WHERE over all directories: first the rows that may be read, then the pattern of names, then the condition.</summary>
    internal static void From(SqlWriter writer, Binder binder, Bound? where, TextPattern? names)
    {
        for (var i = 0; i < binder.Directories.Count; i++)
            writer.Text(i == 0 ? " FROM " : ", ").Text(SqlWriter.Identifier(binder.Directories[i].Table)).Text(" AS ").Text(SqlWriter.Alias(i));
        Where(writer, binder, where, names, null);
    }

    /// <summary>WHERE, where there is anything to say.</summary>
    internal static void Where(SqlWriter writer, Binder binder, Bound? where, TextPattern? names, Bound? further)
    {
        var word = " WHERE ";
        for (var i = 0; i < binder.Directories.Count; i++)
        {
            if (binder.Directories[i].RowFilter is not null)
                And().RowFilter(i);
        }
        if (names is { IsAnything: false })
            And().Match(new BoundColumn(0, binder.Directories[0].NameColumn, ValueType.Text.ToAmgaType()), names);
        if (where is not null)
            And().Write(where);
        if (further is not null)
            And().Write(further);

        SqlWriter And()
        {
            writer.Text(word);
            word = " AND ";
            return writer;
        }
    }

    /// <summary>What was asked for, then the rows' own numbers.</summary>
    internal static void OrderBy(SqlWriter writer, IEnumerable<Key> keys, Binder binder, Bound? where, bool onlyMain = false)
    {
        // SQLite would rather read a whole table in the order of its numbers than sort the few rows that an index finds: with a plus before them the numbers are no order that it has.
        var isSearch = !writer.IsPostgres && where is not null && Narrows(where);
        OrderBy(writer, keys.Concat(binder.Directories.Take(onlyMain ? 1 : int.MaxValue)
            .Select((directory, i) => new Key(new BoundColumn(i, directory.KeyColumn, ValueType.Whole.ToAmgaType()), 0, false, IsNeverNull: true, IsSorted: isSearch))));
    }

    internal static void Window(SqlWriter writer, Condition condition)
    {
        if (condition.Limit is { } limit)
            writer.Text(" LIMIT ").Value(limit);
        else if (condition.Offset is not null && !writer.IsPostgres)
            writer.Text(" LIMIT -1");
        if (condition.Offset is { } offset)
            writer.Text(" OFFSET ").Value(offset);
    }

    private static void OrderBy(SqlWriter writer, IEnumerable<Key> keys)
    {
        var word = " ORDER BY ";
        foreach (var key in keys)
        {
            // A constant orders nothing, and as a bare parameter is not allowed everywhere.
            if (key.Expression is BoundConstant)
                continue;
            writer.Text(word);
            word = ", ";
            if (key.Expression is null)
                writer.Text(key.Ordinal.ToString(System.Globalization.CultureInfo.InvariantCulture));
            else
                writer.Text(key.IsSorted ? "+" : string.Empty).Write(key.Expression);
            writer.Text(key.IsDescending ? " DESC" : string.Empty).Text(key.IsNeverNull ? string.Empty : " NULLS LAST");
        }
    }

    /// <summary>True where an index may find the rows of a condition.</summary>
    private static bool Narrows(Bound condition) => condition switch
    {
        BoundComparison comparison => comparison.Operator != BinaryOperator.NotEqual && (comparison.Left is BoundColumn || comparison.Right is BoundColumn),
        BoundMembership membership => membership.Operand is BoundColumn,
        BoundMatch match => match.Operand is BoundColumn && match.Pattern.Prefix.Length > 0,
        BoundLogic logic => logic.IsAnd ? logic.Terms.Any(Narrows) : logic.Terms.All(Narrows),
        _ => false,
    };

    private static (ImmutableArray<Expression> Columns, bool IsDistinct) ParseColumns(IReadOnlyList<string> columns)
    {
        if (columns.Count > QueryLimits.MaxColumns)
            throw QueryLimits.Exceeded("columns", QueryLimits.MaxColumns);
        var parsed = ImmutableArray.CreateBuilder<Expression>();
        var isDistinct = false;
        for (var i = 0; i < columns.Count; i++)
        {
            var column = Parser.ParseColumn(columns[i], out var hasDistinct);
            if (hasDistinct && i > 0)
                throw new AmgaException(AmgaError.QueryError, "distinct stands before the first column.");
            isDistinct |= hasDistinct;
            if (column is not null)
                parsed.Add(column);
        }
        return parsed.Count > 0 ? (parsed.ToImmutable(), isDistinct) : throw new AmgaException(AmgaError.IllegalCommand, "At least one column was expected.");
    }

    private static List<Key> Ordinals(ImmutableArray<OrderKey> order, ImmutableArray<Expression> expressions, ImmutableArray<Bound> selected, Binder binder)
    {
        var texts = expressions.Select(ExpressionText.Of).ToList();
        return [.. order.Select(key =>
        {
            var place = texts.IndexOf(ExpressionText.Of(key.Expression));
            if (place < 0 && key.Expression is AttributeReference attribute)
                place = selected.IndexOf(binder.Resolve(attribute));
            return place >= 0 ? new Key(null, place + 1, key.IsDescending) : throw Lexer.Unexpected(key.Expression.Position, "with distinct or aggregates the order is by columns that are selected");
        })];
    }

    /// <param name="Expression">By what; null for a column that is selected.</param>
    /// <param name="Ordinal">Which column.</param>
    /// <param name="IsDescending">Largest first; nulls are last in any case.</param>
    /// <param name="IsNeverNull">So that an index in this order serves.</param>
    /// <param name="IsSorted">So that it does not.</param>
    internal readonly record struct Key(Bound? Expression, int Ordinal, bool IsDescending, bool IsNeverNull = false, bool IsSorted = false);
}
