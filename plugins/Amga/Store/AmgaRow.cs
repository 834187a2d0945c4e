using System.Data.Common;
using Mdm.Plugins.Amga.Query;

namespace Mdm.Plugins.Amga.Store;

/// <summary>Values of rows as lines of an answer; what is not there is an empty line.</summary>
internal static class AmgaRow
{
    /// <summary>A client's text in the form of its column; nothing at all, where that is no text, is no value.</summary>
    /// <exception cref="AmgaException"><see cref="AmgaError.WrongType"/>.</exception>
    public static object? Parse(AmgaType type, string text) => text.Length == 0 && type.Kind is not (AmgaKind.Text or AmgaKind.Varchar) ? null : AmgaValue.Parse(type, text);

    public static string Text(DbDataReader row, int column, AmgaType type) => row.IsDBNull(column) ? string.Empty : AmgaValue.Format(type, type.Kind switch
    {
        AmgaKind.Float => row.GetDouble(column),
        AmgaKind.Varchar or AmgaKind.Text => row.GetString(column),
        _ => (object)row.GetInt64(column),
    });
}
