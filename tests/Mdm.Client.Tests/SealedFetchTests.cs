using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Client.Tests.Support;
using Mdm.Formats.Sealed;

namespace Mdm.Client.Tests;

public sealed class SealedFetchTests
{
    private const string Announcement = """{"version":1,"keys":{"type":"hydra","endpoints":["https://keys1.example:8443/keystore","https://keys2.example:8443/keystore"],"properties":{"threshold":"2"}}}""";
    private static readonly byte[] Plain = RandomNumberGenerator.GetBytes((2 * SealedFormat.SegmentLength) + 5000);

    [Theory]
    [InlineData(0)]
    [InlineData(1000)]
    [InlineData(SealedFormat.FirstPlainLength)]
    [InlineData((2 * SealedFormat.SegmentLength) + 5000)]
    public async Task A_sealed_file_comes_deciphered_and_its_checksum_is_that_of_the_sealed_bytes(int length)
    {
        await using var fixture = await SealedFixtureAsync(Plain[..length]);

        var file = await FetchAsync(fixture);

        var bytes = fixture.Srm.Files["/d/a.dcm"].Bytes;
        file.Should().Be(new FetchedFile(fixture.Srm.At("/d/a.dcm"), fixture["a"], bytes.Length, DoubleFile.SimpleAdler32(bytes), true, FetchOutcome.Downloaded) { DecipheredLength = length });
        (await File.ReadAllBytesAsync(fixture["a"])).AsSpan().SequenceEqual(Plain.AsSpan(0, length)).Should().BeTrue();
        Directory.GetFiles(fixture.Home).Should().ContainSingle("nothing is left beside it");
        File.GetUnixFileMode(fixture["a"]).Should().Be(ModeOfNewFile(fixture));
    }

    [Fact]
    public async Task The_keystores_are_those_that_the_host_announces()
    {
        await using var fixture = await SealedFixtureAsync(Plain);
        await FetchAsync(fixture);

        var made = fixture.Keys.Made.Should().ContainSingle().Subject;
        (made.Type, made.Properties["threshold"]).Should().Be(("hydra", "2"));
        made.Endpoints.Should().Equal(new Uri("https://keys1.example:8443/keystore"), new Uri("https://keys2.example:8443/keystore"));
    }

    [Fact]
    public async Task A_host_without_the_document_is_asked_by_ping()
    {
        await using var fixture = await SealedFixtureAsync(Plain);
        fixture.Srm.Announcement = null;
        fixture.Srm.PingInfo = [new("mdm.keys.type", "hydra"), new("mdm.keys.endpoints", "https://keys1.example:8443/ https://keys2.example:8443/"), new("mdm.keys.threshold", "1")];

        (await FetchAsync(fixture)).DecipheredLength.Should().Be(Plain.Length);

        fixture.Keys.Made.Should().ContainSingle().Which.Endpoints.Should().HaveCount(2);
    }

    [Fact]
    public async Task What_the_user_names_counts_more_than_what_the_host_announces()
    {
        var named = Mdm.Client.Keys.KeystoreSetting.Parse("https://mine.example:1/,https://yours.example:1/;2");
        await using var fixture = await SealedFixtureAsync(Plain, named);

        await FetchAsync(fixture);

        fixture.Keys.Made.Should().ContainSingle().Which.Should().BeSameAs(named);
    }

    [Fact]
    public async Task It_is_left_as_it_comes_when_that_is_asked_for()
    {
        await using var fixture = await SealedFixtureAsync(Plain);

        var file = await FetchAsync(fixture, new FetchOptions { KeepSealed = true });

        file.DecipheredLength.Should().BeNull();
        (await File.ReadAllBytesAsync(fixture["a"])).Should().Equal(fixture.Srm.Files["/d/a.dcm"].Bytes);
        fixture.Keys.Asked.Should().BeEmpty();
    }

    [Theory]
    [InlineData("text/plain", true)]
    [InlineData("application/octet-stream", false)]
    [InlineData(null, false)]
    public async Task A_file_that_only_begins_alike_is_left_as_it_is(string? type, bool areKeysAnnounced)
    {
        await using var fixture = await SealedFixtureAsync(Plain);
        fixture.Srm.Add("/d/a.dcm", "(an opening parenthesis is byte 28, and this text is longer than a header)"u8.ToArray());
        fixture.Srm.Files["/d/a.dcm"].MediaType = type;
        if (!areKeysAnnounced)
            fixture.Srm.Announcement = """{"version":1}""";

        (await FetchAsync(fixture)).DecipheredLength.Should().BeNull();
    }

