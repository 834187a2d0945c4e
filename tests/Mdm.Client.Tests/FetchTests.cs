using System.Collections.Concurrent;
using System.Security.Cryptography;
using Mdm.Client.Tests.Support;
using Mdm.Srm.Messages;

namespace Mdm.Client.Tests;

public sealed class FetchTests
{
    private static readonly byte[] Large = RandomNumberGenerator.GetBytes(3_000_000);

    [Fact]
    public async Task Fetches_a_file_and_verifies_it()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a.dcm", Large);

        var file = await FetchAsync(fixture, "/d/a.dcm");

        file.Should().Be(new FetchedFile(fixture.Srm.At("/d/a.dcm"), fixture["a"], Large.Length, DoubleFile.SimpleAdler32(Large), true, FetchOutcome.Downloaded));
        (await File.ReadAllBytesAsync(fixture["a"])).Should().Equal(Large);
        Directory.GetFiles(fixture.Home).Should().ContainSingle("nothing is left beside it");
        fixture.Srm.CountOf<ReleaseFilesRequest>().Should().Be(1);
    }

    [Fact]
    public async Task Waits_until_the_host_is_ready()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a.dcm", [1]);
        fixture.Srm.PendingRounds = 4;
        var events = new Recorder();

        await fixture.Files.FetchAsync(fixture.Srm.At("/d/a.dcm"), fixture["a"], null, events, CancellationToken.None);

        fixture.Srm.CountOf<StatusOfGetRequestRequest>().Should().Be(4);
        events.Seen.OfType<FilesAwaited>().Should().Contain(new FilesAwaited(1, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task Fetches_a_tree_in_one_request_over_kept_connections()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.AddMany("/d/one/series", 40);
        fixture.Srm.AddMany("/d/two", 20);

        var result = await fixture.Files.FetchTreeAsync(fixture.Srm.At("/d"), fixture["t"], new FetchOptions { Parallel = 3 }, null, CancellationToken.None);

        result.Missed.Should().BeEmpty();
        result.Files.Should().HaveCount(60).And.OnlyContain(f => f.IsVerified);
        File.ReadAllBytes(fixture["t", "one", "series", "00007.dcm"]).Should().Equal(fixture.Srm.Files["/d/one/series/00007.dcm"].Bytes);
        fixture.Srm.CountOf<PrepareToGetRequest>().Should().Be(1);
        fixture.Srm.MostDownloadsAtOnce.Should().BeLessThanOrEqualTo(3);
        fixture.Srm.Connections.Should().HaveCountLessThan(10);
    }

    [Fact]
    public async Task Splits_what_is_too_much_for_one_request()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.AddMany("/d", 25);

        var result = await fixture.Files.FetchTreeAsync(fixture.Srm.At("/d"), fixture["t"], new FetchOptions { FilesPerRequest = 10 }, null, CancellationToken.None);

        result.Files.Should().HaveCount(25);
        fixture.Srm.Calls.OfType<PrepareToGetRequest>().Select(r => r.FileRequests.Count).Should().BeEquivalentTo([10, 10, 5]);
    }

    [Fact]
    public async Task Downloads_several_files_at_once()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.AddMany("/d", 4);
        var gate = new TaskCompletionSource();
        foreach (var file in fixture.Srm.Files.Values)
            file.Gate = gate.Task;

        var fetch = fixture.Files.FetchTreeAsync(fixture.Srm.At("/d"), fixture["t"], new FetchOptions { Parallel = 4 }, null, CancellationToken.None);
        await Mdm.TestKit.Here.UntilAsync(() => Task.FromResult(fixture.Srm.MostDownloadsAtOnce == 4), TimeSpan.FromSeconds(60), "four downloads under way");
        gate.SetResult();

        (await fetch).Files.Should().HaveCount(4);
    }

    [Fact]
    public async Task Continues_a_download_that_broke_off()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a.dcm", Large);
        fixture.Srm.Files["/d/a.dcm"].BreaksAfter.Enqueue(1_000_000);

        await FetchAsync(fixture, "/d/a.dcm");

        (await File.ReadAllBytesAsync(fixture["a"])).Should().Equal(Large);
        fixture.Srm.Downloads.Should().HaveCount(2);
        RangeStart(fixture).Should().BeInRange(1, 1_000_000);
    }

    [Fact]
    public async Task Continues_what_an_earlier_attempt_left()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        await LeavePartAsync(fixture);

        var file = await FetchAsync(fixture, "/d/a.dcm");

        file.Outcome.Should().Be(FetchOutcome.Resumed);
        (await File.ReadAllBytesAsync(fixture["a"])).Should().Equal(Large);
        RangeStart(fixture).Should().BeInRange(1, 1_000_000);
    }

    [Fact]
    public async Task Begins_anew_when_the_file_changed_since()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        await LeavePartAsync(fixture);
        var other = RandomNumberGenerator.GetBytes(2_000_000);
        fixture.Srm.Files["/d/a.dcm"] = new DoubleFile(other) { ETag = "\"v2\"" };

        await FetchAsync(fixture, "/d/a.dcm");

        (await File.ReadAllBytesAsync(fixture["a"])).Should().Equal(other);
    }

    [Fact]
    public async Task Begins_anew_when_the_part_was_damaged()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        await LeavePartAsync(fixture);
        using (var part = File.OpenHandle(fixture["a.part"], FileMode.Open, FileAccess.Write))
            RandomAccess.Write(part, new byte[1000], 5);

        var file = await FetchAsync(fixture, "/d/a.dcm");

        file.IsVerified.Should().BeTrue();
        (await File.ReadAllBytesAsync(fixture["a"])).Should().Equal(Large);
    }

    [Fact]
    public async Task Puts_a_complete_part_in_place_without_a_byte_more()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a.dcm", Large);
        await File.WriteAllBytesAsync(fixture["a.part"], Large);
        await File.WriteAllTextAsync(fixture["a.part.etag"], "\"v1\"");

        var file = await FetchAsync(fixture, "/d/a.dcm");

        file.Adler32.Should().Be(DoubleFile.SimpleAdler32(Large));
        Directory.GetFiles(fixture.Home).Should().ContainSingle();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Refuses_bytes_with_another_checksum(bool isListed)
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a.dcm", Large);
        var file = fixture.Srm.Files["/d/a.dcm"];
        file.ListedAdler32 = isListed ? "00000001" : null;
        file.DigestAdler32 = isListed ? null : "00000001";

        var refusal = await FluentActions.Awaiting(() => FetchAsync(fixture, "/d/a.dcm")).Should().ThrowAsync<SrmException>();

        refusal.Which.Message.Should().Contain("00000001 was promised");
        Directory.GetFiles(fixture.Home).Should().BeEmpty();
    }

    [Fact]
    public async Task Says_when_nothing_could_be_verified()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a.dcm", Large);
        (fixture.Srm.Files["/d/a.dcm"].ListedAdler32, fixture.Srm.Files["/d/a.dcm"].DigestAdler32) = (null, null);

        (await FetchAsync(fixture, "/d/a.dcm")).IsVerified.Should().BeFalse();
    }

    [Fact]
    public async Task Leaves_a_file_that_is_there_and_is_the_same()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a.dcm", Large);
        await FetchAsync(fixture, "/d/a.dcm");

        var again = await FetchAsync(fixture, "/d/a.dcm");

        again.Outcome.Should().Be(FetchOutcome.AlreadyThere);
        fixture.Srm.Downloads.Should().HaveCount(1);
    }

    [Fact]
    public async Task Replaces_another_file_only_by_force()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a.dcm", Large);
        await File.WriteAllTextAsync(fixture["a"], "mine");

        await FluentActions.Awaiting(() => FetchAsync(fixture, "/d/a.dcm")).Should().ThrowAsync<SrmException>().WithMessage("*is another file*");
        (await File.ReadAllTextAsync(fixture["a"])).Should().Be("mine");

        await fixture.Files.FetchAsync(fixture.Srm.At("/d/a.dcm"), fixture["a"], new FetchOptions { Force = true }, null, CancellationToken.None);
        (await File.ReadAllBytesAsync(fixture["a"])).Should().Equal(Large);
    }

    [Fact]
    public async Task Goes_on_with_the_others_when_one_cannot_be_had()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.AddMany("/d", 5);
        fixture.Srm.Files["/d/00002.dcm"].Refusal = new ReturnStatus(StatusCode.FileUnavailable, "The archive does not answer.");

        var result = await fixture.Files.FetchTreeAsync(fixture.Srm.At("/d"), fixture["t"], null, null, CancellationToken.None);

        result.Files.Should().HaveCount(4);
        result.Missed.Should().ContainSingle().Which.Reason.Message.Should().Contain("The archive does not answer.");
    }

    [Fact]
    public async Task Does_not_follow_an_address_that_it_did_not_ask_for()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a.dcm", [1]);
        fixture.Srm.Files["/d/a.dcm"].Turl = "file:///etc/passwd";

        await FluentActions.Awaiting(() => FetchAsync(fixture, "/d/a.dcm")).Should().ThrowAsync<SrmException>().WithMessage("*not asked for*");
    }

    [Fact]
    public async Task Aborts_the_request_when_the_user_leaves()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a.dcm", [1]);
        fixture.Srm.PendingRounds = int.MaxValue;
        using var leave = new CancellationTokenSource();

        var fetch = fixture.Files.FetchAsync(fixture.Srm.At("/d/a.dcm"), fixture["a"], null, null, leave.Token);
        await Mdm.TestKit.Here.UntilAsync(() => Task.FromResult(fixture.Srm.CountOf<StatusOfGetRequestRequest>() > 1), TimeSpan.FromSeconds(60), "the client polls");
        await leave.CancelAsync();

        await FluentActions.Awaiting(() => fetch).Should().ThrowAsync<OperationCanceledException>();
        fixture.Srm.CountOf<AbortRequestRequest>().Should().Be(1);
    }

    [Fact]
    public async Task Fetches_a_file_whose_name_leaves_no_room_for_a_suffix()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        var name = new string('n', 255);
        fixture.Srm.Add("/d/" + name, Large);

        await fixture.Files.FetchAsync(fixture.Srm.At("/d/" + name), fixture[name], null, null, CancellationToken.None);

        Directory.GetFiles(fixture.Home).Should().Equal(fixture[name]);
    }

    private static Task<FetchedFile> FetchAsync(DoubleFixture fixture, string path) =>
        fixture.Files.FetchAsync(fixture.Srm.At(path), fixture["a"], null, null, CancellationToken.None);

    // As a client leaves it that lost the host for good.
    private static async Task LeavePartAsync(DoubleFixture fixture)
    {
        fixture.Srm.Add("/d/a.dcm", Large);
        fixture.Srm.Files["/d/a.dcm"].BreaksAfter.Enqueue(1_000_000);
        await FluentActions.Awaiting(() => fixture.Files.FetchAsync(fixture.Srm.At("/d/a.dcm"), fixture["a"], new FetchOptions { Retries = 0 }, null, CancellationToken.None)).Should().ThrowAsync<SrmException>();
        File.Exists(fixture["a"]).Should().BeFalse();
        new FileInfo(fixture["a.part"]).Length.Should().BeGreaterThan(0);
    }

    private static int RangeStart(DoubleFixture fixture) =>
        int.Parse(fixture.Srm.Downloads.Last().Range!["bytes=".Length..].TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture);

    private sealed class Recorder : IProgress<FetchEvent>
    {
        public ConcurrentQueue<FetchEvent> Seen { get; } = new();

        public void Report(FetchEvent value) => Seen.Enqueue(value);
    }
}
