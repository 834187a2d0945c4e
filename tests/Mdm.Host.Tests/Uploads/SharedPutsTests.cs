using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.Host.Requests;
using Mdm.Host.Tests.Srm;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;
using Mdm.TestKit;

namespace Mdm.Host.Tests.Uploads;

/// <summary>Two hosts on one store of puts, with one catalogue and one archive, each with its own pool.</summary>
public sealed class SharedPutsTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>, IAsyncLifetime
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 20_000).Select(i => (byte)(i * 5))];

    private SrmBench _one = null!;
    private SrmBench _two = null!;

    public async Task InitializeAsync()
    {
        var server = await postgres.ServerAsync();
        TestStores.Are(schema => server.Store(schema));
        _one = Host(null);
        _two = Host(_one);
    }

    public async Task DisposeAsync()
    {
        if (_two is not null)
            await _two.DisposeAsync();
        if (_one is not null)
            await _one.DisposeAsync();
    }

    [SkippableFact]
    public async Task A_put_of_one_host_is_told_of_and_done_at_another()
    {
        var (token, turl) = await PreparedAsync();
        (await FileAsync(_two, token)).TransferUrl.Should().StartWith("https://localhost:8443/", "bytes go to the host that keeps the name");
        (await DoneAsync(_two, token)).Should().Be(StatusCode.InvalidPath, "no bytes came");
        // Brought to the other one they are taken there; the last ones count.
        (await _two.SendAsync("PUT", turl, new MemoryStream([1, 2, 3]))).StatusCode.Should().Be(201);
        (await FileAsync(_one, token)).TransferUrl.Should().StartWith("https://localhost:8444/");
        (await _one.SendAsync("PUT", turl, new MemoryStream(Content))).StatusCode.Should().Be(201);

        (await DoneAsync(_two, token)).Should().Be(StatusCode.Success);

        (await DoneAsync(_one, token)).Should().Be(StatusCode.DuplicationError);
        (await FileAsync(_one, token)).Status.StatusCode.Should().Be(StatusCode.Success);
        _one.Find("/files/a")!.Facts!.Length.Should().Be(Content.Length);
        foreach (var bench in (SrmBench[])[_one, _two])
            (await bench.CallAsync<GetSpaceMetaDataResponse>(new GetSpaceMetaDataRequest { SpaceTokens = ["SCRATCH"] })).SpaceDetails![0].UnusedSize.Should().Be(SrmBench.Quota - Content.Length);
    }

    [SkippableFact]
    public async Task Of_two_hosts_that_are_told_at_once_that_it_is_done_one_enters_it()
    {
        var (token, turl) = await PreparedAsync();
        await _one.SendAsync("PUT", turl, new MemoryStream(Content));

        var told = await Task.WhenAll(Enumerable.Range(0, 6).Select(at => Task.Run(() => DoneAsync(at % 2 == 0 ? _one : _two, token))));

        told.Count(status => status == StatusCode.Success).Should().Be(1, "they were told {0}", string.Join(", ", told));
        await _one.Keeper.SweepAsync(default);
        (await ObjectsAsync()).Should().Be(1);
    }

    [SkippableFact]
    public async Task What_one_enters_no_other_says_has_failed()
    {
        var (token, turl) = await PreparedAsync();
        await _one.SendAsync("PUT", turl, new MemoryStream(Content));
        var row = (await _one.Uploads.FindAsync(token, default))!.Value.Files[0];
        (await _one.Uploads.EnterAsync(row, null, _one.Me.Id, _one.Time.GetUtcNow())).Should().BeTrue();

        (await _two.Uploads.FailAsync(row, UploadState.Arrived, new FileFault(FaultCause.Error, MdmErrorKind.AlreadyExists, "Its own entry is there."), _two.Time.GetUtcNow())).Should().BeFalse();

        (await _one.Uploads.FindAsync(token, default))!.Value.Files[0].State.Should().Be(UploadState.Entering);
    }

    [SkippableFact]
    public async Task What_is_called_off_at_one_host_takes_no_bytes_at_another_and_leaves_nothing()
    {
        var (token, turl) = await PreparedAsync();
        await _one.SendAsync("PUT", turl, new MemoryStream(Content));
        (await _two.CallAsync<AbortRequestResponse>(new AbortRequestRequest { RequestToken = token })).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);

        (await _one.SendAsync("PUT", turl, new MemoryStream(Content))).StatusCode.Should().Be(410);
        (await DoneAsync(_one, token)).Should().Be(StatusCode.Aborted);
        await _one.Keeper.SweepAsync(default);
        (await ObjectsAsync()).Should().Be(0);
        await PreparedAsync();
    }

    [SkippableFact]
    public async Task What_waits_for_a_PACS_at_one_host_is_refused_for_now_at_another_and_done_where_it_waits()
    {
        _one.FilesArchive = _two.FilesArchive = new Pacs(_one.Files);
        var (token, turl) = await PreparedAsync();
        (await _one.SendAsync("PUT", turl, new MemoryStream(Content))).StatusCode.Should().Be(201);

        var refused = (await _two.CallAsync<PutDoneResponse>(new PutDoneRequest { RequestToken = token, Surls = [SrmBench.Surl("/files/a")] })).FileStatuses![0].Status;
        refused.StatusCode.Should().Be(StatusCode.FileUnavailable);
        refused.Explanation.Should().Contain("localhost:8443");
        (await DoneAsync(_one, token)).Should().Be(StatusCode.Success);
        (await ObjectsAsync()).Should().Be(1);

        // Called off elsewhere, it is not kept for nobody.
        (token, turl) = await PreparedAsync("/files/b");
        await _one.SendAsync("PUT", turl, new MemoryStream(Content));
        PooledOf(_one).Should().NotBeEmpty();
        await _two.CallAsync<AbortRequestResponse>(new AbortRequestRequest { RequestToken = token });
        await _one.Keeper.SweepAsync(default);
        PooledOf(_one).Should().BeEmpty();
    }

    private static SrmBench Host(SrmBench? beside) => new(beside: beside);

    private async Task<(string Token, string Turl)> PreparedAsync(string path = "/files/a")
    {
        var prepared = await _one.CallAsync<PrepareToPutResponse>(new PrepareToPutRequest
        {
            FileRequests = [new PutFileRequest(SrmBench.Surl(path), null)],
            TransferParameters = new TransferParameters { TransferProtocols = ["https"] },
        });
        prepared.FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.SpaceAvailable, prepared.FileStatuses[0].Status.Explanation);
        return (prepared.RequestToken!, prepared.FileStatuses[0].TransferUrl!);
    }

    private static async Task<PutRequestFileStatus> FileAsync(SrmBench bench, string token) =>
        (await bench.CallAsync<StatusOfPutRequestResponse>(new StatusOfPutRequestRequest { RequestToken = token })).FileStatuses![0];

    private static async Task<StatusCode> DoneAsync(SrmBench bench, string token) =>
        (await bench.CallAsync<PutDoneResponse>(new PutDoneRequest { RequestToken = token, Surls = [SrmBench.Surl("/files/a")] })).FileStatuses![0].Status.StatusCode;

    private async Task<int> ObjectsAsync() => await _one.Files.BrowseAsync(ArchiveSelection.Everything, default).CountAsync();

    private static IEnumerable<string> PooledOf(SrmBench bench) => Directory.EnumerateFiles(bench.Staging.Directory, "*", SearchOption.AllDirectories).Where(file => new FileInfo(file).Length >= Content.Length);

    /// <summary>Takes objects and gives none up, as a PACS.</summary>
    private sealed class Pacs(InMemoryBackend behind) : IWritableBackend
    {
        public ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken) => behind.FindAsync(id, cancellationToken);

        public ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken) => behind.OpenReadAsync(id, cancellationToken);

        public ValueTask<ArchiveObjectInfo> StoreAsync(Stream content, ArchiveObjectDraft draft, CancellationToken cancellationToken) => behind.StoreAsync(content, draft, cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
