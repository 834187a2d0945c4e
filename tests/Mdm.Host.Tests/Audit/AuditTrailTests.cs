using System.Text;
using System.Text.Json;

namespace Mdm.Host.Tests.Audit;

public sealed class AuditTrailTests : IDisposable
{
    private readonly TrailBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_disclosure_says_who_got_what_of_which_publication_and_how()
    {
        var entry = TrailBench.Entry("/grid/biomed/research/a");
        _bench.Trail.Transferring(TrailBench.Alice, entry, new AuditDisclosure("basic", "sealed"), 512);

        var line = JsonDocument.Parse(_bench.Last).RootElement;
        line.GetProperty("time").GetString().Should().Be("2026-01-01T00:00:00.000Z");
        line.GetProperty("action").GetString().Should().Be("Transfer");
        line.GetProperty("outcome").GetString().Should().Be("begun");
        line.GetProperty("subject").GetString().Should().Be("/DC=org/CN=Alice");
        line.GetProperty("fqans")[0].GetString().Should().Be("/biomed/Role=researcher");
        line.GetProperty("file").GetString().Should().Be(entry.Id.ToString());
        line.GetProperty("path").GetString().Should().Be("/grid/biomed/research/a");
        line.GetProperty("publication").GetString().Should().Be("research");
        line.GetProperty("content").GetString().Should().Be("basic");
        line.GetProperty("delivery").GetString().Should().Be("sealed");
        line.GetProperty("bytes").GetInt64().Should().Be(512);
        line.GetProperty("n").GetInt64().Should().Be(1);
    }

    [Fact]
    public void A_typed_path_that_led_nowhere_is_a_keyed_hash_that_tells_only_that_it_was_the_same()
    {
        var typed = StoragePath.Parse("/grid/DOE^JANE");
        var missing = new MdmException(MdmErrorKind.NotFound, $"{typed}: No such file or directory.");
        _bench.Trail.Refused(TrailBench.Alice, AuditAction.Read, missing, typed);
        var first = JsonDocument.Parse(_bench.Last).RootElement.GetProperty("typed").GetString();
        _bench.Trail.Refused(TrailBench.Alice, AuditAction.Look, missing, typed);

        JsonDocument.Parse(_bench.Last).RootElement.GetProperty("typed").GetString().Should().Be(first);
        JsonDocument.Parse(_bench.Last).RootElement.GetProperty("outcome").GetString().Should().Be("failed");
        string.Concat(_bench.Lines).Should().NotContain("DOE");
        using var other = new TrailBench();
        other.Trail.Mark("path", typed.ToString()).Should().NotBe(first);
    }

    [Fact]
    public void A_denial_tells_where_the_way_ended()
    {
        var closed = TrailBench.Entry("/grid/closed");
        var typed = StoragePath.Parse("/grid/closed/DOE^JANE");
        _bench.Trail.Refused(TrailBench.Alice, AuditAction.Read, new MdmException(MdmErrorKind.AccessDenied, $"no right on the way to {typed}", new Denial(closed, "pass (x)")), typed);

        var line = JsonDocument.Parse(_bench.Last).RootElement;
        line.GetProperty("path").GetString().Should().Be("/grid/closed");
        line.GetProperty("outcome").GetString().Should().Be("refused");
        line.GetProperty("detail").GetString().Should().Be("AccessDenied: no pass (x) right");
        _bench.Last.Should().NotContain("DOE");
    }

    [Fact]
    public void A_search_is_attribute_names_and_a_keyed_hash()
    {
        _bench.Trail.Queried(TrailBench.Alice, null, "amga", new AttributeSearch(null, ["Modality", "BodyPartExamined", "Modality"], "/research:Modality='MR' and PatientName='DOE^JANE'"));

        var line = JsonDocument.Parse(_bench.Last).RootElement;
        line.GetProperty("attributes").EnumerateArray().Select(a => a.GetString()).Should().Equal("BodyPartExamined", "Modality");
        line.GetProperty("query").GetString().Should().MatchRegex("^[0-9a-f]{32}$");
        _bench.Last.Should().NotContain("DOE");
    }

    [Fact]
    public void A_search_of_nobody_known_is_a_line_with_where_he_is_only()
    {
        _bench.Trail.Queried(null, System.Net.IPAddress.Loopback, "amga", new AttributeSearch(null, ["Modality"], "find / 'x'"));

        var line = JsonDocument.Parse(_bench.Last).RootElement;
        line.GetProperty("from").GetString().Should().Be("127.0.0.1");
        line.TryGetProperty("subject", out _).Should().BeFalse();
        line.TryGetProperty("account", out _).Should().BeFalse();
        line.GetProperty("outcome").GetString().Should().Be("granted");
    }

    [Fact]
    public void An_account_of_the_service_is_told_where_it_is_not_the_caller_himself()
    {
        _bench.Trail.Queried(null, null, "amga", new AttributeSearch("ro\not", ["Modality"], "find"));
        JsonDocument.Parse(_bench.Last).RootElement.GetProperty("account").GetString().Should().Be("ro\ufffdot");

        _bench.Trail.Queried(TrailBench.Alice, null, "amga", new AttributeSearch("/DC=org/CN=Alice", ["Modality"], "find"));
        JsonDocument.Parse(_bench.Last).RootElement.TryGetProperty("account", out _).Should().BeFalse();

        _bench.Trail.Queried(TrailBench.Alice, null, "amga", new AttributeSearch("root", ["Modality"], "find"));
        var sudo = JsonDocument.Parse(_bench.Last).RootElement;
        (sudo.GetProperty("subject").GetString(), sudo.GetProperty("account").GetString()).Should().Be(("/DC=org/CN=Alice", "root"));
    }

