using Mdm.Abstractions.Testing;
using Mdm.TestKit;

namespace Mdm.Sql.Tests;

/// <summary>Transactions that outlive a call, statements that are built, and rows that are handed over one by one, whatever is behind the store.</summary>
public abstract class HeldTransactionTests : StoreTests
{
    private const string Endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    private static readonly SqlSchema Words = new("words", ["CREATE TABLE words (word TEXT NOT NULL PRIMARY KEY)"]);
    private static readonly HoldLimits Long = new(Limit, Limit);

    [SkippableFact]
    public async Task Sees_its_own_writes_which_others_see_after_the_commit()
    {
        await using var store = Open();
        await using var held = await store.BeginAsync(Long, TimeProvider.System, default);
        await held.RunAsync(s => s.Execute("INSERT INTO words VALUES ('one')"), default);

        (await held.RunAsync(Count, default)).Should().Be(1);
        (await store.ReadAsync(Count, default)).Should().Be(0);
        await held.CommitAsync();

        (await store.ReadAsync(Count, default)).Should().Be(1);
        held.End.Should().Be("committed");
    }

    [SkippableFact]
    public async Task Undoes_all_when_it_is_not_committed_schema_included()
    {
        await using var store = Open();
        await using (var held = await store.BeginAsync(Long, TimeProvider.System, default))
        {
            await held.RunAsync(s => s.Execute(new BuiltSql("CREATE TABLE more (word TEXT)")), default);
            await held.RunAsync(s => s.Execute("INSERT INTO words VALUES ('one')"), default);
        }
        (await store.ReadAsync(Count, default)).Should().Be(0);
        await store.Invoking(x => x.ReadAsync(s => s.Scalar<long>(new BuiltSql("SELECT count(*) FROM more")), default)).Should().ThrowAsync<SqlStoreException>();
    }

    [SkippableFact]
    public async Task A_piece_that_fails_undoes_itself_only()
    {
        await using var store = Open();
        await using var held = await store.BeginAsync(Long, TimeProvider.System, default);
        await held.RunAsync(s => s.Execute("INSERT INTO words VALUES ('one')"), default);
        await held.Invoking(h => h.RunAsync(s => s.Execute("INSERT INTO words VALUES ('two')") + s.Execute("INSERT INTO words VALUES ('one')"), default))
            .Should().ThrowAsync<SqlStoreException>();
        await held.RunAsync(s => s.Execute("INSERT INTO words VALUES ('three')"), default);
        await held.CommitAsync();

        (await store.ReadAsync(s => s.Query("SELECT word FROM words ORDER BY word", row => row.GetString(0)), default)).Should().Equal("one", "three");
    }

