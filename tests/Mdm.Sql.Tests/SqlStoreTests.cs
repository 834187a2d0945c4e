namespace Mdm.Sql.Tests;

/// <summary>What a store owes whoever uses it, whatever is behind it.</summary>
public abstract class SqlStoreTests : StoreTests
{
    protected static readonly SqlSchema Words = new("words", ["CREATE TABLE words (word TEXT NOT NULL PRIMARY KEY, weight INTEGER, picture BLOB, factor REAL)"]);

    [SkippableFact]
    public async Task Reads_what_was_written()
    {
        await using var store = Open();
        await Add(store, "alpha", 1);
        await Add(store, "beta", null);

        var rows = await store.ReadAsync(s => s.Query("SELECT word, weight FROM words ORDER BY word",
            row => (row.GetString(0), row.IsDBNull(1) ? (long?)null : row.GetInt64(1))), CancellationToken.None);

        rows.Should().Equal(("alpha", 1L), ("beta", null));
    }

    [SkippableFact]
    public async Task Keeps_what_was_written_when_opened_again()
    {
        await using (var store = Open())
            await Add(store, "alpha", 1);

        await using var again = Open();
        (await Count(again)).Should().Be(1);
    }

    [SkippableFact]
    public async Task A_value_is_never_read_as_sql()
    {
        await using var store = Open();
        await Add(store, "'); DROP TABLE words; --", 1);
        (await Count(store)).Should().Be(1);
    }

    [SkippableFact]
    public async Task A_failing_write_undoes_itself_and_not_its_neighbours()
    {
        await using var store = Open();
        // What follows is queued and shares one transaction.
        var first = await Turn.TakenAsync(store);
        var before = Add(store, "before", 1);
        var failing = store.WriteAsync<int>(s =>
        {
            s.Execute("INSERT INTO words (word) VALUES ('half')");
            throw new InvalidOperationException("changed my mind");
        }, CancellationToken.None);
        var after = Add(store, "after", 1);
        await first.EndAsync();

        await before;
        await after;
        await failing.Invoking(t => t).Should().ThrowAsync<InvalidOperationException>().WithMessage("changed my mind");
        var words = await store.ReadAsync(s => s.Query("SELECT word FROM words ORDER BY word", row => row.GetString(0)), CancellationToken.None);
        words.Should().Equal("after", "before");
    }

    [SkippableFact]
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

    [SkippableFact]
    public async Task A_broken_rule_of_the_schema_is_a_constraint()
    {
        await using var store = Open();
        await Add(store, "alpha", 1);
        var e = await store.Invoking(x => Add(x, "alpha", 2)).Should().ThrowAsync<SqlStoreException>();
        e.Which.Trouble.Should().Be(SqlTrouble.Constraint);
        e.Which.Message.Should().NotContain("alpha");
    }

    [SkippableFact]
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

    [SkippableFact]
    public async Task A_reader_cannot_write()
    {
        await using var store = Open();
        await store.Invoking(x => x.ReadAsync(s => s.Execute("INSERT INTO words (word) VALUES ('x')"), CancellationToken.None)).Should().ThrowAsync<SqlStoreException>();
        (await Count(store)).Should().Be(0);
    }

    [SkippableFact]
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

    [SkippableFact]
    public async Task A_write_that_was_cancelled_while_waiting_is_not_done()
    {
        await using var store = Open();
        using var cancel = new CancellationTokenSource();
        var first = await Turn.TakenAsync(store);
        var cancelled = store.WriteAsync(s => s.Execute("INSERT INTO words (word) VALUES ('x')"), cancel.Token);
        await cancel.CancelAsync();
        await first.EndAsync();
        await cancelled.Invoking(t => t).Should().ThrowAsync<OperationCanceledException>();
        (await Count(store)).Should().Be(0);
    }

    [SkippableFact]
    public async Task A_closed_store_says_so()
    {
        var store = Open();
        await store.DisposeAsync();
        await store.DisposeAsync();
        (await store.Invoking(x => Add(x, "x", 1)).Should().ThrowAsync<SqlStoreException>()).Which.Trouble.Should().Be(SqlTrouble.Unavailable);
        (await store.Invoking(Count).Should().ThrowAsync<SqlStoreException>()).Which.Trouble.Should().Be(SqlTrouble.Unavailable);
    }

