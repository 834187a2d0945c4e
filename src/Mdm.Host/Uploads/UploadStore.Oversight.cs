using System.Collections.Immutable;
using System.Globalization;
using Mdm.Host.Requests;
using Mdm.Sql;

namespace Mdm.Host.Uploads;

/// <content>Everybody's puts, for administrators, with the states that their files had.</content>
internal sealed partial class UploadStore
{
    /// <summary>Characters of a file's history: a client that brings its bytes over and over has not the store filled with that. What is older goes.</summary>
    private const int MaxHistory = 1000;

    /// <summary>Puts, the latest first.</summary>
    /// <param name="filter">Which; its state is that of gets and is not looked at.</param>
    /// <param name="state">Only those with a file in that state; any when null.</param>
    /// <param name="cancellationToken">Ends the asking.</param>
    public Task<List<OverseenPut>> OverseeAsync(RequestFilter filter, UploadState? state, CancellationToken cancellationToken) => ReadAsync(session => session.Query(
        """
        SELECT token, subject, description, created, deadline, overwriting, ended FROM request
        WHERE (CAST($1 AS TEXT) IS NULL OR subject = $1) AND (CAST($2 AS TEXT) IS NULL OR token = $2)
          AND ($3 = 0 OR ended IS NULL) AND created < $4 AND created >= $5
          AND ($6 = 0 OR EXISTS (SELECT 1 FROM upload WHERE upload.token = request.token AND upload.state = $6))
        ORDER BY created DESC, token LIMIT $7
        """,
        static row => (Request: ReadRequest(row), Ended: Time(row, 6)),
        filter.Owner?.ToString(), filter.Token, filter.OnlyOpen ? 1 : 0, Ms(filter.Before) ?? long.MaxValue, Ms(filter.Since) ?? 0, (int?)state ?? 0, filter.Limit)
        .ConvertAll(put => new OverseenPut(put.Request, put.Ended, [.. FilesOf(session, put.Request.Token)])), cancellationToken);

    private static List<OverseenUpload> FilesOf(SqlSession session, string token) => session.Query(
        $"SELECT {Columns}, history FROM upload WHERE token = $1 ORDER BY position", static row => new OverseenUpload(ReadRow(row), Steps(row.GetString(24))), token);

    /// <summary>Adds the step of that parameter.</summary>
    private static string Noting(int parameter) => string.Create(CultureInfo.InvariantCulture, $"history = CASE WHEN length(history) < {MaxHistory} THEN history || ${parameter} ELSE ${parameter} END");

    private static string Step(UploadState state, DateTimeOffset at) => string.Create(CultureInfo.InvariantCulture, $" {(int)state}@{Ms(at)}");

    private static ImmutableArray<UploadStep> Steps(string history) =>
    [
        .. history.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(step => step.Split('@'))
            .Select(parts => new UploadStep((UploadState)int.Parse(parts[0], CultureInfo.InvariantCulture), DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[1], CultureInfo.InvariantCulture)))),
    ];
}

/// <summary>A state that a file of a put came into, and when.</summary>
internal readonly record struct UploadStep(UploadState State, DateTimeOffset At);

/// <summary>A put as administrators see it.</summary>
internal sealed record OverseenPut(UploadRequest Request, DateTimeOffset? EndedAt, ImmutableArray<OverseenUpload> Files);

/// <summary>A file of it, with the states it had.</summary>
internal sealed record OverseenUpload(UploadRow Row, ImmutableArray<UploadStep> Steps);
