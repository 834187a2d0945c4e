using Mdm.Abstractions.Testing;
using Mdm.Host.Tests.Srm;
using Mdm.Srm.Messages;
using Microsoft.AspNetCore.Http;

namespace Mdm.Host.Tests.Uploads;

/// <summary>What a client of puts calls, and what is left where they went.</summary>
internal static class PutCalls
{
    public static byte[] Content { get; } = [.. Enumerable.Range(0, 50_000).Select(i => (byte)(i * 7))];

    public static Task<PrepareToPutResponse> Prepare(
        SrmBench bench, string path, long? length, OverwriteMode? mode = null, GridIdentity? caller = null, int? total = null, int? turl = null, int? life = null, string? space = null) =>
        bench.CallAsync<PrepareToPutResponse>(new PrepareToPutRequest
        {
            FileRequests = [new PutFileRequest(SrmBench.Surl(path), length)],
            OverwriteOption = mode,
            DesiredTotalRequestTime = total,
            DesiredPinLifeTime = turl,
            DesiredFileLifeTime = life,
            TargetSpaceToken = space,
            TransferParameters = new TransferParameters { TransferProtocols = ["gsiftp", "https", "root"] },
        }, caller);

    public static async Task<(string Token, string Turl)> Prepared(SrmBench bench, string path, long? length = null)
    {
        var prepared = await Prepare(bench, path, length);
        prepared.FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.SpaceAvailable, prepared.FileStatuses[0].Status.Explanation);
        return (prepared.RequestToken!, prepared.FileStatuses[0].TransferUrl!);
    }

    public static async Task<StatusCode> Refused(SrmBench bench, string path, GridIdentity? caller = null, long? length = null)
    {
        var prepared = await Prepare(bench, path, length, caller: caller);
        prepared.FileStatuses![0].TransferUrl.Should().BeNull();
        return prepared.FileStatuses[0].Status.StatusCode;
    }

    public static Task<HttpResponse> Put(SrmBench bench, string turl) => bench.SendAsync("PUT", turl, new MemoryStream(Content));

    public static async Task PutWhole(SrmBench bench, string path, byte[] content)
    {
        var (token, turl) = await Prepared(bench, path, content.Length);
        (await bench.SendAsync("PUT", turl, new MemoryStream(content))).StatusCode.Should().Be(201);
        (await Done(bench, token, path)).Should().Be(StatusCode.Success);
    }

    public static async Task<StatusCode> Done(SrmBench bench, string token, string path, GridIdentity? caller = null) =>
        (await bench.CallAsync<PutDoneResponse>(new PutDoneRequest { RequestToken = token, Surls = [SrmBench.Surl(path)] }, caller)).FileStatuses![0].Status.StatusCode;

    public static Task<StatusOfPutRequestResponse> StatusOf(SrmBench bench, string token) => bench.CallAsync<StatusOfPutRequestResponse>(new StatusOfPutRequestRequest { RequestToken = token });

    public static async Task<StatusCode> Status(SrmBench bench, string token) => (await StatusOf(bench, token)).FileStatuses![0].Status.StatusCode;

    public static async Task<IReadOnlyList<MetaDataPathDetail>> Ls(SrmBench bench, string path) =>
        (await bench.CallAsync<LsResponse>(new LsRequest { Surls = [SrmBench.Surl(path)], FullDetailedList = true, NumOfLevels = 0 })).Details!;

    public static async Task<long> Unused(SrmBench bench, string token = "SCRATCH") =>
        (await bench.CallAsync<GetSpaceMetaDataResponse>(new GetSpaceMetaDataRequest { SpaceTokens = [token] })).SpaceDetails![0].UnusedSize!.Value;

    public static async Task<List<long?>> Objects(SrmBench bench)
    {
        var lengths = new List<long?>();
        await foreach (var entry in bench.Files.BrowseAsync(ArchiveSelection.Everything, default))
            lengths.Add(entry.Info.Length);
        return lengths;
    }

    public static async Task NothingIsLeft(SrmBench bench)
    {
        (await Objects(bench)).Should().BeEmpty();
        (await Unused(bench)).Should().Be(SrmBench.Quota);
        (await bench.Uploads.StraysAsync(bench.Me.Id, DateTimeOffset.MaxValue, 10, default)).Should().BeEmpty();
    }

    public static async Task<byte[]> Read(SrmBench bench, CatalogEntry entry)
    {
        await using var content = await bench.Files.OpenReadAsync(entry.Source!.Object, default);
        var bytes = new MemoryStream();
        await content.Stream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    public static async Task Eventually(Func<Task<bool>> state)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await state())
            await Task.Delay(5, limit.Token);
    }
}
