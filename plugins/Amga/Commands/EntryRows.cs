using System.Globalization;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Entries by name or pattern, as far as somebody has rights on them: a condition over a directory's table and its values, which come after those of a statement's beginning.</summary>
internal sealed class EntryRows
{
    private readonly object?[] _values;

    /// <param name="request">Whose.</param>
    /// <param name="view">Of which directory.</param>
    /// <param name="pattern">A name or pattern.</param>
    /// <param name="before">Values that the statement has before the condition.</param>
    public EntryRows(Request request, DirectoryView view, string pattern, params object?[] before)
    {
        View = view;
        Pattern = pattern;
        var (sql, value) = Glob.Condition(request.Sql.Dialect, EntryTable.Name, before.Length + 1, pattern);
        var isAll = pattern == "*";
        Where = (isAll ? "1 = 1" : sql) + (view.RowFilter is null ? string.Empty : " AND " + view.Where(before.Length + (isAll ? 1 : 2)));
        _values = [.. before, .. isAll ? [] : new object?[] { value }, .. view.RowFilter is null ? [] : view.RowFilterValues];
    }

    public DirectoryView View { get; }

    public string Pattern { get; }

    public string Where { get; }

    public ReadOnlySpan<object?> Values => _values;

    /// <summary>The rows of a path's last name in the directory of its others.</summary>
    public static EntryRows Of(Request request, string path, Bits needed, params object?[] before)
    {
        var absolute = request.Absolute(path);
        if (request.Known(AmgaPath.Parent(absolute)) is not { } directory || absolute == "/")
            throw Request.NoEntry(path);
        return new EntryRows(request, request.View(directory, needed), AmgaPath.Name(absolute), before);
    }

    /// <summary>Refuses a name that nothing has; a pattern may match nothing.</summary>
    public void DemandFound(int count, string path)
    {
        if (count == 0 && !Glob.Is(Pattern))
            throw Request.NoEntry(path);
    }
}
