using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Mdm.Sql;

/// <summary>
/// One connection, lent to a piece of work. Statements are constants with the parameters <c>$1</c>, <c>$2</c>, … (a form that SQLite and PostgreSQL share);
/// each is prepared once per connection. Not to be kept after the work, nor used by two threads.
/// </summary>
public sealed class SqlSession : IDisposable
{
    /// <summary>Statements kept prepared per connection; code has a fixed number of them, so more means that somebody builds SQL from values.</summary>
    public const int MaxStatements = 256;

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    internal SqlSession(SqliteConnection connection) => _connection = connection;

    /// <summary>Runs a statement; returns how many rows it changed.</summary>
    /// <exception cref="SqlStoreException"/>
    public int Execute(string sql, params ReadOnlySpan<object?> values)
    {
        var command = Bind(sql, values);
        try
        {
            return command.ExecuteNonQuery();
        }
        catch (SqliteException e)
        {
            throw SqlErrors.Translate(e);
        }
    }

    /// <summary>Runs a query and reads all its rows. <paramref name="read"/> may run other statements, not the same one.</summary>
    /// <exception cref="SqlStoreException"/>
    public List<T> Query<T>(string sql, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        ArgumentNullException.ThrowIfNull(read);
        var command = Bind(sql, values);
        try
        {
            var rows = new List<T>();
            using var reader = command.ExecuteReader();
            while (reader.Read())
                rows.Add(read(reader));
            return rows;
        }
        catch (SqliteException e)
        {
            throw SqlErrors.Translate(e);
        }
    }

    /// <summary>The first row, or the default where there is none.</summary>
    /// <exception cref="SqlStoreException"/>
    public T? First<T>(string sql, Func<DbDataReader, T> read, params ReadOnlySpan<object?> values)
    {
        ArgumentNullException.ThrowIfNull(read);
        var command = Bind(sql, values);
        try
        {
            using var reader = command.ExecuteReader();
            return reader.Read() ? read(reader) : default;
        }
        catch (SqliteException e)
        {
            throw SqlErrors.Translate(e);
        }
    }

    /// <summary>The first column of the first row; the default where there is no row or a null.</summary>
    /// <exception cref="SqlStoreException"/>
    public T? Scalar<T>(string sql, params ReadOnlySpan<object?> values) =>
        First(sql, static row => row.IsDBNull(0) ? default : row.GetFieldValue<T>(0), values);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var command in _commands.Values)
            command.Dispose();
        _connection.Dispose();
    }

    /// <summary>Several statements without parameters, not kept: migrations and settings.</summary>
    internal void ExecuteScript(string script)
    {
        try
        {
            using var command = _connection.CreateCommand();
#pragma warning disable CA2100 // A migration or a setting: a constant of the program.
            command.CommandText = script;
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }
        catch (SqliteException e)
        {
            throw SqlErrors.Translate(e);
        }
    }

    /// <summary>True inside a transaction. SQLite itself ends one on a full disk, an I/O error or no memory.</summary>
    internal bool InTransaction => SQLitePCL.raw.sqlite3_get_autocommit(_connection.Handle) == 0;

    internal void RollBackIfOpen()
    {
        if (InTransaction)
            Execute("ROLLBACK");
    }

    private SqliteCommand Bind(string sql, ReadOnlySpan<object?> values)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            if (_commands.Count == MaxStatements)
                throw new InvalidOperationException($"More than {MaxStatements} different statements on one connection: SQL is constant, values are parameters.");
            command = _connection.CreateCommand();
#pragma warning disable CA2100 // Constant by the rule above; the limit catches who breaks it.
            command.CommandText = sql;
#pragma warning restore CA2100
            _commands.Add(sql, command);
        }
        var parameters = command.Parameters;
        for (var i = 0; i < values.Length; i++)
        {
            if (i == parameters.Count)
                parameters.Add(new SqliteParameter { ParameterName = "$" + (i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture) });
            var parameter = parameters[i];
            // The type is guessed from each new value: a column may hold NULL now and a number next time.
            parameter.ResetSqliteType();
            parameter.Value = values[i] ?? DBNull.Value;
        }
        return command;
    }
}
