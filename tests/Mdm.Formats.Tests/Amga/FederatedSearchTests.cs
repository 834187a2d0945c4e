using System.Globalization;
using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.Formats.Amga.Search;

namespace Mdm.Formats.Tests.Amga;

public sealed class FederatedSearchTests
{
    private static readonly Dictionary<string, string> Types = new() { ["Path"] = "text", ["Modality"] = "varchar(16)", ["Age"] = "int" };

    [Fact]
    public async Task Rows_of_all_servers_are_merged_in_order_and_limited_exactly()
    {
        var random = new Random(4711);
        var all = Enumerable.Range(0, 300).Select(i => Row(i, "CT", random.Next(0, 120))).ToList();
        all[17].Remove("Age");
        await using var a = new RowServer { Name = "a", Types = Types, Rows = [.. all.Where((_, i) => i % 3 == 0)] };
        await using var b = new RowServer { Name = "b", Types = Types, Rows = [.. all.Where((_, i) => i % 3 == 1)] };
        await using var c = new RowServer { Name = "c", Types = Types, Rows = [.. all.Where((_, i) => i % 3 == 2)] };
        var search = new FederatedSearch([a.Target, b.Target, c.Target], new SearchQuestion { Condition = "Modality = \"CT\"", Order = [new OrderKey("Age", IsDescending: true)], Offset = 20, Limit = 50 });

        var rows = await search.RunAsync(default).ToListAsync();

        var expected = all.Where(row => row.ContainsKey("Age")).Select(row => int.Parse(row["Age"], CultureInfo.InvariantCulture)).OrderDescending().Skip(20).Take(50);
        rows.Select(row => int.Parse(row.Values["Age"], CultureInfo.InvariantCulture)).Should().Equal(expected);
        search.IsPartial.Should().BeFalse();
        a.Asked.Should().Equal("Modality = \"CT\" order by /c:Age desc limit 70");
    }

    [Fact]
    public async Task Rows_without_a_value_come_last_and_names_beyond_the_basic_plane_after_all_others()
    {
        string[] names = ["a", "\uFFFD", "😀", "B"];
        await using var a = new RowServer { Types = Types, Rows = [Row(1, names[1], 1), Row(2, names[3], 1), .. new[] { Row(3, "", 1) }.Select(row => { row.Remove("Modality"); return row; })] };
        await using var b = new RowServer { Name = "b", Types = Types, Rows = [Row(4, names[0], 1), Row(5, names[2], 1)] };
        var search = new FederatedSearch([a.Target, b.Target], new SearchQuestion { Order = [new OrderKey("Modality")] });

        (await search.RunAsync(default).Select(row => row.Values.GetValueOrDefault("Modality")).ToListAsync()).Should().Equal("B", "a", "\uFFFD", "😀", null);
    }

    [Fact]
    public async Task A_file_that_two_servers_know_comes_once_and_an_entry_of_the_same_name_twice()
    {
        await using var a = new RowServer { Name = "a", Types = Types, Rows = [Row(1, "CT", 1), Row(2, "CT", 2), Named("local", "CT", 3)] };
        await using var b = new RowServer { Name = "b", Types = Types, Rows = [Row(2, "CT", 2), Named("local", "CT", 3)] };
        var search = new FederatedSearch([a.Target, b.Target], new SearchQuestion());

        (await search.RunAsync(default).Select(row => row.Entry).ToListAsync()).Order().Should().Equal(new[] { IdOf(1), IdOf(2), "local", "local" }.Order());
        search.Reports.Sum(report => report.Rows).Should().Be(5);
    }

