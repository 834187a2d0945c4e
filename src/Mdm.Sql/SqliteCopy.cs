using Microsoft.Data.Sqlite;

namespace Mdm.Sql;

/// <summary>
/// Copies a SQLite store that another process may be using: one state of it, however much is written meanwhile. Never from the process that has the store open: SQLite's locks are its process's, and
/// a second connection that closes would take them away.
/// </summary>
public static class SqliteCopy
{
    /// <param name="file">The store's file.</param>
    /// <param name="target">A file that does not exist yet.</param>
    /// <exception cref="SqlStoreException">Neither can be used.</exception>
    public static void Make(string file, string target)
    {
        ArgumentException.ThrowIfNullOrEmpty(file);
        ArgumentException.ThrowIfNullOrEmpty(target);
        try
        {
            using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, Pooling = false, DefaultTimeout = 60 }.ToString());
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "VACUUM INTO $target";
            command.Parameters.AddWithValue("$target", target);
            command.ExecuteNonQuery();
        }
        catch (SqliteException e)
        {
            throw new SqlStoreException(SqlTrouble.Unavailable, $"{file} cannot be copied to {target}: {e.Message}", e);
        }
    }
}
