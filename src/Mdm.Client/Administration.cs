using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Mdm.Client.Files;

namespace Mdm.Client;

/// <summary>What an administrator may tell a host, over the door or by its local socket. The host checks who asks.</summary>
public sealed partial class Administration : IDisposable
{
    /// <summary>Longest line of progress, in characters.</summary>
    private const int MaxLineLength = 64 * 1024;

    private readonly HttpClient _http;
    private readonly Uri _host;
    private readonly bool _isOwned;

    internal Administration(HttpClient http, Uri host) => (_http, _host) = (http, host);

    private Administration(HttpClient http, Uri host, bool isOwned)
        : this(http, host) => _isOwned = isOwned;

    /// <summary>Orders by the local socket of a host on this machine: no certificate is needed, only to be the service's own user, or root.</summary>
    /// <param name="path">The socket, as <c>State:AdminSocket</c> of the host's configuration says.</param>
    public static Administration AtSocket(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        // Nobody looks the name up: the socket is the host.
        return new Administration(new HttpClient(handler, disposeHandler: true) { Timeout = Timeout.InfiniteTimeSpan }, new Uri("http://localhost/"), isOwned: true);
    }

    /// <summary>Closes what it opened itself.</summary>
    public void Dispose()
    {
        if (_isOwned)
            _http.Dispose();
    }

    /// <summary>Runs a publication now; the result is the host's progress, one JSON object each, until the run is over.</summary>
    /// <param name="publication">Its name in the host's configuration.</param>
    /// <param name="study">Only that study; all when null.</param>
    /// <param name="restores">True to publish again what users removed.</param>
    /// <param name="acceptsLoss">True to un-publish what vanished from the archive, however much it is.</param>
    /// <param name="cancellationToken">Stops listening; the run goes on.</param>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public IAsyncEnumerable<JsonElement> PublishAsync(string publication, string? study, bool restores, bool acceptsLoss, CancellationToken cancellationToken) =>
        LinesAsync($"admin/publications/{Uri.EscapeDataString(publication)}/runs", new RunRequest(study, restores, acceptsLoss), $"The publication {publication} was not run", cancellationToken);

    /// <summary>Compares the keystores with the catalogue; the result is a line for each finding and one that counts them.</summary>
    /// <param name="mends">True to mend what can be mended.</param>
    /// <param name="cancellationToken">Ends the comparing.</param>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public IAsyncEnumerable<JsonElement> ReconcileKeysAsync(bool mends, CancellationToken cancellationToken) =>
        LinesAsync("admin/keys/reconciliations", new ReconcileRequest(mends), "Keys and catalogue were not compared", cancellationToken);

    /// <summary>Compares who finds rows of the metadata with the catalogue; the result is a line for each finding and one that counts them.</summary>
    /// <param name="mends">True to mend what can be mended.</param>
    /// <param name="cancellationToken">Ends the comparing.</param>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public IAsyncEnumerable<JsonElement> ReconcileMetadataAsync(bool mends, CancellationToken cancellationToken) =>
        LinesAsync("admin/metadata/reconciliations", new ReconcileRequest(mends), "Metadata and catalogue were not compared", cancellationToken);

    /// <summary>Gives a file, or all files below a directory, new keys: a new version is sealed when they are next asked for, and the old keys are destroyed.</summary>
    /// <param name="path">Absolute, in the host's name space.</param>
    /// <param name="isRecursive">True for a directory.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many files got new keys.</returns>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public async Task<int> RotateKeysAsync(string path, bool isRecursive, CancellationToken cancellationToken) =>
        (await OneAsync("admin/keys/rotations", new RotateRequest(path, isRecursive), "The keys were not rotated", cancellationToken).ConfigureAwait(false)).GetProperty("files").GetInt32();

    /// <summary>Withdraws a patient from every publication: entries, staged files, rows and keys go, and nothing of the patient is published any more.</summary>
    /// <param name="patient">The Patient ID as the archives have it.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many files went, and whether the keystores have confirmed that their keys are destroyed.</returns>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public async Task<(int Files, bool AreKeysDestroyed)> WithdrawAsync(string patient, CancellationToken cancellationToken)
    {
        var done = await OneAsync("admin/withdrawals", new WithdrawRequest(patient), "The patient was not withdrawn", cancellationToken).ConfigureAwait(false);
        return (done.GetProperty("files").GetInt32(), done.GetProperty("keysDestroyed").GetBoolean());
    }

