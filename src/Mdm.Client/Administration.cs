using System.Net;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Mdm.Client;

/// <summary>What an administrator may tell a host, over the door. The host checks who asks.</summary>
public sealed class Administration
{
    /// <summary>Longest line of progress, in characters.</summary>
    private const int MaxLineLength = 64 * 1024;

    private readonly HttpClient _http;
    private readonly Uri _host;

    internal Administration(HttpClient http, Uri host) => (_http, _host) = (http, host);

    /// <summary>Runs a publication now; the result is the host's progress, one JSON object each, until the run is over.</summary>
    /// <param name="publication">Its name in the host's configuration.</param>
    /// <param name="study">Only that study; all when null.</param>
    /// <param name="restores">True to publish again what users removed.</param>
    /// <param name="acceptsLoss">True to un-publish what vanished from the archive, however much it is.</param>
    /// <param name="cancellationToken">Stops listening; the run goes on.</param>
    /// <exception cref="SrmException">The host refused, or cannot be reached.</exception>
    public async IAsyncEnumerable<JsonElement> PublishAsync(string publication, string? study, bool restores, bool acceptsLoss, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var address = new Uri(_host, $"admin/publications/{Uri.EscapeDataString(publication)}/runs");
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = JsonContent.Create(new RunRequest(study, restores, acceptsLoss)) };
        using var response = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await RefusalAsync(response, publication, cancellationToken).ConfigureAwait(false);
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

    private static async Task<SrmException> RefusalAsync(HttpResponseMessage response, string publication, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var reason = text.Length is > 0 and <= MaxLineLength ? text.Trim() : response.ReasonPhrase;
        Srm.Messages.StatusCode? status = response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => Srm.Messages.StatusCode.AuthenticationFailure,
            HttpStatusCode.Forbidden => Srm.Messages.StatusCode.AuthorizationFailure,
            HttpStatusCode.NotFound => Srm.Messages.StatusCode.InvalidPath,
            HttpStatusCode.BadRequest => Srm.Messages.StatusCode.InvalidRequest,
            HttpStatusCode.Conflict or HttpStatusCode.ServiceUnavailable => Srm.Messages.StatusCode.FileBusy,
            _ => null,
        };
        return new SrmException(status, $"The publication {publication} was not run: {reason} (HTTP {(int)response.StatusCode}).");
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
}