    [Fact]
    public void What_is_no_name_of_an_attribute_does_not_get_into_the_trail_and_neither_do_too_many()
    {
        _bench.Trail.Queried(TrailBench.Alice, null, "amga", new AttributeSearch(null, ["DOE^JANE", "Jane Doe", new string('a', 65), string.Empty, "Modality"], "find"));
        JsonDocument.Parse(_bench.Last).RootElement.GetProperty("attributes").EnumerateArray().Select(a => a.GetString()).Should().Equal("Modality");

        _bench.Trail.Queried(TrailBench.Alice, null, "amga", new AttributeSearch(new string('x', 100_000), [.. Enumerable.Range(0, 1000).Select(i => new string('a', 59) + $"{i:D5}")], "find"));
        var line = JsonDocument.Parse(_bench.Last).RootElement;
        line.GetProperty("attributes").GetArrayLength().Should().Be(AttributeNames.MaxTold);
        line.GetProperty("detail").GetString().Should().Contain("1000");
        _bench.Last.Length.Should().BeLessThan(TrailFolder.MaxLine);
        _bench.Report.Faults.Should().BeEmpty();
    }

    [Fact]
    public void What_a_stranger_shows_is_a_keyed_hash_and_he_cannot_fill_the_disk()
    {
        for (var i = 0; i < 1000; i++)
            _bench.Trail.Stranger("srmLs", "The certificate of /CN=DOE JANE has expired.");
        _bench.Lines.Should().HaveCount(StrangerLimit.LinesPerSecond);

        _bench.Time.Advance(TimeSpan.FromSeconds(1));
        _bench.Trail.Stranger("srmLs", null);
        JsonDocument.Parse(_bench.Last).RootElement.GetProperty("unwritten").GetInt64().Should().Be(1000 - StrangerLimit.LinesPerSecond);
        string.Concat(_bench.Lines).Should().NotContain("DOE").And.Contain("\"typed\":");
    }

    [Fact]
    public void Whatever_a_text_holds_it_stays_one_line()
    {
        _bench.Trail.Happened(AuditAction.TrailUsed, AuditOutcome.Granted, "a\nb\r\"\\\u0000\u2028\ud800}");

        _bench.Lines.Should().HaveCount(1);
        AuditRecord.TryRead(Encoding.UTF8.GetBytes(_bench.Last))!.Detail.Should().StartWith("a\nb\r\"\\\u0000\u2028");
        _bench.Report.Faults.Should().BeEmpty();
    }

    [Fact]
    public void Where_the_disk_is_full_nothing_is_granted_until_there_is_room()
    {
        using var bench = new TrailBench();
        var entry = TrailBench.Entry("/grid/a");
        bench.Trail.Granted(TrailBench.Alice, AuditAction.Read, entry);
        bench.Time.Advance(TimeSpan.FromDays(1));
        // A device that is always full stands where the next day's file would.
        File.CreateSymbolicLink(bench.Today, "/dev/full");

        bench.Trail.Invoking(t => t.Granted(TrailBench.Alice, AuditAction.Read, entry)).Should().Throw<MdmException>().Where(e => e.Kind == MdmErrorKind.Unavailable);
        bench.Trail.Invoking(t => t.Refused(TrailBench.Alice, AuditAction.Administer, "not an administrator")).Should().NotThrow("a refusal stands without its line");
        bench.Trail.IsBroken.Should().BeTrue();

        File.Delete(bench.Today);
        bench.Trail.Granted(TrailBench.Alice, AuditAction.Read, entry);
        bench.Trail.IsBroken.Should().BeFalse();
        var resumed = AuditRecord.TryRead(Encoding.UTF8.GetBytes(bench.Last))!;
        resumed.Action.Should().Be(AuditAction.TrailResumed);
        resumed.Unwritten.Should().Be(2);
        resumed.N.Should().Be(3);
        bench.Report.Faults.Should().BeEmpty();
    }

    [Fact]
    public async Task Many_threads_write_one_chain()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            for (var j = 0; j < 200; j++)
                _bench.Trail.Listed(TrailBench.Alice, TrailBench.Entry($"/grid/{i}"));
        })));

        var report = _bench.Report;
        report.Faults.Should().BeEmpty();
        report.Last.Should().Be(1600);
    }

    [Fact]
    public void A_restart_goes_on_with_the_chain_and_each_day_has_its_file()
    {
        WriteSome(3);
        _bench.Restart();
        WriteSome(2);
        _bench.Time.Advance(TimeSpan.FromDays(1));
        WriteSome(2);
        TrailFolder.Files(_bench.Folder).Should().HaveCount(2);
        _bench.Report.Should().BeEquivalentTo(new TrailReport(1, 7, []));

        // Older files are put away: what is left can be checked.
        File.Delete(TrailFolder.Files(_bench.Folder)[0]);
        _bench.Report.Should().BeEquivalentTo(new TrailReport(6, 7, []));
        File.GetUnixFileMode(_bench.Today).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void An_unfinished_line_goes_at_the_next_start()
    {
        WriteSome(2);
        _bench.Restart(() => File.AppendAllText(_bench.Today, "{\"time\":\"2026"));
        WriteSome(1);

        _bench.Report.Should().BeEquivalentTo(new TrailReport(1, 3, []));
    }

    private void WriteSome(int count)
    {
        for (var i = 0; i < count; i++)
            _bench.Trail.Granted(TrailBench.Alice, AuditAction.Read, TrailBench.Entry("/grid/a"));
    }
}
