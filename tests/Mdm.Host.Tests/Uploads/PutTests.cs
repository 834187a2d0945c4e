using System.Globalization;
using Mdm.Abstractions.Testing;
using Mdm.Host.Tests.Srm;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;
using static Mdm.Host.Tests.Uploads.PutCalls;

namespace Mdm.Host.Tests.Uploads;

/// <summary>Names, rights, and the moment in which what was put is a file.</summary>
public sealed class PutTests
{
    private static readonly GridIdentity Carol = new(DistinguishedName.Parse("/DC=org/CN=Carol"), [Fqan.Parse("/biomed")]);

    [Fact]
    public async Task A_file_exists_from_put_done_on_and_not_before()
    {
        await using var bench = new SrmBench();
        var (token, turl) = await Prepared(bench, "/files/a", Content.Length);
        (await Put(bench, turl)).StatusCode.Should().Be(201);
        bench.Find("/files/a").Should().BeNull();
        var busy = (await Ls(bench, "/files/a"))[0];
        (busy.Status!.StatusCode, busy.Size, busy.CheckSumType).Should().Be((StatusCode.FileBusy, (long?)Content.Length, "adler32"));

        (await Done(bench, token, "/files/a")).Should().Be(StatusCode.Success);

        var entry = bench.Find("/files/a")!;
        (entry.Owner, entry.Group, entry.Publication).Should().Be((SrmBench.Alice.Subject, Fqan.Parse("/biomed"), SrmBench.FilesPublication));
        var detail = (await Ls(bench, "/files/a"))[0];
        (detail.Status!.StatusCode, detail.Size, detail.FileLocality, detail.LifetimeLeft).Should().Be((StatusCode.Success, (long?)Content.Length, FileLocality.Online, -1));
        detail.SpaceTokens.Should().Equal("SCRATCH");
        detail.CheckSumValue.Should().Be(entry.Facts!.Adler32.ToString("x8", CultureInfo.InvariantCulture)).And.Be(busy.CheckSumValue);
        (await Status(bench, token)).Should().Be(StatusCode.Success);
        (await Unused(bench)).Should().Be(SrmBench.Quota - Content.Length);
        (await Read(bench, entry)).Should().Equal(Content);
    }

    [Fact]
    public async Task Put_done_twice_or_without_bytes_says_so()
    {
        await using var bench = new SrmBench();
        var (token, turl) = await Prepared(bench, "/files/a");
        (await Done(bench, token, "/files/a")).Should().Be(StatusCode.InvalidPath);
        await Put(bench, turl);
        (await Done(bench, token, "/files/other")).Should().Be(StatusCode.InvalidPath);
        (await Done(bench, token, "/files/a")).Should().Be(StatusCode.Success);
        (await Done(bench, token, "/files/a")).Should().Be(StatusCode.DuplicationError);
        (await bench.CallAsync<PutDoneResponse>(new PutDoneRequest { RequestToken = "nothing", Surls = [SrmBench.Surl("/files/a")] })).ReturnStatus.StatusCode.Should().Be(StatusCode.InvalidRequest);
        (await bench.CallAsync<PutDoneResponse>(new PutDoneRequest { RequestToken = token, Surls = [SrmBench.Surl("/files/a")] }, Carol)).ReturnStatus.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        (await bench.CallAsync<ReleaseFilesResponse>(new ReleaseFilesRequest { RequestToken = token })).ReturnStatus.StatusCode.Should().Be(StatusCode.InvalidRequest);
    }

    [Fact]
    public async Task A_second_put_of_a_name_loses_and_the_name_is_free_again_when_the_first_is_called_off()
    {
        await using var bench = new SrmBench();
        var (token, turl) = await Prepared(bench, "/files/a");
        await Put(bench, turl);
        (await Refused(bench, "/files/a")).Should().Be(StatusCode.FileBusy);
        (await Refused(bench, "/files/a", Carol)).Should().Be(StatusCode.FileBusy);
        (await bench.CallAsync<RmResponse>(new RmRequest { Surls = [SrmBench.Surl("/files/a")] })).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.FileBusy);
        (await bench.CallAsync<MvResponse>(new MvRequest { FromSurl = SrmBench.Surl("/files/a"), ToSurl = SrmBench.Surl("/files/b") })).ReturnStatus.StatusCode.Should().Be(StatusCode.FileBusy);
        (await bench.CallAsync<RmdirResponse>(new RmdirRequest { Surl = SrmBench.Surl("/files"), Recursive = true })).ReturnStatus.StatusCode.Should().Be(StatusCode.NonEmptyDirectory);

