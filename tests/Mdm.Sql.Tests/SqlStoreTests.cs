namespace Mdm.Sql.Tests;

public sealed class SqlStoreTests : IDisposable
{
    private static readonly SqlSchema Words = new("words", ["CREATE TABLE words (word TEXT NOT NULL PRIMARY KEY, weight INTEGER)"]);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Reads_what_was_written()
    {
        await using var store = Open();
        await Add(store, "alpha", 1);
        await Add(store, "beta", null);

        var rows = await store.ReadAsync(s => s.Query("SELECT word, weight FROM words ORDER BY word",
            row => (row.GetString(0), row.IsDBNull(1) ? (long?)null : row.GetInt64(1))), CancellationToken.None);

        rows.Should().Equal(("alpha", 1L), ("beta", null));
    }

    [Fact]
    public async Task Keeps_what_was_written_when_opened_again()
    {
        await using (var store = Open())
            await Add(store, "alpha", 1);

        await using var again = Open();
        (await Count(again)).Should().Be(1);
    }

    [Fact]
    public async Task A_value_is_never_read_as_sql()
    {
        await using var store = Open();
        await Add(store, "'); DROP TABLE words; --", 1);
        (await Count(store)).Should().Be(1);
    }

    [Fact]
    public async Task A_failing_write_undoes_itself_and_not_its_neighbours()
    {
        await using var store = Open();
        using var gate = new ManualResetEventSlim();
        // Holds the writer, so that what follows is queued and shares one transaction.
        var first = store.WriteAsync(s => { gate.Wait(TimeSpan.FromSeconds(10)); return 0; }, CancellationToken.None);
        var before = Add(store, "before", 1);
        var failing = store.WriteAsync<int>(s =>
        {
            s.Execute("INSERT INTO words (word) VALUES ('half')");
            throw new InvalidOperationException("changed my mind");
        }, CancellationToken.None);
        var after = Add(store, "after", 1);
        gate.Set();

        await first;
        await before;
        await after;
        await failing.Invoking(t => t).Should().ThrowAsync<InvalidOperationException>().WithMessage("changed my mind");
        var words = await store.ReadAsync(s => s.Query("SELECT word FROM words ORDER BY word", row => row.GetString(0)), CancellationToken.None);
        words.Should().Equal("after", "before");
    }

    [Fact]
    public async Task A_failing_write_alone_leaves_nothing()
    {
        await using var store = Open();
        await store.Invoking(x => x.WriteAsync<int>(s =>
        {
            s.Execute("INSERT INTO words (word) VALUES ('half')");
            throw new InvalidOperationException();
        }, CancellationToken.None)).Should().ThrowAsync<InvalidOperationException>();
        (await Count(store)).Should().Be(0);
        await Add(store, "next", 1);
        (await Count(store)).Should().Be(1);
    }

    [Fact]
    public async Task A_broken_rule_of_the_schema_is_a_constraint()
    {
        await using var store = Open();
        await Add(store, "alpha", 1);
        var e = await store.Invoking(x => Add(x, "alpha", 2)).Should().ThrowAsync<SqlStoreException>();
        e.Which.Trouble.Should().Be(SqlTrouble.Constraint);
        e.Which.Message.Should().NotContain("alpha");
    }

