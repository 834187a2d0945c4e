using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Client.Files;
using Mdm.Client.Tests.Support;
using Mdm.Formats.Sealed;
using Mdm.Srm.Messages;

namespace Mdm.Client.Tests;

/// <summary>One file for many readers at once, and whole directories, in memory.</summary>
public sealed class FilesInMemoryTests
{
    private const string Announcement = """{"version":1,"keys":{"type":"hydra","endpoints":["https://keys1.example:8443/"],"properties":{"threshold":"1"}}}""";
    private static readonly byte[] Plain = RandomNumberGenerator.GetBytes((2 * SealedFormat.SegmentLength) + 5000);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_is_read_by_many_at_once_and_each_part_travels_once(bool isSealed)
    {
        await using var fixture = await FixtureAsync(isSealed, ("/d/a.dcm", Plain));
        await using (var file = await fixture.Files.OpenFileAsync(fixture.Srm.At("/d/a.dcm"), CancellationToken.None))
        {
            file.Length.Should().Be(Plain.Length);
            file.IsSealed.Should().Be(isSealed);
            var before = fixture.Srm.Downloads.Count;

            await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, token) =>
            {
                var (offset, buffer) = (number * 10_540, new byte[9000]);
                var read = await file.ReadAsync(offset, buffer, token);
                read.Should().Be(Math.Clamp(Plain.Length - offset, 0, buffer.Length));
                buffer.AsSpan(0, read).SequenceEqual(Plain.AsSpan(Math.Min(offset, Plain.Length), read)).Should().BeTrue($"from {offset}");
            });