    [SkippableFact]
    public async Task Closing_finishes_what_is_queued()
    {
        var store = Open();
        var writes = Enumerable.Range(0, 50).Select(i => Add(store, $"word {i}", i)).ToList();
        await store.DisposeAsync();
        await Task.WhenAll(writes);
        await using var again = Open();
        (await Count(again)).Should().Be(50);
    }

    [SkippableFact]
    public async Task Work_that_swallows_a_failed_statement_has_failed_all_the_same()
    {
        await using var store = Open();
        await Add(store, "alpha", 1);
        var first = await Turn.TakenAsync(store);
        var before = Add(store, "before", 1);
        var swallowing = store.WriteAsync(s =>
        {
            s.Execute("INSERT INTO words (word) VALUES ('half')");
            s.Invoking(x => x.Execute("INSERT INTO words (word) VALUES ('alpha')")).Should().Throw<SqlStoreException>();
            return s.Invoking(x => x.Execute("INSERT INTO words (word) VALUES ('other half')")).Should().Throw<SqlStoreException>().WithMessage("An earlier statement*").Which.Trouble;
        }, CancellationToken.None);
        var after = Add(store, "after", 1);
        await first.EndAsync();

        await before;
        await after;
        (await swallowing.Invoking(t => t).Should().ThrowAsync<SqlStoreException>()).Which.Trouble.Should().Be(SqlTrouble.Constraint);
        (await WordsOf(store)).Should().Equal("after", "alpha", "before");
    }

    [SkippableFact]
    public async Task A_statement_takes_nulls_and_values_in_any_order_of_calls()
    {
        await using var store = Open();
        await store.WriteAsync(s =>
        {
            foreach (var (word, weight, picture) in new (string, long?, byte[]?)[] { ("a", null, null), ("b", 1, [1, 2]), ("c", null, [3]), ("d", 4, null) })
                s.Execute("INSERT INTO words (word, weight, picture) VALUES ($1, $2, $3)", word, weight, picture);
            return true;
        }, CancellationToken.None);

        var counts = await store.ReadAsync(s => new long?[] { null, 1, null, 4 }.Select(weight =>
            s.Scalar<long>("SELECT count(*) FROM words WHERE CAST($1 AS INTEGER) IS NULL OR weight = $1", weight)).ToArray(), CancellationToken.None);

        counts.Should().Equal(4, 1, 4, 1);
        (await store.ReadAsync(s => s.Query("SELECT picture FROM words WHERE picture IS NOT NULL ORDER BY word", row => row.GetFieldValue<byte[]>(0)), CancellationToken.None))
            .Should().BeEquivalentTo(new byte[][] { [1, 2], [3] }, options => options.WithStrictOrdering());
    }

    [SkippableFact]
    public async Task Numbers_of_every_size_truths_and_doubles_come_back()
    {
        await using var store = Open();
        await store.WriteAsync(s =>
        {
            foreach (var (word, weight, factor) in new (string, object, double)[] { ("a", long.MinValue, Math.PI), ("b", 7, 0.1), ("c", true, -1e300), ("d", uint.MaxValue, 0), ("e", (byte)3, double.Epsilon) })
                s.Execute("INSERT INTO words (word, weight, factor) VALUES ($1, $2, $3)", word, weight, factor);
            return true;
        }, CancellationToken.None);

        (await store.ReadAsync(s => s.Query("SELECT weight, factor FROM words ORDER BY word", row => (row.GetInt64(0), row.GetDouble(1))), CancellationToken.None))
            .Should().Equal((long.MinValue, Math.PI), (7, 0.1), (1, -1e300), (uint.MaxValue, 0), (3, double.Epsilon));
    }

    [SkippableFact]
    public async Task A_value_of_another_type_is_refused_before_it_gets_there()
    {
        await using var store = Open();
        await store.Invoking(x => x.WriteAsync(s => s.Execute("INSERT INTO words (word) VALUES ($1)", new Uri("http://a")), CancellationToken.None)).Should().ThrowAsync<ArgumentException>();
        (await Count(store)).Should().Be(0);
    }