    /// <summary>Takes a withdrawal back: the next scans publish the patient again.</summary>
    /// <exception cref="SrmException">Not withdrawn; the host refused, or cannot be reached.</exception>
    public async Task LiftWithdrawalAsync(string patient, CancellationToken cancellationToken)
    {
        using var response = await PostAsync("admin/withdrawals/lift", new WithdrawRequest(patient), "The withdrawal was not lifted", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What could not be de-identified: a line for each file.</summary>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public IAsyncEnumerable<JsonElement> QuarantineAsync(CancellationToken cancellationToken) =>
        LinesAsync<object>("admin/quarantine", null, "The quarantine was not shown", cancellationToken);

    /// <summary>Lets files of the quarantine be tried again when somebody asks for them.</summary>
    /// <param name="files">Their ids; null for all.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>How many.</returns>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public async Task<int> EndQuarantineAsync(IReadOnlyList<string>? files, CancellationToken cancellationToken) =>
        (await OneAsync("admin/quarantine/end", new QuarantineRequest(files, files is null), "The quarantine goes on", cancellationToken).ConfigureAwait(false)).GetProperty("files").GetInt32();

    private async Task<HttpResponseMessage> PostAsync<T>(string path, T? order, string failure, CancellationToken cancellationToken)
    {
        using var request = order is null
            ? new HttpRequestMessage(HttpMethod.Get, new Uri(_host, path))
            : new HttpRequestMessage(HttpMethod.Post, new Uri(_host, path)) { Content = JsonContent.Create(order, (JsonTypeInfo<T>)OrderJson.Default.GetTypeInfo(typeof(T))!) };
        var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await RefusalAsync(response, failure, cancellationToken).ConfigureAwait(false);
    }

    private async Task<JsonElement> OneAsync<T>(string path, T? order, string failure, CancellationToken cancellationToken)
    {
        using var response = await PostAsync(path, order, failure, cancellationToken).ConfigureAwait(false);
        using var body = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), Encoding.UTF8);
        var address = new Uri(_host, path);
        return Parse(await ReadLineAsync(body, address, cancellationToken).ConfigureAwait(false) ?? string.Empty, address);
    }

    private async IAsyncEnumerable<JsonElement> LinesAsync<T>(string path, T? order, string failure, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var address = new Uri(_host, path);
        using var response = await PostAsync(path, order, failure, cancellationToken).ConfigureAwait(false);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), Encoding.UTF8);
        while (await ReadLineAsync(lines, address, cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line.Length > 0)
                yield return Parse(line, address);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw SrmClient.Unreachable(request.RequestUri!, e);
        }
    }

    private static async Task<SrmException> RefusalAsync(HttpResponseMessage response, string failure, CancellationToken cancellationToken)
    {
        var reason = await Refusal.TextAsync(response, MaxLineLength, cancellationToken).ConfigureAwait(false);
        Srm.Messages.StatusCode? status = response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => Srm.Messages.StatusCode.AuthenticationFailure,
            HttpStatusCode.Forbidden => Srm.Messages.StatusCode.AuthorizationFailure,
            HttpStatusCode.NotFound => Srm.Messages.StatusCode.InvalidPath,
            HttpStatusCode.BadRequest => Srm.Messages.StatusCode.InvalidRequest,
            HttpStatusCode.Conflict or HttpStatusCode.ServiceUnavailable => Srm.Messages.StatusCode.FileBusy,
            _ => null,
        };
        return new SrmException(status, $"{failure}: {reason} (HTTP {(int)response.StatusCode}).");
    }

    private static async Task<string?> ReadLineAsync(StreamReader lines, Uri address, CancellationToken cancellationToken)
    {
        string? line;
        try
        {
            line = await lines.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw SrmClient.Unreachable(address, e);
        }
        return line is { Length: > MaxLineLength } ? throw new SrmException(null, $"{address.Authority} reports progress in a line of more than {MaxLineLength} characters.") : line;
    }

    private static JsonElement Parse(string line, Uri address)
    {
        try
        {
            return JsonElement.Parse(line);
        }
        catch (JsonException e)
        {
            throw new SrmException(null, $"{address.Authority} reports progress that is not JSON.", e);
        }
    }

    private sealed record RunRequest(string? Study, bool Restore, bool AcceptLoss);

    private sealed record ReconcileRequest(bool Mend);

    private sealed record RotateRequest(string Path, bool Recursive);

    private sealed record QuarantineRequest(IReadOnlyList<string>? Files, bool All);

    private sealed record WithdrawRequest(string Patient);

    /// <summary>An order that says nothing more than its address does.</summary>
    private sealed record PlainOrder;

    // Every order there is, as the compiler writes it: a program that was compiled ahead of time has no reflection to write others with.
    [JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
    [JsonSerializable(typeof(RunRequest))]
    [JsonSerializable(typeof(ReconcileRequest))]
    [JsonSerializable(typeof(RotateRequest))]
    [JsonSerializable(typeof(QuarantineRequest))]
    [JsonSerializable(typeof(WithdrawRequest))]
    [JsonSerializable(typeof(PlainOrder))]
    [JsonSerializable(typeof(BanRequest))]
    [JsonSerializable(typeof(LiftRequest))]
    [JsonSerializable(typeof(AbortRequest))]
    [JsonSerializable(typeof(DrainRequest))]
    private sealed partial class OrderJson : JsonSerializerContext;
}
