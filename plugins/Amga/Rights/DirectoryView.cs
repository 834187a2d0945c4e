using System.Collections.Immutable;
using Mdm.Plugins.Amga.Query;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Rights;

/// <summary>A directory or view as one user may know it: which attributes it has, and which rows.</summary>
/// <param name="Shown">The directory or view itself.</param>
/// <param name="Table">The directory that has the entries: itself, or what a view is of.</param>
/// <param name="Attributes">The attributes that are there for him.</param>
/// <param name="RowFilter">As <see cref="QueryCollection.RowFilter"/>.</param>
/// <param name="RowFilterValues">As <see cref="QueryCollection.RowFilterValues"/>.</param>
internal sealed record DirectoryView(AmgaDirectory Shown, AmgaDirectory Table, ImmutableArray<AmgaAttribute> Attributes, string? RowFilter, ImmutableArray<object?> RowFilterValues)
{
    /// <summary>As the query compiler takes it.</summary>
    public QueryCollection Collection => new(Shown.Path, Table.Table, EntryTable.Name, EntryTable.Key,
        [.. Attributes.Select(static attribute => new QueryColumn(attribute.Name, attribute.Column, attribute.Type))], RowFilter, RowFilterValues);

    /// <summary>The attribute of that name, if it is there for him.</summary>
    public AmgaAttribute? Attribute(string name) => Attributes.FirstOrDefault(attribute => attribute.Name == name);

    /// <summary>The row filter over the table without an alias, with parameters from a number on; <c>1 = 1</c> where all rows are his.</summary>
    public string Where(int firstParameter) => RowFilter is null ? "1 = 1" : Numbered(RowFilter, Table.Table, firstParameter, RowFilterValues.Length);

    internal static string Numbered(string filter, string alias, int firstParameter, int count)
    {
        var sql = filter.Replace("{0}", alias, StringComparison.Ordinal);
        for (var i = 0; i < count; i++)
            sql = sql.Replace($"{{v{i}}}", $"${firstParameter + i}", StringComparison.Ordinal);
        return sql;
    }
}