            (fixture.Srm.Downloads.Count - before).Should().Be(3, "the file has three parts, which are kept");
            (await file.ReadAsync(Plain.Length, new byte[10], CancellationToken.None)).Should().Be(0);
            (await file.ReadAsync(long.MaxValue - 10, new byte[10], CancellationToken.None)).Should().Be(0);
        }
        fixture.Srm.CountOf<ReleaseFilesRequest>().Should().Be(1);
    }

    [Fact]
    public async Task What_is_not_authentic_is_read_by_nobody()
    {
        await using var fixture = await FixtureAsync(isSealed: true, ("/d/a.dcm", Plain));
        fixture.Srm.Files["/d/a.dcm"].Bytes[SealedFormat.SegmentLength + 7] ^= 1;
        await using var file = await fixture.Files.OpenFileAsync(fixture.Srm.At("/d/a.dcm"), CancellationToken.None);

        (await file.ReadAsync(0, new byte[100], CancellationToken.None)).Should().Be(100);
        var failed = await FluentActions.Awaiting(async () => await file.ReadAsync(SealedFormat.FirstPlainLength - 1, new byte[100], CancellationToken.None)).Should().ThrowAsync<SrmException>();

        failed.Which.InnerException.Should().BeOfType<Abstractions.MdmException>().Which.Kind.Should().Be(Abstractions.MdmErrorKind.Corrupt);
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_nothing_away_from_others()
    {
        var source = new HeldSource(Plain);
        await using var cache = new WindowCache(source);
        using var cancel = new CancellationTokenSource();
        var (mine, others) = (new byte[10], new byte[10]);
        var given = cache.ReadAsync(5, mine, cancel.Token).AsTask();
        var waiting = cache.ReadAsync(100, others, CancellationToken.None).AsTask();

        await cancel.CancelAsync();
        await FluentActions.Awaiting(() => given).Should().ThrowAsync<OperationCanceledException>();
        source.Release();

        (await waiting).Should().Be(10);
        others.Should().Equal(Plain[100..110]);
        source.Reads.Should().Be(1);
    }

    [Fact]
    public async Task No_more_parts_are_kept_than_there_is_room_for()
    {
        var source = new HeldSource(Plain);
        source.Release();
        await using var cache = new WindowCache(source);
        var buffer = new byte[1];

        for (var round = 0; round < 2; round++)
        {
            for (var number = 0; number <= WindowCache.MaxKept; number++)
            {
                (await cache.ReadAsync(number * HeldSource.WindowLength, buffer, CancellationToken.None)).Should().Be(1);
                buffer[0].Should().Be(Plain[number * HeldSource.WindowLength]);
            }
        }

        source.Reads.Should().Be(2 * (WindowCache.MaxKept + 1), "each was forgotten just before it was wanted again");
        await cache.ReadAsync(WindowCache.MaxKept * HeldSource.WindowLength, buffer, CancellationToken.None);
        source.Reads.Should().Be(2 * (WindowCache.MaxKept + 1), "the last is still there");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_directory_comes_whole_in_one_request(bool isSealed)
    {
        var contents = Enumerable.Range(0, 12).ToDictionary(number => $"/d/{number}.dcm", number => RandomNumberGenerator.GetBytes(3000 + number));
        await using var fixture = await FixtureAsync(isSealed, [.. contents.Select(content => (content.Key, content.Value)), ("/d/below/x.dcm", Plain)]);
        // One of them breaks off and is taken up again.
        fixture.Srm.Files["/d/3.dcm"].BreaksAfter.Enqueue(1000);

        var files = await fixture.Files.ReadAllAsync(fixture.Srm.At("/d"), isRecursive: false, null, CancellationToken.None).ToListAsync();

        files.Should().HaveCount(12);
        foreach (var file in files)
            file.Bytes.ToArray().Should().Equal(contents[file.Entry.Surl.Path.ToString()]);
        fixture.Srm.CountOf<PrepareToGetRequest>().Should().Be(1);
        fixture.Srm.CountOf<ReleaseFilesRequest>().Should().BePositive();
        (await fixture.Files.ReadAllAsync(fixture.Srm.At("/d"), isRecursive: true, null, CancellationToken.None).CountAsync()).Should().Be(13);
        (await fixture.Files.ReadAllAsync(fixture.Srm.At("/d/5.dcm"), isRecursive: true, null, CancellationToken.None).SingleAsync()).Bytes.ToArray().Should().Equal(contents["/d/5.dcm"]);
    }

    [Fact]
    public async Task The_first_file_that_cannot_be_had_ends_it()
    {
        await using var fixture = await FixtureAsync(isSealed: false, ("/d/a.dcm", [1, 2, 3]), ("/d/b.dcm", [4, 5, 6]));
        fixture.Srm.Files["/d/b.dcm"].ListedAdler32 = "00000001";

        await FluentActions.Awaiting(() => fixture.Files.ReadAllAsync(fixture.Srm.At("/d"), isRecursive: false, null, CancellationToken.None).ToListAsync().AsTask())
            .Should().ThrowAsync<SrmException>().WithMessage("*00000001 was promised*").WithInnerException(typeof(MdmException)).Where(e => ((MdmException)e).Kind == MdmErrorKind.Corrupt);
    }

    [Fact]
    public async Task A_directory_is_not_opened()
    {
        await using var fixture = await FixtureAsync(isSealed: false, ("/d/a.dcm", [1, 2, 3]));

        (await FluentActions.Awaiting(() => fixture.Files.OpenFileAsync(fixture.Srm.At("/d"), CancellationToken.None)).Should().ThrowAsync<SrmException>())
            .Which.InnerException.Should().BeOfType<MdmException>().Which.Kind.Should().Be(MdmErrorKind.IsADirectory);
    }

    [Theory]
    [InlineData(401, StatusCode.AuthenticationFailure)]
    [InlineData(403, StatusCode.AuthorizationFailure)]
    [InlineData(404, StatusCode.InvalidPath)]
    public async Task What_the_door_of_the_data_refuses_is_refused_as_what_it_is(int answer, StatusCode status)
    {
        await using var fixture = await FixtureAsync(isSealed: false, ("/d/a.dcm", [1, 2, 3]));
        fixture.Srm.Files["/d/a.dcm"].Status = answer;

        (await FluentActions.Awaiting(() => fixture.Files.OpenFileAsync(fixture.Srm.At("/d/a.dcm"), CancellationToken.None)).Should().ThrowAsync<SrmException>())
            .Which.Status.Should().Be(status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task No_more_arrives_or_waits_than_was_asked_for_while_the_first_is_looked_at(bool isSealed)
    {
        const int Parallel = 3;
        await using var fixture = await FixtureAsync(isSealed, [.. Enumerable.Range(0, 30).Select(number => ($"/d/{number}.dcm", RandomNumberGenerator.GetBytes(1000)))]);
        var all = fixture.Files.ReadAllAsync(fixture.Srm.At("/d"), isRecursive: false, new FetchOptions { Parallel = Parallel }, CancellationToken.None).GetAsyncEnumerator();
        await using (all.ConfigureAwait(true))
        {
            (await all.MoveNextAsync()).Should().BeTrue();
            // One of each that is taken, and those that have a place.
            await Mdm.TestKit.Here.UntilAsync(() => Task.FromResult(fixture.Srm.Downloads.Count >= 1 + Parallel), TimeSpan.FromSeconds(60), "downloads for all places");
            for (var taken = 2; taken <= 10; taken++)
            {
                fixture.Srm.Downloads.Count.Should().BeLessThanOrEqualTo(taken - 1 + Parallel);
                (await all.MoveNextAsync()).Should().BeTrue();
            }
        }
        fixture.Srm.Downloads.Count.Should().BeLessThan(30);
    }

    [Fact]
    public async Task What_is_listed_as_too_much_is_not_even_asked_for()
    {
        await using var fixture = await FixtureAsync(isSealed: false, ("/d/a.dcm", new byte[600]), ("/d/b.dcm", new byte[600]));

        // The least that they come to, should they be sealed.
        await DemandRefusedAsync(fixture, (2 * (600 - SealedFormat.MinSealedLength)) - 1);

        fixture.Srm.CountOf<PrepareToGetRequest>().Should().Be(0);
        fixture.Srm.Downloads.Should().BeEmpty();
        (await fixture.Files.ReadAllAsync(fixture.Srm.At("/d"), isRecursive: false, new FetchOptions { MostBytes = 1200 }, CancellationToken.None).CountAsync()).Should().Be(2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_comes_is_stopped_where_it_is_too_much_whatever_was_listed(bool isSealed)
    {
        var content = RandomNumberGenerator.GetBytes(5_000_000);
        await using var fixture = await FixtureAsync(isSealed, ("/d/a.dcm", content));
        fixture.Srm.Files["/d/a.dcm"].ListedLength = 10;

        await DemandRefusedAsync(fixture, content.Length - 1);

        var whole = await fixture.Files.ReadAllAsync(fixture.Srm.At("/d"), isRecursive: false, new FetchOptions { MostBytes = content.Length }, CancellationToken.None).SingleAsync();
        whole.Bytes.ToArray().Should().Equal(content);
    }

    [Fact]
    public async Task What_came_and_nobody_took_is_cleared()
    {
        // As it grows, and when it ends.
        var content = new ArrivedContent(10, new BytesAllowance(null));
        var rooms = new List<Memory<byte>>();
        for (var part = 0; part < 40; part++)
        {
            await content.WriteAsync(Enumerable.Repeat((byte)7, 100_000).ToArray());
            // What lies behind it was never ours.
            rooms.Add(content.Room[..((part + 1) * 100_000)]);
        }
        await content.DisposeAsync();

        rooms.Select(room => room.ToArray().Count(value => value == 7)).Should().OnlyContain(left => left == 0);
    }

    private static async Task DemandRefusedAsync(DoubleFixture fixture, long most)
    {
        var failure = (await FluentActions.Awaiting(() => fixture.Files.ReadAllAsync(fixture.Srm.At("/d"), isRecursive: false, new FetchOptions { MostBytes = most }, CancellationToken.None).ToListAsync().AsTask())
            .Should().ThrowAsync<Exception>()).Which;
        (failure as MdmException ?? failure.InnerException).Should().BeOfType<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Refused);
        failure.Message.Should().Contain(most.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Who_has_enough_ends_the_request()
    {
        await using var fixture = await FixtureAsync(isSealed: false, [.. Enumerable.Range(0, 40).Select(number => ($"/d/{number}.dcm", new byte[] { (byte)number }))]);

        await foreach (var file in fixture.Files.ReadAllAsync(fixture.Srm.At("/d"), isRecursive: false, new FetchOptions { Parallel = 2 }, CancellationToken.None))
        {
            file.Bytes.Length.Should().Be(1);
            break;
        }

        fixture.Srm.Downloads.Count.Should().BeLessThan(40, "no more travels than is taken");
        (fixture.Srm.CountOf<AbortRequestRequest>() + fixture.Srm.CountOf<ReleaseFilesRequest>()).Should().BePositive("the host need not keep them");
    }

    private static async Task<DoubleFixture> FixtureAsync(bool isSealed, params (string Path, byte[] Content)[] files)
    {
        var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Announcement = Announcement;
        foreach (var (path, content) in files)
        {
            fixture.Srm.Add(path, isSealed ? fixture.Keys.Seal(content) : content);
            fixture.Srm.Files[path].MediaType = isSealed ? SealedFormat.MediaType : "application/dicom";
        }
        return fixture;
    }

    /// <summary>Parts that come when the test says so.</summary>
    private sealed class HeldSource(byte[] content) : IWindowSource
    {
        public const int WindowLength = 1000;

        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _reads;

        public int Reads => Volatile.Read(ref _reads);

        public long Length => content.Length;

        public int Room => WindowLength;

        public void Release() => _released.TrySetResult();

        public uint At(long offset) => (uint)(offset / WindowLength);

        public long BeginningOf(uint number) => (long)number * WindowLength;

        public async ValueTask<int> ReadAsync(uint number, Memory<byte> room, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _reads);
            await _released.Task.WaitAsync(cancellationToken);
            var part = content.AsMemory((int)BeginningOf(number))[..Math.Min(WindowLength, content.Length - (int)BeginningOf(number))];
            part.CopyTo(room);
            return part.Length;
        }

        public ValueTask VerifyEndAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void Dispose()
        {
        }
    }
}
