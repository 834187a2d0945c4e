namespace Mdm.Plugins.Amga.Query;

/// <summary>Entries of the main directory by pattern and condition: what <c>find</c> shows and <c>updateattr</c> changes. Other directories only decide which they are.</summary>
internal sealed class Entries
{
    private readonly TextPattern? _names;
    private readonly Condition _condition;
    private readonly Bound? _where;
    private readonly List<QueryCompiler.Key> _order;

    private Entries(Binder binder, QueryCollection main, TextPattern? names, Condition condition, Bound? where, List<QueryCompiler.Key> order) =>
        (Binder, Main, _names, _condition, _where, _order) = (binder, main, names, condition, where, order);

    public Binder Binder { get; }

    public QueryCollection Main { get; }

    private bool HasWindow => _condition.Limit is not null || _condition.Offset is not null;

    /// <exception cref="AmgaException"/>
    public static Entries Bind(string? names, string condition, QueryContext context)
    {
        var pattern = names is null ? null : TextPattern.OfNames(names);
        var parsed = Parser.ParseCondition(condition);
        if (!parsed.GroupBy.IsEmpty)
            throw new AmgaException(AmgaError.QueryError, "group by is for selectattr.");
        var binder = context.Binder();
        var main = binder.JoinMain();
        var where = parsed.Where is null ? null : binder.BindCondition(parsed.Where);
        var joins = binder.Directories.Count > 1;
        // Of an entry that many rows join, no one of them could say its place.
        if (joins)
            binder.StayInMain(isMainOnly: true);
        var order = parsed.Order.Select(key => new QueryCompiler.Key(binder.BindValue(key.Expression), 0, key.IsDescending)).ToList();
        return binder.Directories.Count > 1 && !joins
            ? throw new AmgaException(AmgaError.QueryError, "Entries are ordered by their own attributes.")
            : new Entries(binder, main, pattern, parsed, where, order);
    }

    /// <summary>FROM the main directory alone, to the end of the statement.</summary>
    public void WriteFromMain(SqlWriter writer)
    {
        writer.Text(" FROM ").Text(SqlWriter.Identifier(Main.Table)).Text(" AS ").Text(SqlWriter.Alias(0));
        WriteSelection(writer);
        WriteOrder(writer);
        QueryCompiler.Window(writer, _condition);
    }

    /// <summary>WHERE of a statement that has no order or limit of its own.</summary>
    /// <param name="writer">Where the table's alias is there already.</param>
    /// <param name="further">Must hold, too.</param>
    public void WriteWhere(SqlWriter writer, Bound? further)
    {
        if (!HasWindow)
        {
            WriteSelection(writer, further);
            return;
        }
        // The inner one has the same alias, which hides the outer one.
        writer.Text(" WHERE ").Column(0, Main.KeyColumn).Text(" IN (SELECT ").Column(0, Main.KeyColumn);
        WriteFromMain(writer);
        writer.Text(")");
        if (further is not null)
            writer.Text(" AND ").Write(further);
    }

    private void WriteSelection(SqlWriter writer, Bound? further = null)
    {
        if (Binder.Directories.Count == 1)
        {
            QueryCompiler.Where(writer, Binder, _where, _names, further);
            return;
        }
        writer.Text(" WHERE ").Column(0, Main.KeyColumn).Text(" IN (SELECT ").Column(0, Main.KeyColumn);
        QueryCompiler.From(writer, Binder, _where, _names);
        writer.Text(")");
        if (further is not null)
            writer.Text(" AND ").Write(further);
    }

    private void WriteOrder(SqlWriter writer) => QueryCompiler.OrderBy(writer, _order, Binder, _where, onlyMain: true);
}