    [SkippableFact]
    public async Task Text_is_ordered_by_its_bytes_and_compared_exactly()
    {
        string[] words = ["B", "a", "Z", "z", "ä", "aa", "A", "a b", "a-b", "ab", "\u00e9", "e\u0301", "Ω", "日本", "\U0001f9ec", "\uffee", "_", "~"];
        await using var store = Open();
        foreach (var word in words)
            await Add(store, word, 1);

        var ordered = words.OrderBy(word => word, Comparer<string>.Create((a, b) => System.Text.Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(b)))).ToArray();
        (await WordsOf(store)).Should().Equal(ordered);
        var after = await store.ReadAsync(s => s.Query("SELECT word FROM words WHERE word > $1 ORDER BY word LIMIT $2", row => row.GetString(0), "a", 3), CancellationToken.None);
        after.Should().Equal(ordered.SkipWhile(word => word != "a").Skip(1).Take(3));
        (await store.ReadAsync(s => s.Scalar<string>("SELECT max(word) FROM words"), CancellationToken.None)).Should().Be(ordered[^1]);
    }

    [SkippableFact]
    public async Task A_large_blob_comes_back_whole()
    {
        var picture = new byte[24 * 1024 * 1024];
        System.Security.Cryptography.RandomNumberGenerator.Fill(picture);
        await using var store = Open();
        await store.WriteAsync(s => s.Execute("INSERT INTO words (word, picture) VALUES ('large', $1)", picture), CancellationToken.None);
        (await store.ReadAsync(s => s.Scalar<byte[]>("SELECT picture FROM words WHERE word = 'large'"), CancellationToken.None)).AsSpan().SequenceEqual(picture).Should().BeTrue();
    }

    [SkippableFact]
    public async Task A_reading_that_is_cancelled_ends_and_its_store_goes_on()
    {
        await using var store = Open();
        using var cancel = new CancellationTokenSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var reading = Task.Run(() => store.ReadAsync(s =>
        {
            s.Scalar<long>("SELECT count(*) FROM words");
            begun.SetResult();
            return s.Scalar<long>("WITH RECURSIVE n (i) AS (SELECT CAST(1 AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i < 100000000000) SELECT count(*) FROM n");
        }, cancel.Token));
        await begun.Task.WaitAsync(Limit);
        await cancel.CancelAsync();

        await reading.Invoking(t => t.WaitAsync(Limit)).Should().ThrowAsync<OperationCanceledException>();
        (await Count(store)).Should().Be(0);
    }

    [SkippableFact]
    public async Task Rows_are_read_before_the_next_statement_runs()
    {
        await using var store = Open();
        await Add(store, "alpha", 1);
        await store.Invoking(x => x.ReadAsync(s => s.Query("SELECT word FROM words", _ => s.Scalar<long>("SELECT count(*) FROM words")), CancellationToken.None))
            .Should().ThrowAsync<InvalidOperationException>().WithMessage("*is being read*");
        (await Count(store)).Should().Be(1);
    }

    [SkippableFact]
    public async Task Statements_beyond_the_limit_are_refused()
    {
        await using var store = Open();
        await store.Invoking(x => x.ReadAsync(s =>
        {
            for (var i = 0; i <= SqlSession.MaxStatements; i++)
                s.Scalar<long>($"SELECT count(*) FROM words WHERE weight = {i}");
            return 0;
        }, CancellationToken.None)).Should().ThrowAsync<InvalidOperationException>().WithMessage("More than 256 different statements*");
    }

    protected SqlStore Open(SqlDurability durability = SqlDurability.PowerLoss) => SqlStore.Open(Address, Words, new SqlStoreOptions("the tests", durability));

    protected static Task<int> Add(SqlStore store, string word, long? weight) =>
        store.WriteAsync(s => s.Execute("INSERT INTO words (word, weight) VALUES ($1, $2)", word, weight), CancellationToken.None);

    protected static Task<long> Count(SqlStore store) => store.ReadAsync(s => s.Scalar<long>("SELECT count(*) FROM words"), CancellationToken.None);

    private static Task<List<string>> WordsOf(SqlStore store) => store.ReadAsync(s => s.Query("SELECT word FROM words ORDER BY word", row => row.GetString(0)), CancellationToken.None);
}
