using System.Data.Common;
using Mdm.Abstractions;
using Mdm.Plugins.Amga.Commands;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Files;

/// <summary>Rows of files, in and out.</summary>
internal static class FileRows
{
    /// <summary>Between the values of a list, as DICOM has it.</summary>
    public const char Separator = '\\';

    /// <summary>Inserts or changes a file's row.</summary>
    public static void Put(Request request, MetadataRow row)
    {
        if (request.Tree.Find(request.Absolute(row.Collection.ToString())) is not { View: null, HasFiles: true } directory)
            throw new AmgaException(AmgaError.NoSuchEntry, $"The collection '{row.Collection}' was not declared.");
        var columns = new SortedDictionary<string, (AmgaAttribute Attribute, object? Value)>(StringComparer.Ordinal);
        if (row.Path is not null)
            Add(AmgaMetadataStore.PathAttribute, row.Path.ToString());
        foreach (var attribute in row.Attributes)
        {
            var kind = directory.Attribute(attribute.Keyword)?.Type.Kind;
            var values = attribute.Values.IsDefaultOrEmpty ? [] : attribute.Values;
            var isText = kind is AmgaKind.Text or AmgaKind.Varchar;
            if (isText && values.Length > 1)
                DemandMulti(request, ref directory, attribute.Keyword);
            Add(attribute.Keyword, values.IsEmpty ? null : isText ? string.Join(Separator, values) : values[0].Trim());
        }
        var names = string.Concat(columns.Values.Select(static column => ", " + column.Attribute.Column));
        var places = string.Concat(Enumerable.Range(3, columns.Count).Select(static i => FormattableString.Invariant($", ${i}")));
        var changes = string.Concat(columns.Values.Select(static column => $", {column.Attribute.Column} = excluded.{column.Attribute.Column}"));
        request.Sql.Execute(new BuiltSql($"INSERT INTO {directory.Table} (name, file_id{names}) VALUES ($1, $2{places}) ON CONFLICT (name) DO UPDATE SET file_id = excluded.file_id{changes}"),
            [EntryTable.NameOf(row.File), row.File.ToBytes(), .. columns.Values.Select(static column => column.Value)]);
        if (row.Readers is { } readers)
            FileReaders.Put(request, directory, row.File, readers);

        void Add(string name, string? text)
        {
            var attribute = directory.Attribute(name) ?? throw new AmgaException(AmgaError.NoSuchKey, $"The attribute '{PrintableText.Of(name)}' of '{row.Collection}' was not declared.");
            columns[name] = (attribute, text is null ? null : AmgaRow.Parse(attribute.Type, text));
        }
    }

    /// <summary>A value as an attribute; null where there is none.</summary>
    public static ArchiveAttribute? Attribute(AmgaAttribute attribute, DbDataReader row, int column)
    {
        if (row.IsDBNull(column))
            return null;
        var text = AmgaRow.Text(row, column, attribute.Type);
        return new ArchiveAttribute(attribute.Name, attribute.Type.Kind switch
        {
            AmgaKind.Int => "IS",
            AmgaKind.Float => "FD",
            AmgaKind.Numeric => "DS",
            AmgaKind.Timestamp => "DT",
            AmgaKind.Varchar => "LO",
            _ => "UT",
        }, attribute.IsMulti ? [.. text.Split(Separator)] : [text]);
    }

    // Conditions on attributes that never hold a list are plain comparisons, which an index serves.
    private static void DemandMulti(Request request, ref AmgaDirectory directory, string name)
    {
        if (directory.Attribute(name) is not { IsMulti: false } attribute)
            return;
        request.Sql.Execute("UPDATE attrs SET is_multi = 1 WHERE attr = $1", attribute.Number);
        request.Tree.Changed();
        directory = request.Tree.Find(directory.Path)!;
    }
}
