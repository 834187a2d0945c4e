using System.Globalization;
using Mdm.Client;
using Mdm.Gsi;
using Mdm.Gsi.Client;
using Mdm.Gsi.Trust;
using Mdm.Srm.Messages;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.EndToEnd.Tests;

/// <summary>A user at a host: our own SRM client for the requests, a bare HTTP client for the TURLs, so that nothing of ours hides what the host sends.</summary>
internal sealed class GridUser : IDisposable
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CallLimit = TimeSpan.FromSeconds(60);
    private readonly HostProcess _host;
    private readonly GridCredential _credential;
    private readonly TrustStore _trust;
    private readonly GridTlsClient _tls;
    private readonly HttpClient _http;

    public GridUser(HostProcess host, string? proxy = null)
    {
        _host = host;
        proxy ??= host.Grid.PhysicianProxy;
        Files = GridFiles.Open(
            new GridEnvironment { CertificateFile = proxy, KeyFile = proxy, TrustDirectory = host.Grid.CertificateDirectory, Searched = string.Empty },
            new SrmClientOptions { CallTimeout = CallLimit, LongestPause = TimeSpan.FromSeconds(1) });
        _credential = GridCredential.Load(proxy, proxy);
        _trust = new TrustStore(new TrustOptions { CertificateDirectory = host.Grid.CertificateDirectory, ReloadInterval = TimeSpan.Zero }, NullLogger<TrustStore>.Instance);
        _tls = new GridTlsClient(_trust);
        _http = new HttpClient(GridHttp.CreateHandler(_tls, _credential)) { Timeout = CallLimit };
    }

    public GridFiles Files { get; }

    public SrmClient Srm => Files.At(Surl("/"));

    public Surl Surl(string path) => Client.Surl.Parse(_host.Surl(path));

    /// <summary>Every file below a directory.</summary>
    public async Task<List<GridEntry>> FilesBelowAsync(string directory)
    {
        var files = new List<GridEntry>();
        await foreach (var entry in Files.WalkAsync(Surl(directory), CancellationToken.None))
        {
            if (entry.Type == FileType.File)
                files.Add(entry);
        }
        return files;
    }

    /// <summary>The files of the publication's only series, by name.</summary>
    public async Task<List<Surl>> SeriesAsync(string root) =>
        [.. (await FilesBelowAsync(root)).Select(entry => entry.Surl).OrderBy(surl => surl.Name.Length).ThenBy(surl => surl.Name, StringComparer.Ordinal)];

    public Task<PrepareToGetResponse> AskAsync(IReadOnlyList<Surl> files, int pinSeconds = 60) =>
        Srm.PrepareToGetAsync(files, ["https"], TimeSpan.FromSeconds(pinSeconds), TimeSpan.FromMinutes(2), CancellationToken.None);

    /// <summary>Asks and polls until nothing is pending.</summary>
    public async Task<Answer> GetAsync(IReadOnlyList<Surl> files, TimeSpan limit, int pinSeconds = 60)
    {
        var answer = await AskAsync(files, pinSeconds);
        return answer.ReturnStatus.StatusCode is StatusCode.RequestQueued or StatusCode.RequestInProgress
            ? await EndAsync(answer.RequestToken!, limit)
            : new Answer(answer.RequestToken, answer.ReturnStatus, answer.FileStatuses ?? []);
    }

    /// <summary>Polls a request until nothing of it is pending.</summary>
    public async Task<Answer> EndAsync(string token, TimeSpan limit)
    {
        Answer? answer = null;
        await Here.UntilAsync(async () => (answer = await StatusAsync(token)).Files.All(file => !IsPending(file.Status.StatusCode)), limit, "the request ends");
        return answer!;
    }

    public async Task<Answer> StatusAsync(string token)
    {
        var status = await Srm.StatusOfGetAsync(token, CancellationToken.None);
        return new Answer(token, status.ReturnStatus, status.FileStatuses ?? []);
    }

    /// <summary>Asks again until the files are there, as a user's retries would; each answer meanwhile must be clear.</summary>
    public async Task<Answer> GetInTheEndAsync(IReadOnlyList<Surl> files, TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        while (true)
        {
            var answer = await GetAsync(files, limit);
            if (answer.IsGood)
                return answer;
            timeout.IsCancellationRequested.Should().BeFalse("the files can be had again within {0}, not {1}; the host printed {2}", limit, answer, _host.Process.Output);
            await Task.Delay(AskAgain, CancellationToken.None);
        }
    }

    /// <summary>Reads all that a TURL sends.</summary>
    /// <exception cref="HttpRequestException">It was refused, or broke off.</exception>
    public async Task<Delivered> ReadAsync(string turl)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, turl);
        request.Headers.TryAddWithoutValidation("Want-Digest", "adler32");
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"HTTP {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}", null, response.StatusCode);
        var bytes = await response.Content.ReadAsByteArrayAsync();
        var digest = response.Headers.TryGetValues("Digest", out var values) ? values.First() : null;
        return new Delivered(bytes, response.Content.Headers.ContentLength, digest, Adler32(bytes));
    }

    /// <summary>What a TURL sends, from the first byte on.</summary>
    public async Task<Stream> OpenAsync(string turl)
    {
        var response = await _http.GetAsync(new Uri(turl), HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStreamAsync();
    }

    public void Dispose()
    {
        _http.Dispose();
        _tls.Dispose();
        _trust.Dispose();
        _credential.Dispose();
        Files.Dispose();
    }

    public static bool IsPending(StatusCode code) => code is StatusCode.RequestQueued or StatusCode.RequestInProgress;

    /// <summary>RFC 1950, written plainly.</summary>
    public static string Adler32(ReadOnlySpan<byte> bytes)
    {
        ulong a = 1, b = 0;
        // The second sum of so many bytes has room in 64 bits.
        const int before = 1 << 20;
        for (var at = 0; at < bytes.Length; at += before)
        {
            foreach (var value in bytes[at..Math.Min(at + before, bytes.Length)])
                b += a += value;
            (a, b) = (a % 65521, b % 65521);
        }
        return ((b << 16) | a).ToString("x8", CultureInfo.InvariantCulture);
    }
}

/// <summary>How a request stands.</summary>
internal sealed record Answer(string? Token, ReturnStatus Status, IReadOnlyList<GetRequestFileStatus> Files)
{
    public bool IsGood => Files.Count > 0 && Files.All(file => file.Status.StatusCode == StatusCode.FilePinned);

    public override string ToString() =>
        $"{Status.StatusCode} {Status.Explanation}: {string.Join("; ", Files.Select(file => $"{file.Status.StatusCode} {file.Status.Explanation}").Distinct())}";
}

/// <summary>A byte stream that came to its end.</summary>
internal sealed record Delivered(byte[] Bytes, long? Announced, string? Digest, string Adler32);
