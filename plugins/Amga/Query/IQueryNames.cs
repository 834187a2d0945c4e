using System.Collections.Immutable;

namespace Mdm.Plugins.Amga.Query;

/// <summary>What names in a condition stand for, as far as the caller may know of it: what he may not read is not there, so no condition, order, join or message can tell of it.</summary>
internal interface IQueryNames
{
    /// <summary>The directory of an absolute path; null where there is none that the caller may query.</summary>
    QueryCollection? Find(string path);

    /// <summary>An absolute path from one as written in a condition: relative to the session's directory.</summary>
    string Absolute(string path);
}

/// <summary>A directory and its entries' table.</summary>
/// <param name="Path">Absolute.</param>
/// <param name="Table">The table's name in the store: made by us, never of anything a client wrote.</param>
/// <param name="NameColumn">The column of entries' names (<c>FILE</c>), text.</param>
/// <param name="KeyColumn">The column of the row's number, which orders rows that nothing else orders.</param>
/// <param name="Columns">The attributes that the caller may read.</param>
/// <param name="RowFilter">SQL that holds for rows the caller may read, <c>{0}</c> for the table's alias and <c>{v0}</c>, <c>{v1}</c>, … for <paramref name="RowFilterValues"/>; null when all are.</param>
/// <param name="RowFilterValues">Values of the filter.</param>
internal sealed record QueryCollection(
    string Path, string Table, string NameColumn, string KeyColumn, ImmutableArray<QueryColumn> Columns, string? RowFilter = null, ImmutableArray<object?> RowFilterValues = default);

/// <summary>An attribute and its column.</summary>
/// <param name="Name">As clients know it.</param>
/// <param name="Column">The column's name in the store, made by us.</param>
/// <param name="Type">Its type; timestamps are whole microseconds since 1970 and numerics whole numbers of their last digit in the store.</param>
internal sealed record QueryColumn(string Name, string Column, AmgaType Type);
