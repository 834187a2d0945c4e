using System.Collections.Concurrent;
using Mdm.Abstractions.Testing;
using Mdm.Plugins.Amga.Sessions;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Commands;

/// <summary>Transactions, bulk, and answers longer than a client takes at once.</summary>
public abstract class UploadCommandTests : CommandTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task An_upload_is_silent_and_there_as_a_whole_after_its_commit()
    {
        await Root.All("createdir /a\naddattr /a i int v varchar(9) t text");
        var client = Root;
        (await client.IsSilent("upload /a i v")).Should().BeTrue();
        for (var i = 0; i < 100; i++)
            (await client.IsSilent($"put e{i} {i} 'v {i}'")).Should().BeTrue();
        (await Root.Run("listentries /a")).Should().BeEmpty();
        (await client.IsSilent("commit")).Should().BeFalse();
        (await Root.Run("selectattr 'count(/a:i)' 'sum(/a:i)' ''")).Should().Equal("100", "4950");
        (await Root.Run("getattr /a/e42 i v t")).Should().Equal("e42", "42", "v 42", "");
    }

    [SkippableFact]
    public async Task Of_an_upload_that_is_aborted_or_has_a_wrong_row_nothing_is_kept()
    {
        await Root.All("createdir /a\naddattr /a i int\naddentry /a/there");
        var client = Root;
        await client.All("upload /a i\nput e1 1\nabort");
        await client.All("upload /a i\nput e1 1");
        (await client.Code("put e2 two")).Should().Be(13);
        (await client.IsSilent("put e3 3")).Should().BeTrue("what is wrong is said at the end");
        (await client.Code("listentries /a")).Should().Be(13);
        (await client.Answer("commit")).Should().StartWith("13 Nothing of the upload was kept. ");
        await client.All("upload /a i\nput e1 1\nput there 2");
        (await client.Code("commit")).Should().Be(15);
        await client.All("upload /a i\nput e1 1\nput e1 2");
        (await client.Code("commit")).Should().Be(15);
        await client.Run("upload /a i");
        (await client.Code("put /b/e 1")).Should().Be(3);
        await client.Run("abort");
        (await client.Code("commit")).Should().Be(9);
        (await client.Code("abort")).Should().Be(9);
        (await client.Code("put e 1")).Should().Be(9);
        (await client.Code("commit")).Should().Be(9);
        (await client.Code("upload /a nothing")).Should().Be(10);
        await client.Run("put e 1");
        (await client.Code("commit")).Should().Be(10);
        (await client.Code("upload /a nothing")).Should().Be(10);
        await client.Run("abort");
        await client.All("upload /a i\nput e1 1");
        (await client.Code("upload /a i")).Should().Be(9);
        (await client.Code("commit")).Should().Be(9, "an upload within an upload is none");
        (await Root.Run("listentries /a")).Should().Equal("there");
    }

    [SkippableFact]
    public async Task A_transaction_sees_its_own_writes_and_others_see_them_after_it()
    {
        await Root.All("createdir /a\naddattr /a i int");
        var client = Root;
        await client.All("transaction\naddentry /a/e i 1\ncreatedir /a/b\naddattr /a/b k int\naddentry /a/b/f k 2\naddattr /a late int\nsetattr /a/e late 3");
        (await client.Run("getattr /a/e i late")).Should().Equal("e", "1", "3");
        (await client.Run("find /a/b 'k = 2'")).Should().Equal("f");
        (await client.Code("addentry /a/e i 1")).Should().Be(15, "what fails undoes itself only");
        var other = Store.Dialect == SqlDialect.Sqlite ? await Root.Run("dir /a") : [];
        other.Should().BeEmpty();
        await client.Run("commit");
        (await Root.Run("getattr /a/e i late")).Should().Equal("e", "1", "3");
        (await Root.Run("listattr /a/b")).Should().Equal("k", "int");
    }

    [SkippableFact]
    public async Task An_aborted_transaction_leaves_nothing_schema_included()
    {
        await Root.All("createdir /a\naddattr /a i int");
        var client = Root;
        await client.All("transaction\naddattr /a k int\nremoveattr /a i\ncreatedir /b\naddentry /a/e k 1\nabort");
        (await client.Run("listattr /a")).Should().Equal("i", "int");
        (await Root.Run("listattr /a")).Should().Equal("i", "int");
        (await Root.Run("dir /")).Should().Equal("/a", "collection");
        await client.All("transaction\naddattr /a other text\ncommit\naddentry /a/e other x");
        (await Root.Run("getattr /a/e")).Should().Equal("e", "", "x");
    }

    [SkippableFact]
    public async Task A_transaction_that_is_left_alone_ends_and_lets_others_write()
    {
        var time = new ManualTime();
        await Store.DisposeAsync();
        Open(time);
        await Root.All("createdir /a");
        var client = Root;
        await client.All("transaction\naddentry /a/lost");
        var other = Root.Run("addentry /a/other");
        await Here.UntilAsync(() =>
        {
            time.Advance(Options.MaxTransactionIdle / 60);
            return Task.FromResult(other.IsCompleted);
        }, Limit, "the transaction has ended");
        await other;
        (await client.Code("addentry /a/more")).Should().Be(12);
        (await client.Code("commit")).Should().Be(9);
        (await Root.Run("listentries /a")).Should().Equal("other");
    }

    [SkippableFact]
    public async Task A_client_that_goes_away_takes_its_transaction_with_it()
    {
        await Root.All("createdir /a");
        var client = Root;
        await client.All("transaction\naddentry /a/lost");
        await client.DisposeAsync();
        await Root.Run("addentry /a/other").WaitAsync(Limit);
        (await Root.Run("listentries /a")).Should().Equal("other");
    }

    [SkippableFact]
    public async Task A_slow_reader_keeps_nobody_from_writing_and_still_sees_one_state()
    {
        await Root.All("createdir /a\naddattr /a v text");
        await Fill(5000, 1000);
        var slow = new SlowReader();
        var reading = Root.Execute("getattr /a v", slow, default);
        await slow.First.WaitAsync(Limit);

        // The writer gets in while the reader holds its first line; so does a change of the table itself.
        await Root.All("setattr /a/* v changed\naddattr /a w int\nremoveattr /a v").WaitAsync(Limit);

        slow.GoOn();
        await reading.WaitAsync(Limit);
        slow.Lines.Should().HaveCount(10_000);
        slow.Lines.Where((_, i) => i % 2 == 1).Should().AllSatisfy(value => value.Should().HaveLength(1000));
    }

    [SkippableFact]
    public async Task A_query_that_takes_too_long_is_ended_and_says_by_which_limit()
    {
        await Root.All("createdir /a\naddattr /a i int");
        await Fill(2000, 0);
        var answer = await Root.Answer("selectattr 'count(*)' '/a:i = 0 or length(concat(/a:FILE, /b:FILE, /c:FILE)) < 0'");
        answer.Should().StartWith("1");
        await Root.All("createdir /b\naddattr /b i int\ncreatedir /c\naddattr /c i int");
        await Fill(2000, 0, "/b");
        await Fill(2000, 0, "/c");
        var usual = Options.MaxQueryTime;
        Options.MaxQueryTime = TimeSpan.FromSeconds(1);
        (await Root.Answer("selectattr 'count(*)' 'length(concat(/a:FILE, /b:FILE, /c:FILE)) < 0'").WaitAsync(Limit)).Should().StartWith("12 ").And.Contain("MaxQueryTime");
        (await Root.Answer("updateattr /a i '1' 'length(concat(FILE, /b:FILE, /c:FILE)) < 0'").WaitAsync(Limit)).Should().StartWith("12 ").And.Contain("MaxQueryTime");
        Options.MaxQueryTime = usual;
        (await Root.Run("addentry /a/after")).Should().BeEmpty();
    }

    [SkippableFact]
    public async Task A_reader_that_gives_up_ends_the_query()
    {
        await Root.All("createdir /a\naddattr /a v text");
        await Fill(5000, 1000);
        using var gone = new CancellationTokenSource();
        var slow = new SlowReader();
        var reading = Root.Execute("getattr /a v", slow, gone.Token);
        await slow.First.WaitAsync(Limit);
        await gone.CancelAsync();
        await reading.Invoking(r => r.WaitAsync(Limit)).Should().ThrowAsync<OperationCanceledException>();
        (await Root.Run("selectattr 'count(/a:FILE)' ''")).Should().Equal("5000");
    }

    private async Task Fill(int rows, int length, string directory = "/a")
    {
        var client = Root;
        await client.Run($"upload {directory}{(length > 0 ? " v" : string.Empty)}");
        for (var i = 0; i < rows; i++)
            await client.Run($"put e{i}{(length > 0 ? " " + new string('x', length) : string.Empty)}");
        await client.Run("commit");
    }

    private sealed class SlowReader : IAnswer
    {
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<string> Lines { get; } = [];

        public Task First => _first.Task;

        public void GoOn() => _goOn.TrySetResult();

        public void SetHeader(string text)
        {
        }

        public void KeepSilent()
        {
        }

        public void TellSearch(Mdm.Abstractions.AttributeSearch search)
        {
        }

        public async ValueTask WriteAsync(string line, CancellationToken cancellationToken)
        {
            Lines.Enqueue(line);
            _first.TrySetResult();
            await _goOn.Task.WaitAsync(cancellationToken);
        }
    }
}

public sealed class UploadCommandsOnSqliteTests : UploadCommandTests, IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override Task<SqlStoreAddress> NewAddressAsync() => Task.FromResult(SqlStoreAddress.Parse("sqlite:amga.db", _folder.Path));
}

[Collection("postgres")]
public sealed class UploadCommandsOnPostgresTests(SharedPostgres postgres) : UploadCommandTests
{
    protected override async Task<SqlStoreAddress> NewAddressAsync() => SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/");
}
