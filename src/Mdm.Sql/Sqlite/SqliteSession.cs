using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Mdm.Sql.Sqlite;

/// <summary>A connection to an SQLite file.</summary>
/// <param name="connection">Open; the session's own from now on.</param>
/// <param name="keepsStatistics">True for a writer that sees to the statistics by which indices are picked.</param>
internal sealed class SqliteSession(SqliteConnection connection, bool keepsStatistics = false) : SqlSession
{
    /// <summary>So many of SQLite's instructions, a few milliseconds, pass between two questions whether a statement is still wanted.</summary>
    private const int InstructionsBetweenQuestions = 100_000;

    // At first soon, since without any SQLite takes every index for equally good; then as what was written grows.
    private const int FirstLook = 1000;
    private const int LongestPause = 1_000_000;

    // Rows of an index that are looked at: a pass over all of them would keep writers waiting.
    private const int RowsPerLook = 1000;

    private int _looked;
    private int _pause = FirstLook;

    private readonly StatementCache<SqliteCommand> _commands = new(sql =>
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant, or built of the program's own names; the cache's limit catches who mistakes one for the other.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command;
    });

    public override SqlDialect Dialect => SqlDialect.Sqlite;

    internal override bool InTransaction => SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle) == 0;

    /// <summary>Over a connection that is open; it is the session's own from now on.</summary>
    /// <param name="connection">Open.</param>
    /// <param name="keepsStatistics">True for a writer that sees to the statistics by which indices are picked.</param>
    public static SqliteSession Over(SqliteConnection connection, bool keepsStatistics)
    {
        var session = new SqliteSession(connection, keepsStatistics);
        // An interrupt has no effect on a statement that has not begun; this has.
        SQLitePCL.raw.sqlite3_progress_handler(connection.Handle, InstructionsBetweenQuestions, static asked => ((SqliteSession)asked).IsUnwanted ? 1 : 0, session);
        return session;
    }

    public override void Dispose()
    {
        _commands.Dispose();
        connection.Dispose();
    }

    internal override bool HasTable(string? name) =>
        Scalar<long>("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND ($1 IS NULL OR name = $1)", name) > 0;

    internal override bool RefreshStatistics()
    {
        if (!keepsStatistics)
            return false;
        var changes = SQLitePCL.raw.sqlite3_total_changes(connection.Handle);
        if (changes - _looked < _pause)
            return false;
        (_looked, _pause) = (changes, Math.Min(2 * _pause, LongestPause));
        ExecuteScript($"PRAGMA analysis_limit = {RowsPerLook.ToString(CultureInfo.InvariantCulture)}; ANALYZE");
        return true;
    }

    private protected override void BeginReadCore() => Run("BEGIN");

    private protected override void BeginWriteCore() => Run("BEGIN IMMEDIATE");

    private protected override void BeginMigrationCore() => Run("BEGIN IMMEDIATE");

    private protected override void CommitCore() => Run("COMMIT");

    private protected override void RollBackCore() => Run("ROLLBACK");

    private protected override void SaveCore() => Run("SAVEPOINT one");

    private protected override void ReleaseCore() => Run("RELEASE one");

    private protected override void ReleaseAtOnceCore() => Run("RELEASE one");

    // A file's locks wait for nobody's patience.
    private protected override void AllowIdleCore(TimeSpan time)
    {
    }

    private protected override void RollBackToSavedCore()
    {
        Run("ROLLBACK TO one");
        Run("RELEASE one");
    }

    private protected override void RunScript(string script)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // A migration or a setting: a constant of the program.
        command.CommandText = script;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    // The driver's own Cancel does nothing.
    private protected override void StopRunning(DbCommand command) => SQLitePCL.raw.sqlite3_interrupt(connection.Handle);

    private protected override DbCommand Bind(string sql, bool isBuilt, ReadOnlySpan<object?> values)
    {
        var command = _commands.Get(sql, isBuilt);
        var parameters = command.Parameters;
        for (var i = 0; i < values.Length; i++)
        {
            if (i == parameters.Count)
                parameters.Add(new SqliteParameter { ParameterName = "$" + (i + 1).ToString(CultureInfo.InvariantCulture) });
            var parameter = parameters[i];
            // The type is guessed from each new value: a column may hold NULL now and a number next time.
            parameter.ResetSqliteType();
            parameter.Value = Plain(values[i]) ?? DBNull.Value;
        }
        return command;
    }

    private protected override SqlStoreException Translate(DbException e) => SqliteErrors.Translate((SqliteException)e);

    private void Run(string sql) => _commands.Get(sql, isBuilt: false).ExecuteNonQuery();
}