    [Fact]
    public async Task One_that_is_down_one_that_breaks_off_and_one_that_hangs_do_not_keep_the_others_rows_back()
    {
        // Long enough for whoever does answer, on whatever machine; both orders at once, since each takes that long.
        var limit = TimeSpan.FromSeconds(10);
        await Task.WhenAll(SearchAsync([]), SearchAsync([new OrderKey("Age")]));

        async Task SearchAsync(OrderKey[] order)
        {
            await using var good = new RowServer { Name = "good", Types = Types, Rows = [.. Enumerable.Range(0, 40).Select(i => Row(i, "CT", i))] };
            await using var breaks = new RowServer { Name = "breaks", Types = Types, Rows = [.. Enumerable.Range(100, 40).Select(i => Row(i, "CT", i))], BreakAfter = 10 };
            await using var hangs = new RowServer { Name = "hangs", Types = Types, Rows = [.. Enumerable.Range(200, 40).Select(i => Row(i, "CT", i))], HangAfter = 5 };
            var down = new SearchTarget("down", "/c", _ => throw new MdmException(MdmErrorKind.Unavailable, "Nobody is there."));
            var search = new FederatedSearch([good.Target, breaks.Target, hangs.Target, down], new SearchQuestion { Order = [.. order], TimeLimit = limit });
            var clock = System.Diagnostics.Stopwatch.StartNew();

            var rows = await search.RunAsync(default).ToListAsync();

            clock.Elapsed.Should().BeLessThan(limit + TimeSpan.FromSeconds(30));
            rows.Count(row => row.Target.Server == "good").Should().Be(40);
            rows.Count(row => row.Target.Server == "hangs").Should().Be(5);
            rows.Count(row => row.Target.Server == "breaks").Should().BeLessThanOrEqualTo(10);
            search.IsPartial.Should().BeTrue();
            search.Reports.Select(report => (report.Target.Server, report.Outcome)).Should().Equal(
                ("good", TargetOutcome.Answered), ("breaks", TargetOutcome.Failed), ("hangs", TargetOutcome.Late), ("down", TargetOutcome.Failed));
            search.Reports[3].Reason.Should().Be("Nobody is there.");
        }
    }

    [Fact]
    public async Task A_collection_without_the_attribute_has_no_rows_and_that_is_no_fault()
    {
        await using var a = new RowServer { Name = "a", Types = Types, Rows = [Row(1, "CT", 1)] };
        await using var other = new RowServer { Name = "other", Types = new() { ["Height"] = "int" }, Rows = [new() { ["FILE"] = "x" }], Refuses = (10, "No such attribute.") };
        var search = new FederatedSearch([a.Target, other.Target], new SearchQuestion { Condition = "Modality = \"CT\"" });

        (await search.RunAsync(default).ToListAsync()).Should().ContainSingle();
        search.Reports[1].Outcome.Should().Be(TargetOutcome.NotThere);
        search.IsPartial.Should().BeFalse();
    }

    [Fact]
    public async Task A_refusal_is_told_in_the_servers_words()
    {
        await using var a = new RowServer { Types = Types, Refuses = (8, "A ) is expected at character 12.") };
        var search = new FederatedSearch([a.Target], new SearchQuestion { Condition = "(Modality" });

        (await search.RunAsync(default).ToListAsync()).Should().BeEmpty();
        search.Reports[0].Reason.Should().Be("A ) is expected at character 12.");
    }

