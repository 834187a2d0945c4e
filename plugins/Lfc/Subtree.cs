using System.Text;
using Mdm.Abstractions;
using Mdm.Sql;

namespace Mdm.Plugins.Lfc;

/// <summary>Whether everything below a directory still has an allowed path once the directory has another.</summary>
internal static class Subtree
{
    // Bytes and names below the directory, of directories only: few, and found in an index of their own. A child adds a slash, a name, and one to the depth.
    private const string DirectoriesSql = """
        WITH RECURSIVE below (entry, depth, bytes) AS (
            SELECT $1, 0, 0
            UNION ALL
            SELECT e.entry, below.depth + 1, below.bytes + 1 + octet_length(e.name)
            FROM below CROSS JOIN entries AS e INDEXED BY directories_by_parent WHERE e.parent = below.entry AND e.kind = 0)
        SELECT max(depth), max(bytes) FROM below
        """;

    private const string EverythingSql = """
        WITH RECURSIVE below (entry, depth, bytes) AS (
            SELECT $1, 0, 0
            UNION ALL
            SELECT e.entry, below.depth + 1, below.bytes + 1 + octet_length(e.name)
            FROM below CROSS JOIN entries AS e WHERE e.parent = below.entry)
        SELECT max(depth), max(bytes) FROM below
        """;

    public static void CheckFits(SqlSession session, EntryRow directory, StoragePath from, StoragePath to)
    {
        var bytes = Encoding.UTF8.GetByteCount(to.ToString());
        if (to.Names.Length <= from.Names.Length && bytes <= Encoding.UTF8.GetByteCount(from.ToString()))
            return;
        if (Fits(DirectoriesSql, 1, 1 + StoragePath.MaxNameBytes) || Fits(EverythingSql, 0, 0))
            return;
        throw new MdmException(MdmErrorKind.InvalidName, $"'{from}' cannot become '{to}': something below it would get a path of more than {StoragePath.MaxDepth} names or {StoragePath.MaxBytes} bytes.");

        bool Fits(string sql, int moreDepth, int moreBytes)
        {
            var (depth, below) = session.First(sql, static row => (row.GetInt64(0), row.GetInt64(1)), directory.Entry);
            return to.Names.Length + depth + moreDepth <= StoragePath.MaxDepth && bytes + below + moreBytes <= StoragePath.MaxBytes;
        }
    }
}