    [Fact]
    public async Task Many_writers_and_readers_lose_nothing()
    {
        await using var store = Open(SqlDurability.ProcessCrash);
        await Parallel.ForEachAsync(Enumerable.Range(0, 500), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) =>
        {
            await Add(store, $"word {i}", i);
            (await store.ReadAsync(s => s.Scalar<long>("SELECT weight FROM words WHERE word = $1", $"word {i}"), CancellationToken.None)).Should().Be(i);
        });
        (await Count(store)).Should().Be(500);
    }

    [Fact]
    public async Task A_reader_cannot_write()
    {
        await using var store = Open();
        await store.Invoking(x => x.ReadAsync(s => s.Execute("INSERT INTO words (word) VALUES ('x')"), CancellationToken.None)).Should().ThrowAsync<SqlStoreException>();
        (await Count(store)).Should().Be(0);
    }

    [Fact]
    public async Task A_reader_sees_one_snapshot()
    {
        await using var store = Open();
        var (before, after) = await store.ReadAsync(s =>
        {
            var first = s.Scalar<long>("SELECT count(*) FROM words");
            Add(store, "meanwhile", 1).GetAwaiter().GetResult();
            return (first, s.Scalar<long>("SELECT count(*) FROM words"));
        }, CancellationToken.None);
        (before, after).Should().Be((0, 0));
        (await Count(store)).Should().Be(1);
    }

    [Fact]
    public async Task A_write_that_was_cancelled_while_waiting_is_not_done()
    {
        await using var store = Open();
        using var gate = new ManualResetEventSlim();
        using var cancel = new CancellationTokenSource();
        var first = store.WriteAsync(s => { gate.Wait(TimeSpan.FromSeconds(10)); return 0; }, CancellationToken.None);
        var cancelled = store.WriteAsync(s => s.Execute("INSERT INTO words (word) VALUES ('x')"), cancel.Token);
        await cancel.CancelAsync();
        gate.Set();
        await first;
        await cancelled.Invoking(t => t).Should().ThrowAsync<OperationCanceledException>();
        (await Count(store)).Should().Be(0);
    }

    [Fact]
    public async Task A_second_owner_of_the_file_is_told_who_the_first_is()
    {
        await using var store = Open();
        var e = this.Invoking(_ => Open()).Should().Throw<SqlStoreException>();
        e.Which.Trouble.Should().Be(SqlTrouble.InUse);
        e.Which.Message.Should().Contain($"the tests, process {Environment.ProcessId} on ");
        await Add(store, "still", 1);
    }

    [Fact]
    public async Task A_closed_store_says_so()
    {
        var store = Open();
        await store.DisposeAsync();
        await store.DisposeAsync();
        (await store.Invoking(x => Add(x, "x", 1)).Should().ThrowAsync<SqlStoreException>()).Which.Trouble.Should().Be(SqlTrouble.Unavailable);
        (await store.Invoking(Count).Should().ThrowAsync<SqlStoreException>()).Which.Trouble.Should().Be(SqlTrouble.Unavailable);
    }

    [Fact]
    public async Task Closing_finishes_what_is_queued()
    {
        var store = Open();
        var writes = Enumerable.Range(0, 50).Select(i => Add(store, $"word {i}", i)).ToList();
        await store.DisposeAsync();
        await Task.WhenAll(writes);
        await using var again = Open();
        (await Count(again)).Should().Be(50);
    }

    [Fact]
    public async Task Nobody_else_may_read_the_file()
    {
        await using var store = Open();
        await Add(store, "alpha", 1);
        foreach (var file in Directory.GetFiles(_folder.Path))
            File.GetUnixFileMode(file).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
    }

    [Fact]
    public async Task A_removed_row_leaves_no_trace_in_the_file()
    {
        await using (var store = Open())
        {
            await Add(store, "A-WORD-THAT-MUST-VANISH", 1);
            await store.WriteAsync(s => s.Execute("DELETE FROM words"), CancellationToken.None);
        }
        foreach (var file in Directory.GetFiles(_folder.Path))
            System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)).Should().NotContain("MUST-VANISH");
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused()
    {
        File.WriteAllText(_folder.File("store.db"), new string('x', 8192));
        this.Invoking(_ => Open()).Should().Throw<SqlStoreException>().Which.Trouble.Should().Be(SqlTrouble.Corrupt);
    }

    [Fact]
    public async Task Commits_to_disk_before_it_answers_where_power_loss_is_to_be_survived()
    {
        await using (var store = Open(SqlDurability.PowerLoss))
            (await store.WriteAsync(s => s.Scalar<long>("PRAGMA synchronous"), CancellationToken.None)).Should().Be(2);
        await using var other = Open(SqlDurability.ProcessCrash);
        (await other.WriteAsync(s => s.Scalar<long>("PRAGMA synchronous"), CancellationToken.None)).Should().Be(1);
    }

    public void Dispose() => _folder.Dispose();

    private SqlStore Open(SqlDurability durability = SqlDurability.PowerLoss) => SqlStore.Open(_folder.Store(), Words, new SqlStoreOptions("the tests", durability));

    private static Task<int> Add(SqlStore store, string word, long? weight) =>
        store.WriteAsync(s => s.Execute("INSERT INTO words (word, weight) VALUES ($1, $2)", word, weight), CancellationToken.None);

    private static Task<long> Count(SqlStore store) => store.ReadAsync(s => s.Scalar<long>("SELECT count(*) FROM words"), CancellationToken.None);
}
