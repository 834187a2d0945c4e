using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Client.Tests.Support;
using Mdm.Formats.Sealed;
using Mdm.Srm.Messages;

namespace Mdm.Client.Tests;

/// <summary>Files that go from here to the grid, and files that are sealed here.</summary>
public sealed class PutTests
{
    private static readonly byte[] Bytes = RandomNumberGenerator.GetBytes((2 * SealedFormat.SegmentLength) + 5000);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_file_is_put_and_appears_when_it_is_done(int pendingRounds)
    {
        await using var fixture = await FixtureAsync();
        fixture.Srm.PendingRounds = pendingRounds;
        var sent = new Sum();

        var put = await fixture.Files.PutAsync(fixture["a"], fixture.Srm.At("/d/a"), new PutOptions { Space = "SCRATCH", Replaces = true, Lifetime = TimeSpan.FromHours(1) }, sent, CancellationToken.None);

        fixture.Srm.Files["/d/a"].Bytes.AsSpan().SequenceEqual(Bytes).Should().BeTrue();
        put.Should().Be(new PutFile(fixture.Srm.At("/d/a"), Bytes.Length, DoubleFile.SimpleAdler32(Bytes), true));
        sent.Value.Should().Be(Bytes.Length);
        var asked = fixture.Srm.Calls.OfType<PrepareToPutRequest>().Single();
        asked.TargetSpaceToken.Should().Be("SCRATCH");
        asked.OverwriteOption.Should().Be(OverwriteMode.Always);
        asked.DesiredFileLifeTime.Should().Be(3600);
        asked.FileRequests!.Single().ExpectedFileSize.Should().Be(Bytes.Length);
        fixture.Srm.CountOf<AbortRequestRequest>().Should().Be(0);
    }

    [Fact]
    public async Task What_breaks_off_is_begun_again()
    {
        await using var fixture = await FixtureAsync();
        fixture.Srm.Puts.BreaksAfter.Enqueue(1000);
        fixture.Srm.Puts.BreaksAfter.Enqueue(SealedFormat.SegmentLength);
        var sent = new Sum();

        await fixture.Files.PutAsync(fixture["a"], fixture.Srm.At("/d/a"), null, sent, CancellationToken.None);

        fixture.Srm.Files["/d/a"].Bytes.AsSpan().SequenceEqual(Bytes).Should().BeTrue();
        sent.Value.Should().Be(Bytes.Length);
    }

    [Fact]
    public async Task What_the_host_refuses_is_told_in_its_words_and_called_off()
    {
        await using var fixture = await FixtureAsync();
        fixture.Srm.Puts.Refusal = (507, "The area SCRATCH is full.");

        await FluentActions.Awaiting(() => fixture.Files.PutAsync(fixture["a"], fixture.Srm.At("/d/a"), null, null, CancellationToken.None))
            .Should().ThrowAsync<SrmException>().WithMessage("*The area SCRATCH is full.*");

        fixture.Srm.CountOf<AbortRequestRequest>().Should().Be(1);
        fixture.Srm.CountOf<PutDoneRequest>().Should().Be(0);
    }

    [Fact]
    public async Task Other_bytes_than_were_sent_are_not_done()
    {
        await using var fixture = await FixtureAsync();
        fixture.Srm.Puts.Told = "01020304";

        await FluentActions.Awaiting(() => fixture.Files.PutAsync(fixture["a"], fixture.Srm.At("/d/a"), null, null, CancellationToken.None))
            .Should().ThrowAsync<SrmException>().WithMessage("*01020304*");

        fixture.Srm.Files.Should().NotContainKey("/d/a");
        fixture.Srm.CountOf<AbortRequestRequest>().Should().Be(1);
    }

