using System.Data.Common;
using Mdm.Host.Configuration;
using Mdm.Sql;

namespace Mdm.Host.Uploads;

/// <summary>Room as it stands.</summary>
/// <param name="Token">Its name.</param>
/// <param name="Area">The area that it was carved out of; null for one that is configured.</param>
/// <param name="Owner">Who reserved it; null for one that is configured.</param>
/// <param name="Description">How its owner finds it.</param>
/// <param name="Total">Bytes.</param>
/// <param name="Used">Of these taken, by files, puts and what was carved out.</param>
/// <param name="CreatedAt">Since when it is.</param>
/// <param name="ExpiresAt">When it ends; null for never.</param>
internal sealed record Space(string Token, string? Area, DistinguishedName? Owner, string? Description, long Total, long Used, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt);

/// <summary>Areas and what is carved out of them. What is taken is taken in one statement that asks for the room, so that no two can have the same.</summary>
internal sealed class SpaceStore(SqlStore store)
{
    /// <summary>Most spaces that one look-up by description gives.</summary>
    public const int MaxFound = 1_000;

    private const string What = "The book of puts";

    private const string Columns = "token, area, subject, description, total, used, created, expires";

    /// <summary>Takes room.</summary>
    /// <exception cref="MdmException">NoSpace, saying how much there is.</exception>
    public static void Take(SqlSession session, string token, long bytes)
    {
        if (bytes <= 0 || session.Execute("UPDATE space SET used = used + $2 WHERE token = $1 AND used + $2 <= total", token, bytes) == 1)
            return;
        var there = session.First($"SELECT {Columns} FROM space WHERE token = $1", Read, token);
        throw new MdmException(MdmErrorKind.NoSpace, there is null
            ? "The space that was to be used is gone; put the file anew, into another."
            : $"Space {token} has {Math.Max(0, there.Total - there.Used)} of {there.Total} bytes left, and {bytes} are needed. Remove something, or ask its administrator for more.");
    }

    /// <summary>Gives room back; takes it where the number is negative, whether or not it is there: what came has come.</summary>
    public static void Give(SqlSession session, string token, long bytes) => session.Execute("UPDATE space SET used = CASE WHEN used < $2 THEN 0 ELSE used - $2 END WHERE token = $1", token, bytes);

    /// <summary>Brings the configured areas to what the configuration says; what is in them stays.</summary>
    public Task DeclareAsync(IReadOnlyDictionary<string, AreaOptions> areas, DateTimeOffset now) => WriteAsync(session =>
    {
        foreach (var (name, options) in areas)
        {
            session.Execute("INSERT INTO space (token, description, total, used, created) VALUES ($1, $1, $2, 0, $3) ON CONFLICT (token) DO UPDATE SET total = excluded.total",
                name, options.Quota.Bytes, now.ToUnixTimeMilliseconds());
        }
        return true;
    });

    /// <summary>Spaces by their names; null for those that are not there.</summary>
    public Task<List<Space?>> FindAsync(IReadOnlyList<string> tokens, CancellationToken cancellationToken) => ReadAsync(session =>
        tokens.Select(token => session.First($"SELECT {Columns} FROM space WHERE token = $1", Read, token)).ToList(), cancellationToken);

    /// <summary>The configured areas, and what this caller reserved; at most <see cref="MaxFound"/>.</summary>
    public Task<List<Space>> VisibleAsync(DistinguishedName caller, CancellationToken cancellationToken) => ReadAsync(session =>
        session.Query($"SELECT {Columns} FROM space WHERE area IS NULL OR subject = $1 ORDER BY created, token LIMIT $2", Read, caller.ToString(), MaxFound), cancellationToken);

    /// <summary>Carves a space out of an area: as much as is wanted, or as is left when that is enough.</summary>
    /// <param name="space">With the total that is wanted; its name is new.</param>
    /// <param name="least">Less than this is refused.</param>
    /// <returns>The space as it was granted.</returns>
    /// <exception cref="MdmException">NoSpace.</exception>
    public Task<Space> CarveAsync(Space space, long least) => WriteAsync(session =>
    {
        var area = session.First($"SELECT {Columns} FROM space WHERE token = $1", Read, space.Area!);
        var left = area is null ? 0 : Math.Max(0, area.Total - area.Used);
        var granted = space with { Total = Math.Min(space.Total, Math.Max(left, least)) };
        Take(session, space.Area!, granted.Total);
        session.Execute($"INSERT INTO space ({Columns}) VALUES ($1, $2, $3, $4, $5, 0, $6, $7)",
            granted.Token, granted.Area, granted.Owner!.ToString(), granted.Description, granted.Total, UploadStore.Ms(granted.CreatedAt), UploadStore.Ms(granted.ExpiresAt));
        return granted;
    });

    /// <summary>Files in a space.</summary>
    public Task<List<FileId>> FilesAsync(string token, int limit, CancellationToken cancellationToken) => ReadAsync(session =>
        session.Query("SELECT file FROM stored WHERE space = $1 AND leaving IS NULL ORDER BY file LIMIT $2", static row => new FileId(row.GetFieldValue<byte[]>(0)), token, limit), cancellationToken);

    /// <summary>Gives a carved space back to its area; files and puts that are in it take their room from the area then.</summary>
    /// <returns>False when it was not there.</returns>
    public Task<bool> DissolveAsync(string token) => WriteAsync(session =>
    {
        if (session.First($"SELECT {Columns} FROM space WHERE token = $1 AND area IS NOT NULL", Read, token) is not { } space)
            return false;
        Give(session, space.Area!, space.Total - space.Used);
        session.Execute("UPDATE stored SET space = $2 WHERE space = $1", token, space.Area);
        session.Execute("UPDATE upload SET space = $2 WHERE space = $1", token, space.Area);
        return session.Execute("DELETE FROM space WHERE token = $1", token) == 1;
    });

    /// <summary>Carved spaces whose time is over.</summary>
    public Task<List<Space>> ExpiredAsync(DateTimeOffset now, CancellationToken cancellationToken) => ReadAsync(session =>
        session.Query($"SELECT {Columns} FROM space WHERE area IS NOT NULL AND expires <= $1 LIMIT $2", Read, now.ToUnixTimeMilliseconds(), MaxFound), cancellationToken);

    private static Space Read(DbDataReader row) => new(
        row.GetString(0), row.IsDBNull(1) ? null : row.GetString(1), row.IsDBNull(2) ? null : DistinguishedName.Parse(row.GetString(2)), row.IsDBNull(3) ? null : row.GetString(3),
        row.GetInt64(4), row.GetInt64(5), UploadStore.Time(row, 6)!.Value, UploadStore.Time(row, 7));

    private Task<T> WriteAsync<T>(Func<SqlSession, T> work) => StoreTrouble.ToldAsync(store.WriteAsync(work, CancellationToken.None), What);

    private Task<T> ReadAsync<T>(Func<SqlSession, T> work, CancellationToken cancellationToken) => StoreTrouble.ToldAsync(store.ReadAsync(work, cancellationToken), What);
}
