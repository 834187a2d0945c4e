using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Mdm.Abstractions;
using Microsoft.Extensions.Logging;

namespace Acme.Pacs;

/// <summary>
/// An archive that answers over HTTP: <c>objects</c> is its index, a JSON array; <c>objects/ID</c> one entry of it; <c>files/ID</c> the bytes. Everything is safe for concurrent use.
/// </summary>
internal sealed partial class PacsBackend : IBrowsableBackend, IProbeable
{
    /// <summary>Most connections to the archive at one time.</summary>
    private const int MaxConnections = 16;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly PacsOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly string _archive;
    private readonly HttpClient _http;
    private readonly Counter<long> _opened;

    public PacsBackend(PacsOptions options, PluginContext context)
    {
        (_options, _time, _archive) = (options, context.TimeProvider, context.InstanceName);
        _log = context.LoggerFactory.CreateLogger<PacsBackend>();
        // Shown at the host's /metrics with the instance's name.
        _opened = context.Meter.CreateCounter<long>("objects.opened", description: "Objects that were opened for reading.");
        _http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = MaxConnections, AllowAutoRedirect = false }) { BaseAddress = options.Address, Timeout = Timeout.InfiniteTimeSpan };
        if (options.TokenFile is { } file)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", File.ReadAllText(context.PathOf(file)).Trim());
    }

    public async ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        using var response = await AskAsync("objects/" + PathOf(id), cancellationToken).ConfigureAwait(false);
        if (response is null)
            return null;
        return await GuardedAsync(async () =>
        {
            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            var entry = await JsonSerializer.DeserializeAsync<IndexEntry>(body, Json, cancellationToken).ConfigureAwait(false);
            return entry?.Info;
        }, cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken)
    {
        // What the index says of the object is told with its bytes.
        var info = await FindAsync(id, cancellationToken).ConfigureAwait(false) ?? throw NotThere();
        var response = await AskAsync("files/" + PathOf(id), cancellationToken).ConfigureAwait(false) ?? throw NotThere();
        try
        {
            var body = await GuardedAsync(() => response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
            _opened.Add(1);
            return ArchiveContent.Opened(info, new ArchiveStream(response, body, info.Length));
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    public async IAsyncEnumerable<ArchiveEntry> BrowseAsync(ArchiveSelection selection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The selection is a hint; this archive cannot select, and the host does it again.
        using var response = await AskAsync("objects", cancellationToken).ConfigureAwait(false)
            ?? throw new MdmException(MdmErrorKind.Unavailable, $"Archive {_archive} has no index at 'objects'. Check its Address.");
        var body = await GuardedAsync(() => response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        // One entry at a time, as the consumer asks: an index of millions needs no memory. An array that is not closed throws, so a listing never ends normally before it is complete.
        var entries = JsonSerializer.DeserializeAsyncEnumerable<IndexEntry>(body, Json, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var _ = entries.ConfigureAwait(false);
        while (await GuardedAsync(async () => await entries.MoveNextAsync().ConfigureAwait(false), cancellationToken).ConfigureAwait(false))
            yield return entries.Current?.Entry ?? throw new MdmException(MdmErrorKind.Corrupt, $"The index of archive {_archive} has an entry that is null.");
    }

    public async ValueTask<string> ProbeAsync(CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        using var response = await AskAsync("objects", cancellationToken).ConfigureAwait(false)
            ?? throw new MdmException(MdmErrorKind.Unavailable, $"{_options.Address} answers, and has no index at 'objects'.");
        return $"{_options.Address} answered in {_time.GetElapsedTime(began).TotalMilliseconds:0} ms.";
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return default;
    }

    /// <summary>Null where the archive says that there is nothing.</summary>
    private async Task<HttpResponseMessage?> AskAsync(string path, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var response = await GuardedAsync(() => _http.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, either.Token), cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
        {
            if (response.StatusCode == HttpStatusCode.NotFound)
                return null;
            Refused(_log, path.Split('/')[0], (int)response.StatusCode);
            throw response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable
                ? new MdmException(MdmErrorKind.Busy, $"Archive {_archive} is busy.") { RetryAfter = response.Headers.RetryAfter?.Delta }
                : new MdmException(MdmErrorKind.Unavailable, $"Archive {_archive} answered with HTTP status {(int)response.StatusCode}.");
        }
    }

    /// <summary>Turns whatever HTTP and JSON throw into the contract's exception. Nothing is tried again: the host does that.</summary>
    private async Task<T> GuardedAsync<T>(Func<Task<T>> act, CancellationToken cancellationToken)
    {
        try
        {
            return await act().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MdmException(MdmErrorKind.Unavailable, $"Archive {_archive} did not answer within {_options.Timeout}.");
        }
        catch (JsonException fault)
        {
            throw new MdmException(MdmErrorKind.Corrupt, $"The index of archive {_archive} is not the JSON it should be, or not whole.", fault);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            throw new MdmException(MdmErrorKind.Unavailable, $"Archive {_archive} at {_options.Address} cannot be reached, or broke off.", fault);
        }
    }

    /// <summary>An id is a relative path of plain names; nothing else becomes part of an address.</summary>
    private static string PathOf(ArchiveObjectId id) => IdForm().IsMatch(id.Value)
        ? id.Value
        : throw new MdmException(MdmErrorKind.InvalidName, "An id of this archive is names of letters, digits, '.', '-' and '_', with slashes between them.");

    private MdmException NotThere() => new(MdmErrorKind.NotFound, $"Archive {_archive} holds no such object.");

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*\z")]
    private static partial Regex IdForm();

    // Never an id's value or an attribute's: they may say who a patient is.
    [LoggerMessage(1, LogLevel.Warning, "The archive answered a question for {What} with HTTP status {Status}")]
    private static partial void Refused(ILogger log, string what, int status);
}