    [Fact]
    public async Task Who_has_enough_stops_all_servers()
    {
        await using var a = new RowServer { Name = "a", Types = Types, Rows = [.. Enumerable.Range(0, 5000).Select(i => Row(i, "CT", i))] };
        await using var b = new RowServer { Name = "b", Types = Types, Rows = [.. Enumerable.Range(5000, 5000).Select(i => Row(i, "CT", i))], HangAfter = 3 };
        var search = new FederatedSearch([a.Target, b.Target], new SearchQuestion { TimeLimit = TimeSpan.FromMinutes(5) });

        (await search.RunAsync(default).Take(10).ToListAsync()).Should().HaveCount(10);
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_returned_beside_the_path()
    {
        await using var a = new RowServer { Types = Types, Rows = [Row(1, "CT", 44)] };
        var search = new FederatedSearch([a.Target], new SearchQuestion { Attributes = ["Age", "Nowhere"] });

        var row = (await search.RunAsync(default).ToListAsync()).Should().ContainSingle().Subject;
        row.Path.Should().Be("/grid/file1");
        row.Values.Should().BeEquivalentTo(new Dictionary<string, string> { ["Age"] = "44" });
    }

    [Fact]
    public async Task Who_is_slow_to_take_the_rows_loses_none()
    {
        const int Rows = 5000;
        var clock = new StoppedTime();
        await using var a = new RowServer { Types = Types, Rows = [.. Enumerable.Range(0, Rows).Select(i => Row(i, "CT", i))] };
        var search = new FederatedSearch([a.Target], new SearchQuestion { TimeLimit = TimeSpan.FromMinutes(1), TimeProvider = clock });
        var taken = 0;

        await foreach (var row in search.RunAsync(default))
        {
            if (taken++ % 1000 != 0)
                continue;
            await UntilAsync(() => IsHeldUp(clock, search, taken));
            clock.Advance(TimeSpan.FromMinutes(10));
        }

        taken.Should().Be(Rows);
        search.Reports[0].Outcome.Should().Be(TargetOutcome.Answered);
    }

    [Fact]
    public async Task A_server_that_is_silent_after_a_slow_taker_is_late_all_the_same()
    {
        var clock = new StoppedTime();
        await using var a = new RowServer { Types = Types, Rows = [.. Enumerable.Range(0, 2000).Select(i => Row(i, "CT", i))], HangAfter = 1500 };
        var search = new FederatedSearch([a.Target], new SearchQuestion { TimeLimit = TimeSpan.FromMinutes(1), TimeProvider = clock });
        var taken = 0;

        await foreach (var row in search.RunAsync(default))
        {
            if (++taken == 1)
            {
                await UntilAsync(() => IsHeldUp(clock, search, taken));
                clock.Advance(TimeSpan.FromMinutes(10));
            }
            if (taken == 1500)
            {
                await UntilAsync(() => !clock.IsStopped);
                search.Reports[0].Outcome.Should().Be(TargetOutcome.Asked);
                clock.Advance(TimeSpan.FromMinutes(2));
            }
        }

        taken.Should().Be(1500);
        search.Reports[0].Outcome.Should().Be(TargetOutcome.Late);
    }

    [Fact]
    public void A_time_limit_that_is_none_is_refused_by_its_name()
    {
        foreach (var limit in new[] { TimeSpan.Zero, TimeSpan.FromSeconds(-1), TimeSpan.FromMilliseconds(uint.MaxValue) })
        {
            FluentActions.Invoking(() => new FederatedSearch([new SearchTarget("a", "/c", _ => throw new InvalidOperationException())], new SearchQuestion { TimeLimit = limit }))
                .Should().Throw<MdmException>().Which.Message.Should().Contain("MaxTimeLimit");
        }
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(SearchQuestion.MaxRows + 1, 0)]
    [InlineData(1, -1)]
    public void A_limit_that_is_none_is_refused_by_its_name(int limit, int offset) =>
        FluentActions.Invoking(() => new FederatedSearch([new SearchTarget("a", "/c", _ => throw new InvalidOperationException())], new SearchQuestion { Limit = limit, Offset = offset }))
            .Should().Throw<MdmException>().Which.Message.Should().Contain("MaxRows");

    /// <summary>As many rows as are kept have come, the next one waits, and the server's time stands still until another is taken.</summary>
    private static bool IsHeldUp(StoppedTime clock, FederatedSearch search, int taken) => search.Reports[0].Rows == taken + 512 + 1 && clock.IsStopped;

    private static Task UntilAsync(Func<bool> reached) => Here.UntilAsync(() => Task.FromResult(reached()), TimeSpan.FromSeconds(60), "what the other side does");

    /// <summary>A clock moved by hand that tells whether its one timer stands still.</summary>
    private sealed class StoppedTime : TimeProvider
    {
        private readonly ManualTime _time = new();
        private volatile bool _isStopped;

        public bool IsStopped => _isStopped;

        public override long TimestampFrequency => _time.TimestampFrequency;

        public void Advance(TimeSpan by) => _time.Advance(by);

        public override DateTimeOffset GetUtcNow() => _time.GetUtcNow();

        public override long GetTimestamp() => _time.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Timed(this, _time.CreateTimer(callback, state, dueTime, period));

        private sealed class Timed(StoppedTime time, ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                var isChanged = timer.Change(dueTime, period);
                time._isStopped = dueTime == Timeout.InfiniteTimeSpan;
                return isChanged;
            }

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }

    private static string IdOf(int number) => FileGuid.NameOf(FileId.Parse(number.ToString("x32", CultureInfo.InvariantCulture)));

    private static Dictionary<string, string> Row(int number, string modality, int age) => Named(IdOf(number), modality, age, $"/grid/file{number}");

    private static Dictionary<string, string> Named(string name, string modality, int age, string? path = null)
    {
        var row = new Dictionary<string, string> { ["FILE"] = name, ["Modality"] = modality, ["Age"] = age.ToString(CultureInfo.InvariantCulture) };
        if (path is not null)
            row["Path"] = path;
        return row;
    }
}