    [Fact]
    public async Task A_sealed_file_of_a_host_that_names_no_keystores_is_refused_with_what_to_do()
    {
        await using var fixture = await SealedFixtureAsync(Plain);
        fixture.Srm.Announcement = """{"version":1}""";

        (await RefusalAsync(fixture)).Message.Should().Contain("MDM_KEYSTORES");
    }

    [Fact]
    public async Task Without_the_key_nothing_readable_is_left_and_with_it_nothing_is_fetched_twice()
    {
        await using var fixture = await SealedFixtureAsync(Plain);
        fixture.Keys.Outage = new MdmException(MdmErrorKind.Unavailable, "One of three keystores answers, two are needed.");

        (await RefusalAsync(fixture)).Message.Should().Contain("two are needed");
        File.Exists(fixture["a"]).Should().BeFalse();
        NothingReadable(fixture);

        fixture.Keys.Outage = null;
        (await FetchAsync(fixture)).DecipheredLength.Should().Be(Plain.Length);
    }

    [Fact]
    public async Task Who_may_not_have_the_key_is_told_no_more_than_that()
    {
        await using var fixture = await SealedFixtureAsync(Plain);
        fixture.Keys.Remove(SealedHeader.Parse(fixture.Srm.Files["/d/a.dcm"].Bytes).KeyId);

        (await RefusalAsync(fixture)).InnerException.Should().BeOfType<MdmException>().Which.Kind.Should().Be(MdmErrorKind.NotFound);
        File.Exists(fixture["a"]).Should().BeFalse();
    }

    [Theory]
    [InlineData(20)]
    [InlineData(1_000_000)]
    [InlineData(SealedFormat.SegmentLength)]
    [InlineData(SealedFormat.SegmentLength + 1)]
    [InlineData((2 * SealedFormat.SegmentLength) + 10)]
    public async Task A_download_that_broke_off_is_continued_where_it_was(int after)
    {
        await using var fixture = await SealedFixtureAsync(Plain);
        fixture.Srm.Files["/d/a.dcm"].BreaksAfter.Enqueue(after);

        (await FetchAsync(fixture)).DecipheredLength.Should().Be(Plain.Length);

        (await File.ReadAllBytesAsync(fixture["a"])).AsSpan().SequenceEqual(Plain).Should().BeTrue();
    }

    [Theory]
    [InlineData(20)]
    [InlineData(1_500_000)]
    public async Task What_an_earlier_attempt_left_is_sealed_and_is_continued(int after)
    {
        await using var fixture = await SealedFixtureAsync(Plain);
        fixture.Srm.Files["/d/a.dcm"].BreaksAfter.Enqueue(after);
        await RefusalAsync(fixture, new FetchOptions { Retries = 0 });
        NothingReadable(fixture);

        var file = await FetchAsync(fixture);

        file.DecipheredLength.Should().Be(Plain.Length);
        (await File.ReadAllBytesAsync(fixture["a"])).AsSpan().SequenceEqual(Plain).Should().BeTrue();
    }

    [Fact]
    public async Task A_part_that_was_damaged_is_fetched_anew()
    {
        await using var fixture = await SealedFixtureAsync(Plain);
        fixture.Srm.Files["/d/a.dcm"].BreaksAfter.Enqueue(1_500_000);
        await RefusalAsync(fixture, new FetchOptions { Retries = 0 });
        using (var part = File.OpenHandle(fixture["a.part"], FileMode.Open, FileAccess.Write))
            RandomAccess.Write(part, new byte[1000], 5000);

        (await FetchAsync(fixture)).DecipheredLength.Should().Be(Plain.Length);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(SealedFormat.SegmentLength + 100)]
    [InlineData(-1)]
    public async Task What_was_altered_is_refused_and_nothing_is_left(int at)
    {
        await using var fixture = await SealedFixtureAsync(Plain);
        var bytes = fixture.Srm.Files["/d/a.dcm"].Bytes.ToArray();
        bytes[at < 0 ? bytes.Length + at : at] ^= 1;
        // The host believes in them: its checksum is of what it has.
        fixture.Srm.Add("/d/a.dcm", bytes);

        (await RefusalAsync(fixture)).Message.Should().Contain("not authentic");

        Directory.GetFiles(fixture.Home).Should().BeEmpty();
    }

