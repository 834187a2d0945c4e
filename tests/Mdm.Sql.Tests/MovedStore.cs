using System.Collections.Immutable;
using System.Globalization;

namespace Mdm.Sql.Tests;

/// <summary>A store of any kind, in each version that it ever had and with rows in all of its tables, is moved from a file to a server and back. For the tests of whoever has a store: linked into their projects.</summary>
internal static class MovedStore
{
    private const int Rows = 3;

    /// <summary>Above what migrations give rows of their own.</summary>
    private const int FirstRow = 1001;

    /// <param name="schema">Of the store.</param>
    /// <param name="folder">Where files may be made.</param>
    /// <param name="server">A namespace on a server that is not there yet.</param>
    public static async Task MovesBothWaysAsync(SqlSchema schema, string folder, Func<string> server)
    {
        var current = (await FillAsync(At($"sqlite:{schema.Name}-current.db"), schema)).Keys;
        for (var version = 1; version <= schema.Version; version++)
        {
            var old = schema with { Migrations = schema.Migrations.Take(version).ToImmutableArray() };
            var (file, there, back) = (At($"sqlite:{schema.Name}-{version}.db"), At(server()), At($"sqlite:{schema.Name}-{version}-back.db"));
            var tables = await FillAsync(file, old);
            var before = await ReadAsync(file, old, tables);

            var copied = StoreCopy.Run(file, there, _ => { }, default);
            StoreCopy.Run(there, back, _ => { }, default).Should().BeEquivalentTo(copied, "{0} goes back as it came", schema.Name);

            copied.Select(table => table.Name).Should().BeEquivalentTo(tables.Keys);
            copied.Sum(table => table.Rows).Should().Be(before.Count).And.BeGreaterThanOrEqualTo(tables.Count * Rows);
            (await ReadAsync(there, old, tables)).Should().Equal(before, "each row of version {0} of {1} is on the server", version, schema.Name);
            (await ReadAsync(back, old, tables)).Should().Equal(before, "each row of version {0} of {1} is back", version, schema.Name);
            // Whoever it belongs to brings it up to date where it is now.
            foreach (var copy in (SqlStoreAddress[])[there, back])
            {
                await using var store = SqlStore.Open(copy, schema, Options);
                // A later version may have moved them into tables of other names.
                (await store.ReadAsync(s => current.Sum(table => s.Scalar<long>(new BuiltSql($"SELECT count(*) FROM \"{table}\""))), default)).Should().BeGreaterThanOrEqualTo(before.Count, "of version {0} of {1}", version, schema.Name);
            }
        }
        await WithoutTextsAsync(At($"sqlite:{schema.Name}-{schema.Version}.db"), At(server()));

        // As versions left it that did not keep the texts of their migrations.
        async Task WithoutTextsAsync(SqlStoreAddress file, SqlStoreAddress to)
        {
            await using (var store = SqlStore.Open(file, schema, Options))
                await store.WriteAsync(s => s.Execute(new BuiltSql("DROP TABLE mdm_migration")), default);
            FluentActions.Invoking(() => StoreCopy.Run(file, to, _ => { }, default)).Should().Throw<SqlStoreException>().WithMessage("*older version: start the program that it belongs to once in this version, then migrate*");
            await using (SqlStore.Open(file, schema, Options))
            {
                // That was the start.
            }
            StoreCopy.Run(file, to, _ => { }, default).Should().NotBeEmpty();
        }

        SqlStoreAddress At(string store) => SqlStoreAddress.Parse(store, folder);
    }

    private static SqlStoreOptions Options { get; } = new("tests");

    /// <summary>Rows in all tables, by the types of their columns alone: what refers to a row of another table has the value that is there.</summary>
    /// <returns>The columns of each table.</returns>
    private static async Task<Dictionary<string, List<string>>> FillAsync(SqlStoreAddress file, SqlSchema schema)
    {
        await using var store = SqlStore.Open(file, schema, Options);
        return await store.WriteAsync(s =>
        {
            s.Execute(new BuiltSql("PRAGMA defer_foreign_keys = ON"));
            var tables = s.Query("SELECT m.name, c.name, c.type FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND m.name NOT LIKE 'mdm!_%' ESCAPE '!' ORDER BY 1, 2",
                static row => (Table: row.GetString(0), Column: row.GetString(1), Type: row.GetString(2))).GroupBy(column => column.Table).ToList();
            foreach (var table in tables)
            {
                var names = string.Join(", ", table.Select(column => $"\"{column.Column}\""));
                var insert = new BuiltSql($"INSERT INTO \"{table.Key}\" ({names}) VALUES ({string.Join(", ", table.Select((_, at) => string.Create(CultureInfo.InvariantCulture, $"${at + 1}")))})");
                for (var row = FirstRow; row < FirstRow + Rows; row++)
                    s.Execute(insert, [.. table.Select(column => Value(column.Type, row))]);
            }
            return tables.ToDictionary(table => table.Key, table => table.Select(column => column.Column).ToList());
        }, default);
    }

    private static object Value(string type, int row) => type.ToUpperInvariant() switch
    {
        "INTEGER" => (long)row,
        "REAL" => row / 3.0,
        "BLOB" => Enumerable.Range(row, 16).Select(value => (byte)value).ToArray(),
        "TEXT" => string.Create(CultureInfo.InvariantCulture, $"ä '{row}' \"line\"\n"),
        _ => throw new InvalidOperationException($"a column of the type {type}"),
    };

    private static async Task<List<string>> ReadAsync(SqlStoreAddress address, SqlSchema schema, Dictionary<string, List<string>> tables)
    {
        await using var store = SqlStore.Open(address, schema, Options);
        var rows = new List<string>();
        foreach (var (table, columns) in tables)
        {
            var sql = new BuiltSql($"SELECT {string.Join(", ", columns.Select(name => $"\"{name}\""))} FROM \"{table}\"");
            rows.AddRange(await store.ReadAsync(s => s.Query(sql, row => $"{table}: " + string.Join('|', columns.Select((_, at) => row.IsDBNull(at) ? "null"
                : row.GetValue(at) is byte[] bytes ? Convert.ToHexString(bytes) : FormattableString.Invariant($"{row.GetValue(at)}")))), default));
        }
        return [.. rows.Order(StringComparer.Ordinal)];
    }
}
