using System.Globalization;
using System.Text.Json;

namespace Mdm.Client;

/// <summary>Which requests an administrator wants to see; what is null does not matter.</summary>
public sealed record RequestQuery
{
    /// <summary>Whose, by subject.</summary>
    public string? Owner { get; init; }

    /// <summary>With a file in that state: queued, inProgress, ready, released, aborted, expired, failed or timedOut.</summary>
    public string? State { get; init; }

    /// <summary>True: only those that are not at their end.</summary>
    public bool OnlyOpen { get; init; }

    /// <summary>Made longer ago than that.</summary>
    public TimeSpan? OlderThan { get; init; }

    /// <summary>Made no longer ago than that.</summary>
    public TimeSpan? YoungerThan { get; init; }

    /// <summary>That one only.</summary>
    public string? Token { get; init; }

    /// <summary>At most so many, the latest.</summary>
    public int? Limit { get; init; }
}

/// <content>What a host does: requests, pins, pool, archives; what of it is called off or drained.</content>
public sealed partial class Administration
{
    /// <summary>Requests with the states that their files had: a line each, latest first.</summary>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public IAsyncEnumerable<JsonElement> RequestsAsync(RequestQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return LinesAsync<object>("admin/requests" + QueryOf(
            ("owner", query.Owner), ("state", query.State), ("open", query.OnlyOpen ? "true" : null), ("olderThan", Text(query.OlderThan)), ("youngerThan", Text(query.YoungerThan)),
            ("token", query.Token), ("limit", query.Limit?.ToString(CultureInfo.InvariantCulture))), null, "The requests were not shown", cancellationToken);
    }

    /// <summary>Calls off a request, or files of it.</summary>
    /// <param name="token">Which.</param>
    /// <param name="files">Their places in the request, from 0; all when null.</param>
    /// <param name="reason">For the request's owner.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many files were open.</returns>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public async Task<int> AbortAsync(string token, IReadOnlyList<int>? files, string reason, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(token);
        return (await OneAsync($"admin/requests/{Uri.EscapeDataString(token)}/abort", new AbortRequest(files, reason), "The request was not called off", cancellationToken).ConfigureAwait(false)).GetProperty("files").GetInt32();
    }

    /// <summary>Files that are kept for somebody: a line each, those that end first first.</summary>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public IAsyncEnumerable<JsonElement> PinsAsync(CancellationToken cancellationToken) => LinesAsync<object>("admin/pins", null, "The pins were not shown", cancellationToken);

    /// <summary>How full the pool is, and what of it is whose.</summary>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public Task<JsonElement> PoolAsync(CancellationToken cancellationToken) => OneAsync<object>("admin/pool", null, "The pool was not shown", cancellationToken);

    /// <summary>Archives with what they do and how they are: a line each.</summary>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public IAsyncEnumerable<JsonElement> ArchivesAsync(CancellationToken cancellationToken) => LinesAsync<object>("admin/archives", null, "The archives were not shown", cancellationToken);

    /// <summary>What of the host is drained.</summary>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public Task<JsonElement> DrainsAsync(CancellationToken cancellationToken) => OneAsync<object>("admin/host", null, "The host was not shown", cancellationToken);

    /// <summary>Lets nothing new begin at an archive, or at the host; what is under way ends.</summary>
    /// <param name="archive">Which; the host when null.</param>
    /// <param name="reason">For callers and other administrators.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public async Task DrainAsync(string? archive, string reason, CancellationToken cancellationToken)
    {
        using var response = await PostAsync($"{PlaceOf(archive)}/drain", new DrainRequest(reason), "Nothing was drained", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends a drain.</summary>
    /// <exception cref="SrmException">There is none; the host refused, or cannot be reached.</exception>
    public async Task UndrainAsync(string? archive, CancellationToken cancellationToken)
    {
        using var response = await PostAsync($"{PlaceOf(archive)}/undrain", new PlainOrder(), "The drain goes on", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Who used how much: a line for each name.</summary>
    /// <param name="since">From this day on (UTC); today when null.</param>
    /// <param name="until">To this day, included; today when null.</param>
    /// <param name="by">vo, user, archive or day.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public IAsyncEnumerable<JsonElement> UsageAsync(DateOnly? since, DateOnly? until, string by, CancellationToken cancellationToken) =>
        LinesAsync<object>("admin/usage" + QueryOf(("since", Text(since)), ("until", Text(until)), ("by", by)), null, "The usage was not shown", cancellationToken);

    private static string? Text(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>Lets the host read its configuration anew: what changed, and what holds only after a restart.</summary>
    /// <exception cref="SrmException">It has faults, which are told, and everything is as it was; the host refused, or cannot be reached.</exception>
    public Task<JsonElement> ReloadAsync(CancellationToken cancellationToken) => OneAsync("admin/reload", new PlainOrder(), "The configuration was not read anew", cancellationToken);

    /// <summary>How each publication stands: an array.</summary>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public Task<JsonElement> PublicationsAsync(CancellationToken cancellationToken) => OneAsync<object>("admin/publications", null, "The publications were not shown", cancellationToken);

    private static string PlaceOf(string? archive) => archive is null ? "admin/host" : $"admin/archives/{Uri.EscapeDataString(archive)}";

    private static string? Text(TimeSpan? time) => time?.ToString("c", CultureInfo.InvariantCulture);

    private static string QueryOf(params ReadOnlySpan<(string Name, string? Value)> parts)
    {
        var query = new System.Text.StringBuilder();
        foreach (var (name, value) in parts)
        {
            if (value is not null)
                query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
        return query.ToString();
    }

    private sealed record AbortRequest(IReadOnlyList<int>? Files, string Reason);

    private sealed record DrainRequest(string Reason);
}