    [Fact]
    public async Task A_deciphered_file_that_is_there_is_recognised_by_forty_bytes()
    {
        await using var fixture = await SealedFixtureAsync(Plain);
        await FetchAsync(fixture);

        var again = await FetchAsync(fixture);

        (again.Outcome, again.DecipheredLength, again.IsVerified).Should().Be((FetchOutcome.AlreadyThere, Plain.Length, true));
        fixture.Srm.Downloads.Last().Range.Should().Be("bytes=0-39");
    }

    [Fact]
    public async Task Another_file_of_the_same_length_is_replaced_only_by_force()
    {
        await using var fixture = await SealedFixtureAsync(Plain);
        await File.WriteAllBytesAsync(fixture["a"], new byte[Plain.Length]);

        (await RefusalAsync(fixture)).Message.Should().Contain("is another file");
        await FetchAsync(fixture, new FetchOptions { Force = true });

        (await File.ReadAllBytesAsync(fixture["a"])).AsSpan().SequenceEqual(Plain).Should().BeTrue();
        Directory.GetFiles(fixture.Home).Should().ContainSingle();
    }

    [Fact]
    public async Task A_tree_of_files_takes_fewer_questions_than_files()
    {
        await using var fixture = await SealedFixtureAsync(Plain);
        for (var i = 0; i < 40; i++)
            fixture.Srm.Add($"/t/{i:d2}.dcm", fixture.Keys.Seal(Plain[..(1000 + i)]));
        var gate = new TaskCompletionSource();
        fixture.Keys.Gate = gate.Task;

        var fetch = fixture.Files.FetchTreeAsync(fixture.Srm.At("/t"), fixture["t"], new FetchOptions { Parallel = 8 }, null, CancellationToken.None);
        await Mdm.TestKit.Here.UntilAsync(() => Task.FromResult(fixture.Srm.Downloads.Count >= 8), TimeSpan.FromSeconds(60), "eight downloads wait for their keys");
        gate.SetResult();
        var result = await fetch;

        result.Missed.Should().BeEmpty();
        result.Files.Should().HaveCount(40).And.OnlyContain(f => f.DecipheredLength >= 1000);
        fixture.Keys.Asked.Count.Should().BeLessThan(40);
        fixture.Keys.Asked.SelectMany(ids => ids).Should().OnlyHaveUniqueItems();
    }

    private static async Task<DoubleFixture> SealedFixtureAsync(byte[] plain, ServiceAnnouncement? named = null)
    {
        var fixture = await DoubleFixture.StartAsync(named);
        fixture.Srm.Announcement = Announcement;
        fixture.Srm.Add("/d/a.dcm", fixture.Keys.Seal(plain));
        fixture.Srm.Files["/d/a.dcm"].MediaType = SealedFormat.MediaType;
        return fixture;
    }

    private static Task<FetchedFile> FetchAsync(DoubleFixture fixture, FetchOptions? options = null) =>
        fixture.Files.FetchAsync(fixture.Srm.At("/d/a.dcm"), fixture["a"], options, null, CancellationToken.None);

    private static async Task<SrmException> RefusalAsync(DoubleFixture fixture, FetchOptions? options = null) =>
        (await FluentActions.Awaiting(() => FetchAsync(fixture, options)).Should().ThrowAsync<SrmException>()).Which;

    // Random plaintext: eight bytes of it are found nowhere else.
    private static void NothingReadable(DoubleFixture fixture)
    {
        foreach (var file in Directory.GetFiles(fixture.Home))
            File.ReadAllBytes(file).AsSpan().IndexOf(Plain.AsSpan(1000, 8)).Should().Be(-1, file);
    }

    private static UnixFileMode ModeOfNewFile(DoubleFixture fixture)
    {
        File.WriteAllText(fixture["probe"], "");
        return File.GetUnixFileMode(fixture["probe"]) & Mdm.Client.Files.Destination.Widest;
    }
}
