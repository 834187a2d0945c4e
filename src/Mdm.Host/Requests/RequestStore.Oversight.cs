namespace Mdm.Host.Requests;

/// <content>What administrators look for.</content>
internal sealed partial class RequestStore
{
    /// <summary>The requests that a filter means, as far as requests themselves tell, latest first.</summary>
    public Task<List<(string Token, DateTimeOffset? Ended)>> TokensAsync(RequestFilter filter, CancellationToken cancellationToken) => ReadAsync(session => session.Query(
        """
        SELECT token, ended FROM request
        WHERE (CAST($1 AS TEXT) IS NULL OR subject = $1) AND (CAST($2 AS TEXT) IS NULL OR token = $2)
          AND ($3 = 0 OR ended IS NULL) AND created < $4 AND created >= $5
        ORDER BY created DESC, token LIMIT $6
        """,
        static row => (row.GetString(0), Time(row, 1)),
        filter.Owner?.ToString(), filter.Token, filter.OnlyOpen ? 1 : 0, Ms(filter.Before) ?? long.MaxValue, Ms(filter.Since) ?? 0, RequestFilter.MaxRequests), cancellationToken);
}
