using Mdm.Abstractions.Testing;
using Mdm.Host.Configuration;
using Mdm.Host.Orders;
using Mdm.Host.Plugins;
using Mdm.Host.Tests.Doubles;
using Mdm.Host.Tests.Srm;
using Mdm.Host.Uploads;
using Mdm.Host.Usage;
using Mdm.Srm.Messages;

namespace Mdm.Host.Tests.Uploads;

public sealed class PutArchivesTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 50_000).Select(i => (byte)(i * 7))];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task An_archive_that_takes_no_more_is_left_behind_and_what_it_stores_too_late_is_erased()
    {
        await using var bench = new SrmBench(manualTime: true);
        var deaf = new DeafArchive(bench.Files);
        bench.FilesArchive = deaf;
        var (token, turl) = await PreparedAsync(bench);
        var sending = bench.SendAsync("PUT", turl, new MemoryStream(Content));
        await deaf.Stopped.WaitAsync(Patience);

        bench.Advance(bench.Options.Uploads.ArchiveWait);
        bench.Advance(LeftBehind.Grace);
        (await sending.WaitAsync(Patience)).StatusCode.Should().Be(503);

        await bench.Keeper.SweepAsync(default);
        (await StraysAsync(bench)).Should().ContainSingle("it may still be stored, and is erased when that has ended");
        deaf.GoOn();
        await deaf.Stored.WaitAsync(Patience);
        await Eventually.HoldsAsync(() =>
        {
            bench.Keeper.SweepAsync(default).GetAwaiter().GetResult();
            return StraysAsync(bench).GetAwaiter().GetResult().Count == 0;
        }, "what came too late is erased");
        (await CountAsync(bench)).Should().Be(0);

        (await bench.SendAsync("PUT", turl, new MemoryStream(Content))).StatusCode.Should().Be(201);
        (await DoneAsync(bench, token)).Should().Be(StatusCode.Success);
    }

    [Fact]
    public async Task Whoever_brings_the_bytes_slowly_is_not_the_archives_doing()
    {
        await using var bench = new SrmBench(manualTime: true);
        var (token, turl) = await PreparedAsync(bench);
        var body = new PausingBody(Content);
        var sending = bench.SendAsync("PUT", turl, body);
        await body.Paused.WaitAsync(Patience);
        bench.Advance(bench.Options.Uploads.ArchiveWait * 2);
        body.GoOn();
        (await sending.WaitAsync(Patience)).StatusCode.Should().Be(201);
        (await DoneAsync(bench, token)).Should().Be(StatusCode.Success);
    }

    [Fact]
    public async Task An_archive_that_erases_nothing_for_long_does_not_hold_up_who_calls_a_put_off()
    {
        await using var bench = new SrmBench(manualTime: true);
        var deaf = new DeafArchive(bench.Files) { IsDeafToStoring = false };
        bench.FilesArchive = deaf;
        var (token, turl) = await PreparedAsync(bench);
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content))).StatusCode.Should().Be(201);
        var calling = Task.Run(() => bench.CallAsync<AbortRequestResponse>(new AbortRequestRequest { RequestToken = token }));
        await deaf.Stopped.WaitAsync(Patience);
        bench.Advance(TimeSpan.FromSeconds(2));
        (await calling.WaitAsync(Patience)).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        (await StraysAsync(bench)).Should().ContainSingle();
        deaf.GoOn();
        await Eventually.HoldsAsync(() =>
        {
            bench.Keeper.SweepAsync(default).GetAwaiter().GetResult();
            return StraysAsync(bench).GetAwaiter().GetResult().Count == 0;
        }, "it is erased after all");
        (await CountAsync(bench)).Should().Be(0);
    }

    [Fact]
    public async Task A_drained_archive_or_host_takes_no_new_puts_and_ends_those_it_has()
    {
        await using var bench = new SrmBench();
        var (token, turl) = await PreparedAsync(bench);
        await bench.Drains.PlaceAsync(new Drain(SrmBench.FilesPublication, "new disks", "/CN=Ada", bench.Time.GetUtcNow()), default);
        var refused = await PrepareAsync(bench, "/files/b");
        refused.FileStatuses![0].TransferUrl.Should().BeNull();
        refused.FileStatuses[0].Status.Explanation.Should().Contain("new disks");
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content))).StatusCode.Should().Be(201);
        (await DoneAsync(bench, token)).Should().Be(StatusCode.Success);

        await bench.Drains.LiftAsync(SrmBench.FilesPublication, default);
        await bench.Drains.PlaceAsync(new Drain(null, "new memory", "/CN=Ada", bench.Time.GetUtcNow()), default);
        var none = await PrepareAsync(bench, "/files/b");
        none.ReturnStatus.Explanation.Should().Contain("new memory");
        none.RequestToken.Should().BeNull();
        await bench.Drains.LiftAsync(null, default);
        await PreparedAsync(bench, "/files/b");
    }

    [Fact]
    public async Task A_token_of_a_banned_caller_brings_nothing()
    {
        await using var bench = new SrmBench();
        var (_, turl) = await PreparedAsync(bench);
        var answer = await bench.SendAsync("POST", turl, new MemoryStream("""{"caveats":["activity:UPLOAD"]}"""u8.ToArray()), configure: request => request.ContentType = "application/macaroon-request");
        answer.StatusCode.Should().Be(200);
        answer.Body.Position = 0;
        var bearer = "Bearer " + (await System.Text.Json.JsonDocument.ParseAsync(answer.Body)).RootElement.GetProperty("macaroon").GetString();
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content), SrmBench.Bob, request => request.Headers.Authorization = bearer)).StatusCode.Should().Be(201);

        await bench.Bans.PlaceAsync(new Ban(CallerRule.Parse("/DC=org/CN=Alice"), "stolen proxies", "/CN=Ada", bench.Time.GetUtcNow(), null), default);

        (await bench.SendAsync("PUT", turl, new MemoryStream(Content), SrmBench.Bob, request => request.Headers.Authorization = bearer)).StatusCode.Should().Be(403);
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content))).StatusCode.Should().Be(403);
    }

    [Fact]
    public async Task Files_that_were_put_count_as_their_users()
    {
        await using var bench = new SrmBench();
        var (token, turl) = await PreparedAsync(bench);
        await bench.SendAsync("PUT", turl, new MemoryStream(Content));
        await DoneAsync(bench, token);
        var today = DateOnly.FromDateTime(bench.Time.GetUtcNow().UtcDateTime);
        (await bench.Usage.SumAsync(today.AddDays(-1), today, UsageBy.User, default)).Should().ContainSingle()
            .Which.Should().Be(new UsageSum("/DC=org/CN=Alice", new UsageCounts(Requests: 1, Puts: 1, Put: Content.Length)));
    }

    private static Task<PrepareToPutResponse> PrepareAsync(SrmBench bench, string path) => bench.CallAsync<PrepareToPutResponse>(new PrepareToPutRequest
    {
        FileRequests = [new PutFileRequest(SrmBench.Surl(path), Content.Length)],
        TransferParameters = new TransferParameters { TransferProtocols = ["https"] },
    });

    private static async Task<(string Token, string Turl)> PreparedAsync(SrmBench bench, string path = "/files/a")
    {
        var prepared = await PrepareAsync(bench, path);
        prepared.FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.SpaceAvailable, prepared.FileStatuses[0].Status.Explanation);
        return (prepared.RequestToken!, prepared.FileStatuses[0].TransferUrl!);
    }

    private static async Task<StatusCode> DoneAsync(SrmBench bench, string token) =>
        (await bench.CallAsync<PutDoneResponse>(new PutDoneRequest { RequestToken = token, Surls = [SrmBench.Surl("/files/a")] })).FileStatuses![0].Status.StatusCode;

    private static Task<List<StrayObject>> StraysAsync(SrmBench bench) => bench.Uploads.StraysAsync(bench.Me.Id, DateTimeOffset.MaxValue, 10, default);

    private static async Task<int> CountAsync(SrmBench bench)
    {
        var count = 0;
        await foreach (var _ in bench.Files.BrowseAsync(ArchiveSelection.Everything, default))
            count++;
        return count;
    }

    /// <summary>Stores, or erases, only when it is told to go on, whatever is cancelled.</summary>
    private sealed class DeafArchive(InMemoryBackend behind) : IWritableBackend, IErasableBackend
    {
        private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _stored = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>False: it is deaf to erasing.</summary>
        public bool IsDeafToStoring { get; init; } = true;

        public Task Stopped => _stopped.Task;

        public Task Stored => _stored.Task;

        public void GoOn() => _goOn.TrySetResult();

        public ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken) => behind.FindAsync(id, cancellationToken);

        public ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken) => behind.OpenReadAsync(id, cancellationToken);

        public async ValueTask<ArchiveObjectInfo> StoreAsync(Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken)
        {
            if (!IsDeafToStoring)
                return await behind.StoreAsync(content, draft, cancellationToken);
            var bytes = new byte[100];
            await content.ReadExactlyAsync(bytes, CancellationToken.None);
            _stopped.TrySetResult();
            await _goOn.Task;
            var rest = new MemoryStream();
            await rest.WriteAsync(bytes, CancellationToken.None);
            try
            {
                await content.CopyToAsync(rest, CancellationToken.None);
            }
            catch (IOException)
            {
                // It stores what it has.
            }
            rest.Position = 0;
            var info = await behind.StoreAsync(rest, draft, CancellationToken.None);
            _stored.TrySetResult();
            return info;
        }

        public async ValueTask DeleteAsync(ArchiveObjectId id, CancellationToken cancellationToken)
        {
            if (!IsDeafToStoring)
            {
                _stopped.TrySetResult();
                await _goOn.Task;
            }
            await behind.DeleteAsync(id, CancellationToken.None);
        }

        public ValueTask DisposeAsync() => default;
    }

    /// <summary>Comes to a stop half-way, until it is told to go on.</summary>
    private sealed class PausingBody(byte[] content) : MemoryStream(content)
    {
        private readonly TaskCompletionSource _paused = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Paused => _paused.Task;

        public void GoOn() => _goOn.TrySetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            if (Position >= Length / 2)
            {
                _paused.TrySetResult();
                await _goOn.Task.WaitAsync(cancellationToken);
            }
            return await base.ReadAsync(destination[..(int)Math.Min(destination.Length, Length / 2)], cancellationToken);
        }
    }
}