    [SkippableFact]
    public async Task Keeps_other_writers_waiting_only_until_its_time_is_over()
    {
        var (time, idle) = (new ManualTime(), TimeSpan.FromMinutes(5));
        await using var store = Open();
        await using var held = await store.BeginAsync(new HoldLimits(TimeSpan.FromDays(1), idle), time, default);
        await held.RunAsync(s => s.Execute("INSERT INTO words VALUES ('lost')"), default);

        var next = store.WriteAsync(s => s.Execute("INSERT INTO words VALUES ('next')"), default);
        time.Advance(idle - TimeSpan.FromSeconds(1));
        next.IsCompleted.Should().BeFalse();
        // Whether it is idle since before the clock was moved or only since then is its own thread's business.
        await Here.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(held.End is not null);
        }, Limit, "its time is over");
        await next.WaitAsync(Limit);

        (await store.ReadAsync(s => s.Query("SELECT word FROM words", row => row.GetString(0)), default)).Should().Equal("next");
        held.End.Should().Be("idle for too long");
        (await held.Invoking(h => h.RunAsync(Count, default)).Should().ThrowAsync<SqlStoreException>()).Which.Trouble.Should().Be(SqlTrouble.Busy);
        await held.Invoking(h => h.CommitAsync()).Should().ThrowAsync<SqlStoreException>();
    }

    [SkippableFact]
    public async Task A_statement_that_runs_when_its_whole_time_is_over_is_ended()
    {
        var time = new ManualTime();
        await using var store = Open();
        await using var held = await store.BeginAsync(new HoldLimits(Limit, Limit), time, default);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var endless = held.RunAsync(s => Begun(begun, s).Scalar<long>(new BuiltSql(Endless)), default);
        await begun.Task.WaitAsync(Limit);
        time.Advance(Limit);
        await endless.Invoking(e => e.WaitAsync(Limit)).Should().ThrowAsync<SqlStoreException>();
        held.End.Should().Be("longer than its whole time");
        await store.WriteAsync(s => s.Execute("INSERT INTO words VALUES ('next')"), default).WaitAsync(Limit);
    }

    [SkippableFact]
    public async Task Closing_the_store_undoes_it()
    {
        var store = Open();
        var held = await store.BeginAsync(Long, TimeProvider.System, default);
        await held.RunAsync(s => s.Execute("INSERT INTO words VALUES ('one')"), default);
        await store.DisposeAsync().AsTask().WaitAsync(Limit);
        await held.DisposeAsync();
        await using var again = Open();
        (await again.ReadAsync(Count, default)).Should().Be(0);
    }

    [SkippableFact]
    public async Task Who_is_cancelled_while_he_waits_for_his_turn_holds_nothing()
    {
        await using var store = Open();
        await using var first = await store.BeginAsync(Long, TimeProvider.System, default);
        using var impatience = new CancellationTokenSource();
        var second = store.BeginAsync(Long, TimeProvider.System, impatience.Token);
        await impatience.CancelAsync();
        await first.CommitAsync();
        await second.Invoking(s => s).Should().ThrowAsync<OperationCanceledException>();
        await store.WriteAsync(s => s.Execute("INSERT INTO words VALUES ('next')"), default).WaitAsync(Limit);
    }

    [SkippableFact]
    public async Task A_write_alone_ends_when_it_is_cancelled_and_takes_nobody_with_it()
    {
        await using var store = Open();
        using var impatience = new CancellationTokenSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var endless = store.WriteAloneAsync(s => s.Execute("INSERT INTO words VALUES ('lost')") + Begun(begun, s).Scalar<long>(new BuiltSql(Endless)), impatience.Token);
        var next = store.WriteAsync(s => s.Execute("INSERT INTO words VALUES ('next')"), default);
        await begun.Task.WaitAsync(Limit);
        await impatience.CancelAsync();
        await endless.Invoking(e => e.WaitAsync(Limit)).Should().ThrowAsync<OperationCanceledException>();
        await next.WaitAsync(Limit);
        (await store.ReadAsync(s => s.Query("SELECT word FROM words", row => row.GetString(0)), default)).Should().Equal("next");
    }

    [SkippableFact]
    public async Task No_statement_begins_once_its_work_was_cancelled()
    {
        await using var store = Open();
        using var impatience = new CancellationTokenSource();
        long Cancelled(SqlSession session)
        {
            // Between two statements, when there is none to end.
            impatience.Cancel();
            return session.Scalar<long>(new BuiltSql(Endless));
        }
        await store.Invoking(x => x.WriteAloneAsync(s => s.Execute("INSERT INTO words VALUES ('lost')") + Cancelled(s), impatience.Token).WaitAsync(Limit)).Should().ThrowAsync<OperationCanceledException>();
        using var other = new CancellationTokenSource();
        await store.Invoking(x => x.ReadAsync(s =>
        {
            other.Cancel();
            return s.Scalar<long>(new BuiltSql(Endless));
        }, other.Token).WaitAsync(Limit)).Should().ThrowAsync<OperationCanceledException>();
        (await store.ReadAsync(Count, default)).Should().Be(0);
    }

    [SkippableFact]
    public async Task A_statement_is_ended_at_whatever_moment_its_work_is_cancelled()
    {
        await using var store = Open();
        for (var round = 0; round < 50; round++)
        {
            using var impatience = new CancellationTokenSource();
            var begun = new TaskCompletionSource();
            // Cancelled by another thread while this one is on its way into the database.
            var cancelling = begun.Task.ContinueWith(_ => impatience.Cancel(), TaskScheduler.Default);
            await store.Invoking(x => x.WriteAloneAsync(s => Begun(begun, s).Scalar<long>(new BuiltSql(Endless)), impatience.Token).WaitAsync(Limit)).Should().ThrowAsync<OperationCanceledException>();
            await cancelling;
        }
    }

    [SkippableFact]
    public async Task There_may_be_more_built_statements_than_are_kept()
    {
        await using var store = Open();
        var sums = await store.ReadAsync(s => Enumerable.Range(0, SqlSession.MaxStatements + 10).Sum(i => s.Scalar<long>(new BuiltSql($"SELECT CAST($1 AS INTEGER) + {i}"), 1)), default);
        sums.Should().Be(Enumerable.Range(0, SqlSession.MaxStatements + 10).Sum(i => i + 1L));
    }

    [SkippableFact]
    public async Task Rows_are_handed_over_while_the_query_runs_and_stop_when_nobody_wants_more()
    {
        await using var store = Open();
        var seen = 0;
        await store.Invoking(x => x.ReadAsync(s =>
        {
            s.ForEach(new BuiltSql("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"), _ =>
            {
                if (++seen == 10)
                    throw new InvalidOperationException("enough");
            });
            return 0;
        }, default)).Should().ThrowAsync<InvalidOperationException>().WithMessage("enough");
        seen.Should().Be(10);
        (await store.ReadAsync(Count, default)).Should().Be(0);
    }

    private static SqlSession Begun(TaskCompletionSource begun, SqlSession session)
    {
        begun.SetResult();
        return session;
    }

    private static long Count(SqlSession session) => session.Scalar<long>("SELECT count(*) FROM words");

    private SqlStore Open() => SqlStore.Open(Address, Words, new SqlStoreOptions("the tests"));
}

public sealed class HeldTransactionOnSqliteTests : HeldTransactionTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override Task<SqlStoreAddress> NewAddressAsync() => Task.FromResult(SqlStoreAddress.Parse("sqlite:words.db", _folder.Path));
}

[Collection("postgres")]
public sealed class HeldTransactionOnPostgresTests(SharedPostgres postgres) : HeldTransactionTests
{
    protected override async Task<SqlStoreAddress> NewAddressAsync() => SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/");
}
