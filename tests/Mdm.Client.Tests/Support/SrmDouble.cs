using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Mdm.Gsi.Server;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Mdm.Client.Tests.Support;

/// <summary>A small SRM on a loopback port: a name space in memory, requests that stay pending as long as it is told, downloads that fail as they are told.</summary>
internal sealed class SrmDouble : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _scheme;
    private readonly ConcurrentDictionary<string, DoubleRequest> _requests = new();
    private int _tokens;

    private SrmDouble(WebApplication app, bool isSecure) => (_app, _scheme) = (app, isSecure ? Uri.UriSchemeHttps : Uri.UriSchemeHttp);

    /// <summary>The files by path; what is a prefix of one is a directory.</summary>
    public ConcurrentDictionary<string, DoubleFile> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Names of the operations that were asked for, in order.</summary>
    public ConcurrentQueue<SrmRequest> Calls { get; } = new();

    /// <summary>Every request for bytes: path and range.</summary>
    public ConcurrentQueue<(string Path, string? Range)> Downloads { get; } = new();

    /// <summary>More entries than that are not listed at once.</summary>
    public int MaxListing { get; set; } = int.MaxValue;

    /// <summary>How often a listing is promised before it is given.</summary>
    public int ListingRounds { get; set; }

    /// <summary>How often a get is pending before it is ready.</summary>
    public int PendingRounds { get; set; }

    /// <summary>A status that answers every call instead of what was asked for.</summary>
    public ReturnStatus? Refusal { get; set; }

    /// <summary>Lines that a publication's run reports; null refuses it.</summary>
    public IReadOnlyList<string>? PublicationLines { get; set; }

    /// <summary>The document at /.well-known/mdm; null for none.</summary>
    public string? Announcement { get; set; }

    /// <summary>Answers what is posted below /keystores, by the rest of the path; null refuses.</summary>
    public Func<string, byte[], byte[]?> Keystores { get; set; } = (_, _) => null;

    /// <summary>What srmPing tells besides.</summary>
    public IReadOnlyList<ExtraInfo> PingInfo { get; set; } = [];

    /// <summary>What is put here.</summary>
    public DoublePuts Puts { get; } = new();

    public int MostDownloadsAtOnce { get; private set; }

    public HashSet<string> Connections { get; } = [];

    public Uri Address => new(_app.Urls.Single());

    public int Port => Address.Port;

    public Surl At(string path) => Surl.Parse($"srm://localhost:{Port}{path}");

    public Uri Endpoint => new(Address, Surl.DefaultServicePath);

    private int _downloading;

    /// <param name="door">Grid TLS; null for plain HTTP.</param>
    public static async Task<SrmDouble> StartAsync(GridTlsServer? door = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AllowHostHeaderOverride = true;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = HttpProtocols.Http1;
                if (door is not null)
                    listen.UseGridTls(door);
            });
        });
        var app = builder.Build();
        var server = new SrmDouble(app, door is not null);
        app.MapPost(Surl.DefaultServicePath, server.AnswerAsync);
        app.MapGet("/transfer/{**path}", server.TransferAsync);
        app.MapPut("/transfer/{**path}", (HttpContext context, string path) => server.Puts.TakeAsync(context, "/" + path));
        app.MapPost("/admin/publications/{name}/runs", server.PublishAsync);
        app.MapPost("/keystores/{**rest}", async (HttpContext context, string rest) =>
        {
            var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            return server.Keystores(rest, body.ToArray()) is { } answer ? Results.Bytes(answer, "application/json") : Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
        });
        app.MapGet("/.well-known/mdm", () => server.Announcement is { } document ? Results.Text(document, "application/json") : Results.NotFound());
        await app.StartAsync();
        return server;
    }

    public void Add(string path, byte[] bytes) => Files[path] = new DoubleFile(bytes);

    /// <summary>Directory with many small files.</summary>
    public void AddMany(string directory, int count, int length = 100)
    {
        for (var i = 0; i < count; i++)
            Add($"{directory}/{i.ToString("d5", CultureInfo.InvariantCulture)}.dcm", [.. Enumerable.Range(i, length).Select(n => (byte)n)]);
    }

    public int CountOf<T>() => Calls.OfType<T>().Count();

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _app.StopAsync(soon.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var request = await SoapReader.ReadRequestAsync(context.Request.Body, SoapLimits.Request, context.RequestAborted);
        Calls.Enqueue(request.Message!);
        lock (Connections)
            Connections.Add(context.Connection.Id);
        context.Response.ContentType = SoapWriter.ContentType;
        await SoapWriter.WriteResponseAsync(context.Response.BodyWriter, Refusal is null ? Answer(request.Message!) : request.Operation.Answer(Refusal), context.RequestAborted);
    }

    private SrmResponse Answer(SrmRequest request)
    {
        switch (request)
        {
            case PingRequest:
                return new PingResponse { VersionInfo = "v2.2", OtherInfo = [new ExtraInfo("backend_type", "double"), .. PingInfo] };
            case LsRequest ls:
                return ListingRounds > 0 ? new LsResponse { ReturnStatus = new(StatusCode.RequestQueued), RequestToken = Remember(new DoubleRequest(ls, ListingRounds)) } : List(ls);
            case StatusOfLsRequestRequest status when _requests[status.RequestToken] is var promised:
                return --promised.Rounds > 0
                    ? new StatusOfLsRequestResponse { ReturnStatus = new(StatusCode.RequestInProgress) }
                    : new StatusOfLsRequestResponse { ReturnStatus = List((LsRequest)promised.Request).ReturnStatus, Details = List((LsRequest)promised.Request).Details };
            case PrepareToGetRequest get:
                var token = Remember(new DoubleRequest(get, PendingRounds));
                var statuses = Statuses(get.FileRequests.Select(f => f.SourceSurl), PendingRounds > 0);
                return new PrepareToGetResponse { ReturnStatus = Overall(statuses), RequestToken = token, FileStatuses = statuses };
            case StatusOfGetRequestRequest status when _requests[status.RequestToken] is var pending:
                var now = Statuses(((PrepareToGetRequest)pending.Request).FileRequests.Select(f => f.SourceSurl), --pending.Rounds > 0);
                return new StatusOfGetRequestResponse { ReturnStatus = Overall(now), FileStatuses = now };
            case PrepareToPutRequest put:
                return new PrepareToPutResponse { ReturnStatus = new(PendingRounds > 0 ? StatusCode.RequestQueued : StatusCode.Success), RequestToken = Remember(new DoubleRequest(put, PendingRounds)), FileStatuses = [PutStatus(put, PendingRounds > 0)] };
            case StatusOfPutRequestRequest status when _requests[status.RequestToken] is var put:
                var isPending = --put.Rounds > 0;
                return new StatusOfPutRequestResponse { ReturnStatus = new(isPending ? StatusCode.RequestInProgress : StatusCode.Success), FileStatuses = [PutStatus((PrepareToPutRequest)put.Request, isPending)] };
            case PutDoneRequest done:
                var kept = Puts.Arrived.TryRemove(PathOf(done.Surls[0]), out var bytes);
                if (kept)
                    Add(PathOf(done.Surls[0]), bytes!);
                return new PutDoneResponse { ReturnStatus = new(kept ? StatusCode.Success : StatusCode.Failure), FileStatuses = [new SurlReturnStatus(done.Surls[0], new(kept ? StatusCode.Success : StatusCode.InvalidPath))] };
            case BringOnlineRequest online:
                return new BringOnlineResponse { ReturnStatus = new(StatusCode.RequestQueued), RequestToken = Remember(new DoubleRequest(online, 1)) };
            case StatusOfBringOnlineRequestRequest status when _requests[status.RequestToken] is var online:
                var brought = ((BringOnlineRequest)online.Request).FileRequests.Select(f => new BringOnlineRequestFileStatus { SourceSurl = f.SourceSurl, Status = new(StatusCode.Success) });
                return new StatusOfBringOnlineRequestResponse { ReturnStatus = new(StatusCode.Success), FileStatuses = [.. brought] };
            case MkdirRequest mkdir:
                return mkdir.Operation.Answer(Exists(PathOf(mkdir.Surl)) ? new(StatusCode.DuplicationError, "It is there.") : new(StatusCode.Success));
            case RmRequest rm:
                return new RmResponse { ReturnStatus = new(StatusCode.Success), FileStatuses = [.. rm.Surls.Select(s => new SurlReturnStatus(s, Files.TryRemove(PathOf(s), out _) ? new(StatusCode.Success) : new(StatusCode.InvalidPath)))] };
            case GetPermissionRequest acl:
                return new GetPermissionResponse { ReturnStatus = new(StatusCode.Success), PermissionReturns = [new PermissionReturn { Surl = acl.Surls[0], Owner = "/CN=Owner", OwnerPermission = PermissionMode.RWX, GroupPermissions = [new GroupPermission("/vo", PermissionMode.RX)], OtherPermission = PermissionMode.None }] };
            case GetSpaceTokensRequest spaces:
                return new GetSpaceTokensResponse { ReturnStatus = new(StatusCode.Success), SpaceTokens = ["POOL"] };
            default:
                return request.Operation.Answer(new(StatusCode.Success));
        }
    }

    private PutRequestFileStatus PutStatus(PrepareToPutRequest put, bool isPending)
    {
        var surl = put.FileRequests![0].TargetSurl!;
        return isPending
            ? new() { Surl = surl, Status = new(StatusCode.RequestQueued), EstimatedWaitTime = 1 }
            : new() { Surl = surl, Status = new(StatusCode.SpaceAvailable), TransferUrl = $"{_scheme}://localhost:{Port}/transfer{PathOf(surl)}" };
    }

    private LsResponse List(LsRequest ls)
    {
        var path = PathOf(ls.Surls[0]);
        if (!Exists(path))
            return new LsResponse { ReturnStatus = new(StatusCode.Failure), Details = [new MetaDataPathDetail { Path = path, Status = new(StatusCode.InvalidPath, "There is no such file.") }] };
        var self = Describe(path);
        if (ls.NumOfLevels == 0 || self.Type == FileType.File)
            return new LsResponse { ReturnStatus = new(StatusCode.Success), Details = [self] };
        var prefix = path.TrimEnd('/') + "/";
        var names = Files.Keys.Where(k => k.StartsWith(prefix, StringComparison.Ordinal)).Select(k => prefix + k[prefix.Length..].Split('/')[0]).Distinct().Order(StringComparer.Ordinal).ToArray();
        if (ls.Count is null && names.Length > MaxListing)
            return new LsResponse { ReturnStatus = new(StatusCode.TooManyResults, $"At most {MaxListing}.") };
        var page = names.Skip(ls.Offset ?? 0).Take(ls.Count ?? int.MaxValue);
        return new LsResponse { ReturnStatus = new(StatusCode.Success), Details = [self with { SubPaths = [.. page.Select(Describe)] }] };
    }

    private MetaDataPathDetail Describe(string path) => Files.TryGetValue(path, out var file)
        ? new MetaDataPathDetail
        {
            Path = path, Type = FileType.File, Size = file.ListedLength ?? file.Bytes.Length, CheckSumType = "adler32", CheckSumValue = file.ListedAdler32, FileLocality = file.ListedAdler32 is null ? FileLocality.Nearline : FileLocality.Online, Status = new(StatusCode.Success),
            OwnerPermission = new("/CN=Owner", PermissionMode.RW), GroupPermission = new("/vo", PermissionMode.R), OtherPermission = PermissionMode.None, LastModificationTime = DateTimeOffset.UnixEpoch,
        }
        : new MetaDataPathDetail { Path = path, Type = FileType.Directory, Size = 0, Status = new(StatusCode.Success) };

    private bool Exists(string path) => Files.ContainsKey(path) || Files.Keys.Any(k => k.StartsWith(path.TrimEnd('/') + "/", StringComparison.Ordinal));

    private GetRequestFileStatus[] Statuses(IEnumerable<string> surls, bool isPending) => [.. surls.Select(surl => Status(surl, isPending))];

    private GetRequestFileStatus Status(string surl, bool isPending)
    {
        if (!Files.TryGetValue(PathOf(surl), out var file))
            return new() { SourceSurl = surl, Status = new(StatusCode.InvalidPath, "There is no such file.") };
        if (file.Refusal is not null)
            return new() { SourceSurl = surl, Status = file.Refusal };
        return isPending
            ? new() { SourceSurl = surl, Status = new(StatusCode.RequestQueued), EstimatedWaitTime = 1 }
            : new() { SourceSurl = surl, Status = new(StatusCode.FilePinned), TransferUrl = file.Turl ?? $"{_scheme}://localhost:{Port}/transfer{string.Join('/', PathOf(surl).Split('/').Select(Uri.EscapeDataString))}" };
    }

    private static ReturnStatus Overall(IReadOnlyList<GetRequestFileStatus> files) =>
        files.Any(f => f.Status.StatusCode == StatusCode.RequestQueued) ? new(StatusCode.RequestQueued)
        : files.All(f => f.Status.StatusCode == StatusCode.FilePinned) ? new(StatusCode.Success)
        : new(files.Any(f => f.Status.StatusCode == StatusCode.FilePinned) ? StatusCode.PartialSuccess : StatusCode.Failure);

    private string Remember(DoubleRequest request)
    {
        var token = Interlocked.Increment(ref _tokens).ToString(CultureInfo.InvariantCulture);
        _requests[token] = request;
        return token;
    }

    private static string PathOf(string surl) => Surl.Parse(surl).Path.ToString();

    private async Task TransferAsync(HttpContext context, string path)
    {
        Downloads.Enqueue(("/" + path, context.Request.Headers.Range));
        lock (Connections)
        {
            Connections.Add(context.Connection.Id);
            MostDownloadsAtOnce = Math.Max(MostDownloadsAtOnce, ++_downloading);
        }
        try
        {
            await Files["/" + path].SendAsync(context);
        }
        finally
        {
            lock (Connections)
                _downloading--;
        }
    }

    private async Task PublishAsync(HttpContext context)
    {
        if (PublicationLines is null)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            await context.Response.WriteAsync("You do not administer this host.");
            return;
        }
        using var body = new StreamReader(context.Request.Body);
        PublicationAsked = await body.ReadToEndAsync();
        foreach (var line in PublicationLines)
            await context.Response.WriteAsync(line + "\n");
    }

    /// <summary>The body of the last run that was asked for.</summary>
    public string? PublicationAsked { get; private set; }

    private sealed class DoubleRequest(SrmRequest request, int rounds)
    {
        public SrmRequest Request => request;

        public int Rounds { get; set; } = rounds;
    }
}