    [Fact]
    public async Task Who_leaves_calls_it_off()
    {
        await using var fixture = await FixtureAsync();
        var gate = new TaskCompletionSource();
        fixture.Srm.Puts.Gate = gate.Task;
        using var leaving = new CancellationTokenSource();

        var put = fixture.Files.PutAsync(fixture["a"], fixture.Srm.At("/d/a"), null, null, leaving.Token);
        await fixture.Srm.Puts.Waits.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await leaving.CancelAsync();

        await FluentActions.Awaiting(() => put).Should().ThrowAsync<OperationCanceledException>();
        gate.SetResult();
        fixture.Srm.CountOf<AbortRequestRequest>().Should().Be(1);
        fixture.Srm.CountOf<PutDoneRequest>().Should().Be(0);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_not_asked_for()
    {
        await using var fixture = await FixtureAsync();

        await FluentActions.Awaiting(() => fixture.Files.PutAsync(fixture["b"], fixture.Srm.At("/d/b"), null, null, CancellationToken.None))
            .Should().ThrowAsync<SrmException>().WithMessage("*was not put*");

        fixture.Srm.Calls.Should().BeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(SealedFormat.FirstPlainLength)]
    [InlineData((2 * SealedFormat.SegmentLength) + 5000)]
    public async Task A_sealed_file_is_the_same_here_and_there_and_opens_with_its_key(int length)
    {
        await using var fixture = await FixtureAsync();
        await File.WriteAllBytesAsync(fixture["plain"], Bytes[..length]);
        using var key = ContentKey.Create();
        var id = new KeyId(RandomNumberGenerator.GetBytes(KeyId.Size));

        var put = await fixture.Files.PutSealedAsync(fixture["plain"], fixture.Srm.At("/d/sealed"), id, key, null, null, CancellationToken.None);
        var sealedLength = await GridFiles.SealAsync(fixture["plain"], fixture["sealed"], id, key, replaces: false, CancellationToken.None);

        var here = await File.ReadAllBytesAsync(fixture["sealed"]);
        here.Should().HaveCount((int)sealedLength);
        put.Length.Should().Be(sealedLength);
        fixture.Srm.Files["/d/sealed"].Bytes.AsSpan().SequenceEqual(here).Should().BeTrue();
        await using var plain = await DecipheringStream.OpenAsync(new MemoryStream(here), (_, _) => new ValueTask<ContentKey>(new ContentKey(key.Bytes)), CancellationToken.None);
        plain.Header.KeyId.Should().Be(id);
        var opened = new MemoryStream();
        await plain.CopyToAsync(opened);
        opened.ToArray().AsSpan().SequenceEqual(Bytes.AsSpan(0, length)).Should().BeTrue();
    }

    [Fact]
    public async Task A_sealed_file_takes_the_place_of_another_only_where_it_may()
    {
        await using var fixture = await FixtureAsync();
        await File.WriteAllTextAsync(fixture["sealed"], "mine");
        using var key = ContentKey.Create();
        var id = new KeyId(RandomNumberGenerator.GetBytes(KeyId.Size));

        await FluentActions.Awaiting(() => GridFiles.SealAsync(fixture["a"], fixture["sealed"], id, key, replaces: false, CancellationToken.None)).Should().ThrowAsync<IOException>();
        (await File.ReadAllTextAsync(fixture["sealed"])).Should().Be("mine");

        await GridFiles.SealAsync(fixture["a"], fixture["sealed"], id, key, replaces: true, CancellationToken.None);
        new FileInfo(fixture["sealed"]).Length.Should().Be(SealedFormat.SealedLength(Bytes.Length));
    }

    private static async Task<DoubleFixture> FixtureAsync()
    {
        var fixture = await DoubleFixture.StartAsync();
        await File.WriteAllBytesAsync(fixture["a"], Bytes);
        return fixture;
    }

    private sealed class Sum : IProgress<long>
    {
        private long _value;

        public long Value => Interlocked.Read(ref _value);

        public void Report(long value) => Interlocked.Add(ref _value, value);
    }
}
