using Microsoft.Data.Sqlite;

namespace Mdm.Sql.Sqlite;

/// <summary>The only table from SQLite's result codes (https://sqlite.org/rescode.html) to <see cref="SqlTrouble"/>.</summary>
internal static class SqliteErrors
{
    public static SqlStoreException Translate(SqliteException e) => e.SqliteErrorCode switch
    {
        5 or 6 or 15 => new(SqlTrouble.Busy, "The store is locked by another connection; try again later.", e),
        7 or 10 or 13 or 14 => new(SqlTrouble.Unavailable, $"The store cannot read or write its file ({Reason(e)}).", e),
        8 or 23 => new(SqlTrouble.Configuration, "The store's file may not be written to.", e),
        11 or 26 => new(SqlTrouble.Corrupt, "The store's file is damaged or is not an SQLite database.", e),
        19 => new(SqlTrouble.Constraint, "A rule of the store's schema was broken.", e),
        _ => new(SqlTrouble.Configuration, $"The store refused a statement (SQLite result {e.SqliteExtendedErrorCode}).", e),
    };

    private static string Reason(SqliteException e) => e.SqliteErrorCode switch
    {
        7 => "no memory",
        13 => "disk full",
        14 => "cannot open",
        _ => $"I/O error {e.SqliteExtendedErrorCode}",
    };
}
