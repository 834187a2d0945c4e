using System.Text;

namespace Mdm.Sql;

/// <summary>What tables a store has, as its own catalogue tells: for a copy, which does not know what they are for.</summary>
internal static class StoreTables
{
    /// <summary>The store's own tables, without those that say what it is.</summary>
    public static List<string> Names(SqlSession session) => session.Query(session.Dialect == SqlDialect.Postgres
        ? "SELECT CAST(tablename AS text) FROM pg_tables WHERE schemaname = current_schema() AND tablename NOT IN ('mdm_schema', 'mdm_migration') ORDER BY 1"
        : "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND name NOT IN ('mdm_schema', 'mdm_migration') ORDER BY name", static row => row.GetString(0))
        .Order(StringComparer.Ordinal).ToList();

    /// <summary>A table's columns by name.</summary>
    public static List<string> Columns(SqlSession session, string table) => session.Query(session.Dialect == SqlDialect.Postgres
        ? "SELECT CAST(column_name AS text) FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1"
        : "SELECT name FROM pragma_table_info($1)", static row => row.GetString(0), table).Order(StringComparer.Ordinal).ToList();

    /// <summary>Statements, in the form that both kinds share, that make a table which was made while the program ran, and its indices.</summary>
    public static List<string> Texts(SqlSession session, string table) => session.Dialect == SqlDialect.Postgres ? OnPostgres(session, table) : session.Query(
        "SELECT sql FROM sqlite_schema WHERE tbl_name = $1 AND sql IS NOT NULL ORDER BY CASE type WHEN 'table' THEN 0 ELSE 1 END, name", static row => row.GetString(0), table);

    private static List<string> OnPostgres(SqlSession session, string table)
    {
        var key = KeyOf(session, table);
        var columns = session.Query("""
            SELECT CAST(column_name AS text), CAST(data_type AS text), CAST(is_nullable AS text), CAST(column_default AS text), CAST(is_identity AS text)
            FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position
            """, static row => (Name: row.GetString(0), Type: row.GetString(1), IsNullable: row.GetString(2) == "YES", Default: row.IsDBNull(3) ? null : row.GetString(3), IsIdentity: row.GetString(4) == "YES"), table);
        var text = new StringBuilder($"CREATE TABLE {table} (");
        foreach (var column in columns)
        {
            text.Append(column == columns[0] ? "" : ", ").Append(column.Name).Append(' ').Append(TypeOf(table, column.Name, column.Type));
            if (column.IsIdentity && key is [var one] && one == column.Name)
            {
                text.Append(" PRIMARY KEY AUTOINCREMENT");
                key = [];
                continue;
            }
            text.Append(column.IsNullable ? "" : " NOT NULL");
            // What the program writes are numbers and texts; the server adds of which type they are.
            text.Append(column.Default is { } given ? " DEFAULT " + given.Split("::")[0] : "");
        }
        text.Append(key.Count > 0 ? $", PRIMARY KEY ({string.Join(", ", key)})" : "").Append(')');
        return [text.ToString(), .. Indices(session, table)];
    }

    private static string TypeOf(string table, string column, string type) => type switch
    {
        "bigint" => "INTEGER",
        "text" => "TEXT",
        "bytea" => "BLOB",
        "double precision" => "REAL",
        _ => throw new SqlStoreException(SqlTrouble.ForeignSchema, $"The column {column} of the table {table} is of the type {type}, which no store has."),
    };

    private static List<string> KeyOf(SqlSession session, string table) => session.Query("""
        SELECT CAST(a.attname AS text) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(i.indkey)
        WHERE i.indisprimary AND c.relname = $1 AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) ORDER BY array_position(CAST(i.indkey AS smallint[]), a.attnum)
        """, static row => row.GetString(0), table);

    private static IEnumerable<string> Indices(SqlSession session, string table)
    {
        var indices = session.Query("""
            SELECT CAST(x.relname AS text), i.indisunique, i.indexprs IS NOT NULL OR i.indpred IS NOT NULL,
                (SELECT string_agg(CAST(a.attname AS text), ', ' ORDER BY array_position(CAST(i.indkey AS smallint[]), a.attnum)) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY(i.indkey))
            FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
            WHERE NOT i.indisprimary AND c.relname = $1 AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) ORDER BY 1
            """, static row => (Name: row.GetString(0), IsUnique: row.GetBoolean(1), IsSpecial: row.GetBoolean(2), Columns: row.IsDBNull(3) ? "" : row.GetString(3)), table);
        foreach (var index in indices)
        {
            if (index.IsSpecial)
                throw new SqlStoreException(SqlTrouble.ForeignSchema, $"The index {index.Name} of the table {table} is over more than columns; it cannot be made elsewhere.");
            yield return $"CREATE {(index.IsUnique ? "UNIQUE " : "")}INDEX {index.Name} ON {table} ({index.Columns})";
        }
    }
}
