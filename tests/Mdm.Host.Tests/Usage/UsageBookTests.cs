using Mdm.Host.Usage;
using Mdm.Sql;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Tests.Usage;

public sealed class UsageBookTests : IDisposable
{
    private static readonly GridIdentity Alice = new(DistinguishedName.Parse("/DC=org/CN=Alice"), [Fqan.Parse("/biomed/Role=physician"), Fqan.Parse("/biomed")]);
    private static readonly GridIdentity Bob = new(DistinguishedName.Parse("/DC=org/CN=Bob"));

    private readonly TemporaryDirectory _folder = new();
    private readonly ManualTime _time = new();

    private DateOnly Today => DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Adds_up_by_vo_user_archive_and_day()
    {
        await using var store = Open();
        using var book = Book(store);
        book.Requested(Alice);
        book.Staged(Alice, "ct", 100);
        book.Staged(Alice, "mr", 10);
        book.Delivered(Alice, "ct", 60);
        book.Requested(Bob);
        book.Delivered(Bob, "ct", 100);
        await book.WriteAsync();
        var yesterday = Today;
        _time.Advance(TimeSpan.FromDays(1));
        book.Staged(Alice, "ct", 1);

        (await book.SumAsync(yesterday, Today, UsageBy.Vo, default)).Should().Equal(
            new UsageSum("", new UsageCounts(Requests: 1, Deliveries: 1, Delivered: 100)),
            new UsageSum("biomed", new UsageCounts(1, 3, 111, 1, 60)));
        (await book.SumAsync(yesterday, Today, UsageBy.User, default)).Select(sum => sum.Name).Should().Equal("/DC=org/CN=Alice", "/DC=org/CN=Bob");
        (await book.SumAsync(yesterday, yesterday, UsageBy.Archive, default)).Should().Equal(
            new UsageSum("", new UsageCounts(Requests: 2)),
            new UsageSum("ct", new UsageCounts(Fetched: 1, Staged: 100, Deliveries: 2, Delivered: 160)),
            new UsageSum("mr", new UsageCounts(Fetched: 1, Staged: 10)));
        (await book.SumAsync(yesterday, Today, UsageBy.Day, default)).Select(sum => (sum.Name, sum.Counts.Staged)).Should().Equal(($"{yesterday:yyyy-MM-dd}", 110), ($"{Today:yyyy-MM-dd}", 1));
    }

    [Fact]
    public async Task Counts_of_a_store_from_before_there_were_puts_stay()
    {
        var address = Address();
        await using (var before = SqlStore.Open(address, UsageStore.Schema with { Migrations = UsageStore.Schema.Migrations[..1] }, new SqlStoreOptions("usage", SqlDurability.ProcessCrash)))
        {
            await before.WriteAsync(session => session.Execute("INSERT INTO used (day, vo, subject, archive, requests, fetched, staged, deliveries, delivered) VALUES ($1, 'biomed', '/DC=org/CN=Alice', 'ct', 1, 2, 3, 4, 5)", Today.DayNumber), default);
        }
        await using var store = UsageStore.Open(address);
        using var book = Book(store);
        book.Put(Alice, "ct", 70);
        await book.WriteAsync();

        (await store.SumAsync(Today, Today, UsageBy.Archive, default)).Should().Equal(new UsageSum("ct", new UsageCounts(1, 2, 3, 4, 5, 1, 70)));
    }

    [Fact]
    public async Task Writes_every_minute_and_at_the_end()
    {
        await using (var store = Open())
        {
            using var book = Book(store);
            await book.StartAsync(default);
            book.Staged(Alice, "ct", 7);
            _time.Advance(UsageBook.WriteEvery);
            await Doubles.Eventually.HoldsAsync(() => store.SumAsync(Today, Today, UsageBy.Archive, default).GetAwaiter().GetResult().Count == 1, "the minute was written");
            book.Staged(Alice, "ct", 8);
            await book.StopAsync(default);
        }
        await using var again = Open();
        (await again.SumAsync(Today, Today, UsageBy.Archive, default)).Single().Counts.Staged.Should().Be(15);
    }

    [Fact]
    public async Task Two_hosts_on_one_store_add_up()
    {
        await using var store = Open();
        using var one = Book(store);
        using var other = Book(store);
        one.Delivered(Alice, "ct", 1);
        other.Delivered(Alice, "ct", 2);
        await Task.WhenAll(one.WriteAsync(), other.WriteAsync());

        (await one.SumAsync(Today, Today, UsageBy.User, default)).Single().Counts.Should().Be(new UsageCounts(Deliveries: 2, Delivered: 3));
    }

    [Fact]
    public async Task Forgets_what_is_older_than_it_keeps()
    {
        await using var store = Open();
        using var book = Book(store);
        var first = Today;
        book.Staged(Alice, "ct", 7);
        await book.WriteAsync();
        _time.Advance(TimeSpan.FromDays(UsageStore.KeptDays + 1));
        book.Staged(Alice, "ct", 1);

        (await book.SumAsync(first, Today, UsageBy.Archive, default)).Single().Counts.Staged.Should().Be(1);
    }

    [Fact]
    public async Task What_cannot_be_written_is_kept_for_the_next_time()
    {
        var store = Open();
        using var book = Book(store);
        book.Staged(Alice, "ct", 7);
        await store.DisposeAsync();
        await book.Invoking(b => b.WriteAsync()).Should().ThrowAsync<Exception>();

        book.Pending.Should().Be(1);
    }

    private UsageStore Open() => UsageStore.Open(Address());

    private SqlStoreAddress Address() => SqlStoreAddress.Parse(TestStores.At(_folder.Path, "usage"), _folder.Path);

    private UsageBook Book(UsageStore store) => new(store, _time, NullLogger<UsageBook>.Instance);
}
