using System.Text.Json;
using Mdm.Abstractions;
using Mdm.Sql;

namespace Mdm.Plugins.Lfc;

/// <summary>The reading statements, each a constant.</summary>
internal static class EntryQueries
{
    // The names go in as one JSON array, so that a path is one statement however deep. CROSS JOIN fixes SQLite's order: one index look-up a name.
    private const string WalkSql = $"""
        WITH RECURSIVE walk (depth, entry, kind) AS (
            SELECT 0, entry, kind FROM entries WHERE id = $2
            UNION ALL
            SELECT walk.depth + 1, e.entry, e.kind
            FROM walk CROSS JOIN entries AS e
            WHERE walk.kind = 0 AND e.parent = walk.entry AND e.name = $1 ->> walk.depth)
        SELECT {EntryRow.Columns} FROM walk CROSS JOIN entries AS e WHERE e.entry = walk.entry ORDER BY walk.depth
        """;

    // PostgreSQL has the operator for JSON only, SQLite for text that is JSON.
    private static readonly string WalkOnPostgresSql = WalkSql.Replace("$1", "CAST($1 AS jsonb)", StringComparison.Ordinal);

    private const string PathSql = """
        WITH RECURSIVE up (depth, parent, name) AS (
            SELECT 0, parent, name FROM entries WHERE entry = $1
            UNION ALL
            SELECT up.depth + 1, e.parent, e.name FROM up CROSS JOIN entries AS e WHERE e.entry = up.parent)
        SELECT name FROM up WHERE parent IS NOT NULL ORDER BY depth DESC
        """;

    /// <summary>The rows from the root towards the path, as far as they exist.</summary>
    public static List<EntryRow> Walk(SqlSession session, StoragePath path) =>
        session.Query(session.Dialect == SqlDialect.Postgres ? WalkOnPostgresSql : WalkSql, EntryRow.Read, JsonSerializer.Serialize(path.Names.ToArray()), default(FileId).ToBytes());

    public static EntryRow? Find(SqlSession session, FileId id) =>
        session.First($"SELECT {EntryRow.Columns} FROM entries AS e WHERE e.id = $1", EntryRow.Read, id.ToBytes());

    public static EntryRow? Child(SqlSession session, long directory, string name) =>
        session.First($"SELECT {EntryRow.Columns} FROM entries AS e WHERE e.parent = $1 AND e.name = $2", EntryRow.Read, directory, name);

    public static List<EntryRow> Children(SqlSession session, long directory, string? after, int skip, int limit) =>
        session.Query($"SELECT {EntryRow.Columns} FROM entries AS e WHERE e.parent = $1 AND e.name > $2 ORDER BY e.name LIMIT $3 OFFSET $4",
            EntryRow.Read, directory, after ?? string.Empty, limit, skip);

    public static bool HasChildren(SqlSession session, long directory) =>
        session.Scalar<long>("SELECT CASE WHEN EXISTS (SELECT 1 FROM entries WHERE parent = $1) THEN 1 ELSE 0 END", directory) != 0;

    public static StoragePath PathOf(SqlSession session, EntryRow row) =>
        row.Parent is null ? StoragePath.Root : StoragePath.Parse("/" + string.Join('/', session.Query(PathSql, static name => name.GetString(0), row.Entry)));

    /// <summary>The directory at that path.</summary>
    /// <exception cref="MdmException">NotFound or NotADirectory.</exception>
    public static EntryRow Directory(SqlSession session, StoragePath path)
    {
        var walk = Walk(session, path);
        var last = walk[^1];
        if (!last.IsDirectory)
            throw new MdmException(MdmErrorKind.NotADirectory, $"'{path}' is not, or does not lead through, directories only.");
        return walk.Count == path.Names.Length + 1 ? last : throw new MdmException(MdmErrorKind.NotFound, $"There is no directory '{path}'.");
    }
}
