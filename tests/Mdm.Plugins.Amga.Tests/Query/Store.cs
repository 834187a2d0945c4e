using System.Data.Common;
using System.Globalization;
using Mdm.Plugins.Amga.Query;
using Mdm.Plugins.Amga.Tests.Query.Independent;
using Mdm.Sql;
using Mdm.TestKit;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace Mdm.Plugins.Amga.Tests.Query;

/// <summary>A world's rows in a database, asked directly: a session keeps every statement, and here each is another.</summary>
internal sealed class Store(SqlDialect dialect, DbConnection connection) : IDisposable
{
    public SqlDialect Dialect => dialect;

    public static Store OpenSqlite()
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        return new Store(SqlDialect.Sqlite, connection);
    }

    public static Store OpenPostgres(PostgresServer server)
    {
        var connection = new NpgsqlConnection(FormattableString.Invariant($"Host={server.Socket};Port={server.Port};Database={PostgresServer.Database};Username={PostgresServer.User};Pooling=false"));
        connection.Open();
        var store = new Store(SqlDialect.Postgres, connection);
        // Compiling each to machine code takes longer than a handful of rows.
        store.Execute("SET jit = off", []);
        return store;
    }

    public void Put(World world)
    {
        using var transaction = connection.BeginTransaction();
        for (var directory = 0; directory < world.Count; directory++)
        {
            var collection = world.Collections[directory];
            var columns = string.Join(", ", collection.Columns.Select(column => $"{column.Column} {Type(column.Type.Kind)}"));
            Execute($"CREATE TABLE {collection.Table} (id {(dialect == SqlDialect.Sqlite ? "INTEGER" : "bigint")} PRIMARY KEY, name {Type(AmgaKind.Text)} NOT NULL, {columns})", []);
            for (var row = 0; row < world.Tables[directory].Count; row++)
            {
                var values = world.Tables[directory][row];
                object?[] all = [(long)row, values["FILE"], .. collection.Columns.Select(column => values[column.Name])];
                var present = all.Select((value, i) => (value, i)).Where(one => one.value is not null).ToList();
                string[] names = ["id", "name", .. collection.Columns.Select(column => column.Column)];
                Execute($"INSERT INTO {collection.Table} ({string.Join(", ", present.Select(one => names[one.i]))}) VALUES ({string.Join(", ", present.Select((_, i) => FormattableString.Invariant($"${i + 1}")))})",
                    [.. present.Select(one => one.value)]);
            }
        }
        transaction.Commit();
    }

    public void Drop(World world)
    {
        foreach (var collection in world.Collections)
            Execute($"DROP TABLE {collection.Table}", []);
    }

    public int Execute(string sql, IReadOnlyList<object?> values)
    {
        using var command = Command(sql, values);
        return command.ExecuteNonQuery();
    }

    public int Execute(CompiledQuery change) => Execute(change.Sql, change.Values);

    public List<object?[]> Query(CompiledQuery query) => Query(query.Sql, query.Values);

    public List<object?[]> Query(string sql, IReadOnlyList<object?> values)
    {
        using var command = Command(sql, values);
        using var reader = command.ExecuteReader();
        var rows = new List<object?[]>();
        while (reader.Read())
        {
            var row = new object?[reader.FieldCount];
            for (var i = 0; i < row.Length; i++)
                row[i] = reader.IsDBNull(i) ? null : reader.GetValue(i) switch { int number => (long)number, var value => Values.Shown(value) };
            rows.Add(row);
        }
        return rows;
    }

    public void Dispose() => connection.Dispose();

    private string Type(AmgaKind kind) => kind switch
    {
        AmgaKind.Float => dialect == SqlDialect.Sqlite ? "REAL" : "double precision",
        AmgaKind.Text or AmgaKind.Varchar => dialect == SqlDialect.Sqlite ? "TEXT" : "text COLLATE \"C\"",
        _ => dialect == SqlDialect.Sqlite ? "INTEGER" : "bigint",
    };

    private DbCommand Command(string sql, IReadOnlyList<object?> values)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // What is tested is that text.
        command.CommandText = sql;
#pragma warning restore CA2100
        for (var i = 0; i < values.Count; i++)
        {
            command.Parameters.Add(dialect == SqlDialect.Sqlite
                ? new SqliteParameter("$" + (i + 1).ToString(CultureInfo.InvariantCulture), values[i])
                : new NpgsqlParameter { Value = values[i], NpgsqlDbType = values[i] switch { long => NpgsqlDbType.Bigint, string => NpgsqlDbType.Text, _ => NpgsqlDbType.Double } });
        }
        return command;
    }
}