        (await bench.CallAsync<AbortRequestResponse>(new AbortRequestRequest { RequestToken = token })).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);

        (await Status(bench, token)).Should().Be(StatusCode.Aborted);
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content))).StatusCode.Should().Be(410);
        (await Done(bench, token, "/files/a")).Should().Be(StatusCode.Aborted);
        await NothingIsLeft(bench);
        await Prepared(bench, "/files/a");
    }

    [Fact]
    public async Task Of_many_who_put_one_name_at_once_one_gets_it()
    {
        await using var bench = new SrmBench();
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => Prepare(bench, "/files/a", null))));
        answers.Count(answer => answer.FileStatuses![0].Status.StatusCode == StatusCode.SpaceAvailable).Should().Be(1);
        answers.Count(answer => answer.FileStatuses![0].Status.StatusCode == StatusCode.FileBusy).Should().Be(11);
        (await Unused(bench)).Should().Be(SrmBench.Quota - 10_000);
    }

    [Theory]
    [InlineData(OverwriteMode.Never, 10, StatusCode.DuplicationError)]
    [InlineData(OverwriteMode.Always, 10, StatusCode.Success)]
    [InlineData(OverwriteMode.WhenFilesAreDifferent, 10, StatusCode.Success)]
    [InlineData(OverwriteMode.WhenFilesAreDifferent, 50_000, StatusCode.DuplicationError)]
    public async Task What_stands_there_is_replaced_where_that_was_asked_for(OverwriteMode mode, int length, StatusCode expected)
    {
        await using var bench = new SrmBench();
        await PutWhole(bench, "/files/a", Content);
        var before = bench.Find("/files/a")!;
        var prepared = await Prepare(bench, "/files/a", length, mode);
        prepared.FileStatuses![0].Status.StatusCode.Should().Be(expected == StatusCode.Success ? StatusCode.SpaceAvailable : expected);
        if (expected == StatusCode.Success)
        {
            await bench.SendAsync("PUT", prepared.FileStatuses[0].TransferUrl!, new MemoryStream(Content[..length]));
            // Until it is done the old one is there.
            bench.Find("/files/a")!.Id.Should().Be(before.Id);
            (await Done(bench, prepared.RequestToken!, "/files/a")).Should().Be(StatusCode.Success);
            (await Ls(bench, "/files/a"))[0].Size.Should().Be(length);
        }
        var kept = expected == StatusCode.Success ? length : Content.Length;
        (await Unused(bench)).Should().Be(SrmBench.Quota - kept);
        (await Objects(bench)).Should().ContainSingle().Which.Should().Be(kept);
    }

    [Fact]
    public async Task Who_may_not_write_there_is_refused_and_what_takes_no_files_says_so()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/image");
        (await Refused(bench, "/files/a", SrmBench.Bob)).Should().Be(StatusCode.AuthorizationFailure);
        (await Refused(bench, "/files/none/a")).Should().Be(StatusCode.InvalidPath);
        await PutWhole(bench, "/files/file", Content);
        (await Refused(bench, "/files/file/a")).Should().Be(StatusCode.InvalidPath);
        (await Refused(bench, "/files")).Should().NotBe(StatusCode.SpaceAvailable);
        (await Refused(bench, "/grid/a")).Should().Be(StatusCode.NotSupported);
        // Another of the VO may replace a file where he may write to its directory, and it stays its owner's.
        var prepared = await Prepare(bench, "/files/file", 10, OverwriteMode.Always, Carol);
        await bench.SendAsync("PUT", prepared.FileStatuses![0].TransferUrl!, new MemoryStream(Content[..10]), Carol);
        (await Done(bench, prepared.RequestToken!, "/files/file", Carol)).Should().Be(StatusCode.Success);
        bench.Find("/files/file")!.Owner.Should().Be(SrmBench.Alice.Subject);
    }

    [Fact]
    public async Task An_address_is_good_for_its_caller_and_for_writing_alone()
    {
        await using var bench = new SrmBench();
        var (_, turl) = await Prepared(bench, "/files/a");
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content), Carol)).StatusCode.Should().Be(403);
        (await bench.SendAsync("GET", turl)).StatusCode.Should().Be(405);
        (await bench.SendAsync("HEAD", turl)).StatusCode.Should().Be(404);
        (await bench.SendAsync("PUT", turl.Replace("/upload/A", "/upload/B", StringComparison.Ordinal), new MemoryStream(Content))).StatusCode.Should().Be(403);
        await PutWhole(bench, "/files/b", Content);
        var get = await bench.GetAsync("/files/b");
        (await bench.SendAsync("PUT", get.FileStatuses![0].TransferUrl!, new MemoryStream(Content))).StatusCode.Should().Be(403);
    }
}
