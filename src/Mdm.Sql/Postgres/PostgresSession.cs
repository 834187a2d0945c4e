using System.Data;
using System.Data.Common;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Mdm.Sql.Postgres;

/// <summary>A connection to a namespace of a PostgreSQL database.</summary>
/// <param name="connection">Open; the session's own from now on.</param>
/// <param name="source">Where it came from, and where another to the same server comes from.</param>
/// <param name="space">The namespace, which may not be there yet.</param>
/// <param name="writeLock">The number of the lock that a writer to this namespace holds.</param>
internal sealed class PostgresSession(NpgsqlConnection connection, NpgsqlDataSource source, string space, long writeLock) : SqlSession
{
    private const string LockSql = "SELECT pg_advisory_xact_lock($1)";
    private const string Saved = "one";

    /// <summary>Between the first two requests to end a statement; twice as long before each further one.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    private readonly StatementCache<NpgsqlCommand> _commands = new(sql =>
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant, or built of the program's own names; the cache's limit catches who mistakes one for the other.
        command.CommandText = PostgresText.Of(sql);
#pragma warning restore CA2100
        return command;
    });
    private NpgsqlTransaction? _transaction;

    public override SqlDialect Dialect => SqlDialect.Postgres;

    internal override bool IsSound => base.IsSound && connection.State == ConnectionState.Open;

    internal override bool InTransaction => _transaction is not null && IsSound;

    public override void Dispose()
    {
        _commands.Dispose();
        connection.Dispose();
    }

    internal override bool HasTable(string? name) =>
        Scalar<long>("SELECT count(*) FROM pg_tables WHERE schemaname = $1 AND (CAST($2 AS text) IS NULL OR tablename = $2)", space, name) > 0;

    // Sent along with the first statement.
    private protected override void BeginReadCore() => _transaction = connection.BeginTransaction(IsolationLevel.RepeatableRead);

    // One writer at a time in all processes: nothing to retry, and each statement sees all that was committed before the lock was given.
    private protected override void BeginWriteCore()
    {
        _transaction = connection.BeginTransaction(IsolationLevel.ReadCommitted);
        Bind(LockSql, isBuilt: false, [writeLock]).ExecuteNonQuery();
    }

    private protected override void BeginMigrationCore()
    {
        _transaction = connection.BeginTransaction(IsolationLevel.ReadCommitted);
        RunScript("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '15min'");
        using (var wait = connection.CreateCommand())
        {
            wait.CommandText = LockSql;
            wait.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Bigint, Value = writeLock });
            wait.CommandTimeout = 0;
            wait.ExecuteNonQuery();
        }
        // Asked first, since IF NOT EXISTS wants the right to create even where there is nothing to create.
        if (Scalar<long>("SELECT count(*) FROM pg_namespace WHERE nspname = $1", space) == 0)
            RunScript($"CREATE SCHEMA \"{space}\"");
    }

    private protected override void CommitCore() => End().Commit();

    private protected override void RollBackCore() => End().Rollback();

    // Sent along with the next statement. It is never released: a transaction has few of them, and its end releases all.
    private protected override void SaveCore() => _transaction!.Save(Saved);

    private protected override void ReleaseCore()
    {
    }

    // A held transaction may have any number of them, and each costs the server memory until it is released.
    private protected override void ReleaseAtOnceCore() => _transaction!.Release(Saved);

    private protected override void AllowIdleCore(TimeSpan time) =>
        RunScript($"SET LOCAL idle_in_transaction_session_timeout = {((long)time.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)}");

    private protected override void RollBackToSavedCore() => _transaction!.Rollback(Saved);

    private protected override void RunScript(string script)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // A migration or a setting: a constant of the program.
        command.CommandText = PostgresText.Of(script);
#pragma warning restore CA2100
        // A migration of many rows takes its time.
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }

    // By a connection of its own to the server, so not on the thread of whoever cancels.
    private protected override void StopRunning(DbCommand command) =>
        ThreadPool.UnsafeQueueUserWorkItem(static stopped => _ = stopped.Session.StopAsync(stopped.Command), (Session: this, Command: command), preferLocal: false);

    // A request that reaches the server before the statement ends nothing: so it is made again until the statement has ended. After the first, in words: the driver may not send its own twice for one statement.
    private async Task StopAsync(DbCommand command)
    {
        for (var pause = FirstPause; IsRunning(command); pause += pause)
        {
#pragma warning disable CA1031 // Nobody waits for it: whatever it throws would be lost. The driver throws a NullReferenceException, too, where its connection is being closed.
            try
            {
                if (pause == FirstPause)
                    command.Cancel();
                else
                    await AskServerAsync().ConfigureAwait(false);
            }
            catch (Exception)
            {
                // It ended by itself, or the server is gone and the reading ends by that.
            }
#pragma warning restore CA1031
            await Task.Delay(pause, TimeProvider.System).ConfigureAwait(false);
        }
    }

    private async Task AskServerAsync()
    {
        var other = source.CreateConnection();
        await using (other.ConfigureAwait(false))
        {
            await other.OpenAsync().ConfigureAwait(false);
            using var ask = other.CreateCommand();
            ask.CommandText = "SELECT pg_cancel_backend($1)";
            ask.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Integer, Value = connection.ProcessID });
            await ask.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
    }

    private protected override DbCommand Bind(string sql, bool isBuilt, ReadOnlySpan<object?> values)
    {
        var command = _commands.Get(sql, isBuilt);
        var isChanged = SetValues(command.Parameters, values);
        if (isChanged && command.IsPrepared)
            command.Unprepare();
        if (!command.IsPrepared)
            command.Prepare();
        return command;
    }

    private protected override SqlStoreException Translate(DbException e) => PostgresErrors.Translate((NpgsqlException)e);

    // A null says nothing of its type: the server infers it, until a value says it.
    private static bool SetValues(NpgsqlParameterCollection parameters, ReadOnlySpan<object?> values)
    {
        var isChanged = false;
        for (var i = 0; i < values.Length; i++)
        {
            if (i == parameters.Count)
                parameters.Add(new NpgsqlParameter());
            var parameter = parameters[i];
            var value = Plain(values[i]);
            if (value is null)
            {
                parameter.Value = DBNull.Value;
                continue;
            }
            var type = value switch { long => NpgsqlDbType.Bigint, string => NpgsqlDbType.Text, byte[] => NpgsqlDbType.Bytea, _ => NpgsqlDbType.Double };
            if (parameter.NpgsqlDbType != type)
            {
                parameter.NpgsqlDbType = type;
                isChanged = true;
            }
            parameter.Value = value;
        }
        return isChanged;
    }

    private NpgsqlTransaction End()
    {
        var transaction = _transaction!;
        _transaction = null;
        return transaction;
    }
}
