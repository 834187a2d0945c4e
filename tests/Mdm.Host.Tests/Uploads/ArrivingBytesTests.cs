using Mdm.Abstractions.Testing;
using Mdm.Host.Tests.Srm;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;
using static Mdm.Host.Tests.Uploads.PutCalls;

namespace Mdm.Host.Tests.Uploads;

/// <summary>The bytes of a put on their way: what is not meant, breaks off, is called off or has no room.</summary>
public sealed class ArrivingBytesTests
{
    [Fact]
    public async Task Bytes_that_are_not_those_that_were_meant_are_not_kept_and_may_be_brought_again()
    {
        await using var bench = new SrmBench();
        var (token, turl) = await Prepared(bench, "/files/a", Content.Length);
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content[1..]))).StatusCode.Should().Be(422);
        (await bench.SendAsync("PUT", turl, new LengthlessBody(Content.Length / 2))).StatusCode.Should().Be(422);
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content), configure: request => request.Headers["Digest"] = "adler32=00000001")).StatusCode.Should().Be(422);
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content), configure: request => request.Headers.ContentMD5 = Convert.ToBase64String(new byte[16]))).StatusCode.Should().Be(422);
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content), configure: request => request.Headers["Digest"] = "sha-256=nonsense")).StatusCode.Should().Be(400);
        (await Objects(bench)).Should().BeEmpty();
        (await Done(bench, token, "/files/a")).Should().Be(StatusCode.InvalidPath);

        var sha = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Content));
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content), configure: request => request.Headers["Digest"] = $"sha-256={sha}")).StatusCode.Should().Be(201);
        (await bench.SendAsync("PUT", turl, new MemoryStream(Content), configure: request => request.Headers.IfNoneMatch = "*")).StatusCode.Should().Be(412);
        // Once more: what came before counts no more.
        (await Put(bench, turl)).StatusCode.Should().Be(201);
        (await Objects(bench)).Should().ContainSingle();
        (await bench.SendAsync("HEAD", turl)).ContentLength.Should().Be(Content.Length);
        (await bench.SendAsync("DELETE", turl)).StatusCode.Should().Be(204);
        (await Objects(bench)).Should().BeEmpty();
        (await Put(bench, turl)).StatusCode.Should().Be(201);
        (await Done(bench, token, "/files/a")).Should().Be(StatusCode.Success);
    }

    [Fact]
    public async Task A_body_that_breaks_off_leaves_nothing()
    {
        await using var bench = new SrmBench();
        var (_, turl) = await Prepared(bench, "/files/a");
        using var leaving = new CancellationTokenSource();
        var sending = bench.SendAsync("PUT", turl, new HangingBody(20_000), leaving: leaving.Token);
        await leaving.CancelAsync();
        await sending;
        (await Objects(bench)).Should().BeEmpty();
        (await Put(bench, turl)).StatusCode.Should().Be(201);
    }

    [Fact]
    public async Task Calling_off_stops_bytes_that_come()
    {
        await using var bench = new SrmBench();
        var (token, turl) = await Prepared(bench, "/files/a");
        var sending = bench.SendAsync("PUT", turl, new HangingBody(20_000));
        (await bench.CallAsync<AbortFilesResponse>(new AbortFilesRequest { RequestToken = token, Surls = [SrmBench.Surl("/files/a")] })).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.Success);
        (await sending.WaitAsync(TimeSpan.FromSeconds(60))).StatusCode.Should().BeOneOf(409, 410);
        await NothingIsLeft(bench);
    }

    [Fact]
    public async Task A_full_area_has_no_room_whether_the_length_is_told_or_not_and_gets_it_back()
    {
        await using var bench = new SrmBench();
        await PutWhole(bench, "/files/half", new byte[SrmBench.Quota / 2]);
        (await Refused(bench, "/files/large", length: SrmBench.Quota / 2 + 1)).Should().Be(StatusCode.NoFreeSpace);
        var (_, turl) = await Prepared(bench, "/files/large");
        (await bench.SendAsync("PUT", turl, new LengthlessBody(SrmBench.Quota / 2 + 1))).StatusCode.Should().Be(507);
        (await bench.SendAsync("PUT", turl, new MemoryStream(new byte[SrmBench.Quota / 2 + 1]))).StatusCode.Should().Be(507);
        (await bench.SendAsync("PUT", turl, new LengthlessBody(SrmBench.Quota / 2))).StatusCode.Should().Be(201);
        (await Unused(bench)).Should().Be(0);
        (await bench.CallAsync<RmResponse>(new RmRequest { Surls = [SrmBench.Surl("/files/half")] })).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        (await Unused(bench)).Should().Be(SrmBench.Quota / 2);
        (await Objects(bench)).Should().ContainSingle();
    }
}
