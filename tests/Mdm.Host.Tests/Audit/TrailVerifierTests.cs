namespace Mdm.Host.Tests.Audit;

public sealed class TrailVerifierTests : IDisposable
{
    private readonly TrailBench _bench = new();

    public TrailVerifierTests()
    {
        for (var i = 0; i < 5; i++)
            _bench.Trail.Granted(TrailBench.Alice, AuditAction.Read, TrailBench.Entry($"/grid/{i}"));
    }

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_trail_as_it_was_written_is_whole() => _bench.Report.Should().BeEquivalentTo(new TrailReport(1, 5, []));

    [Fact]
    public void An_altered_line_shows()
    {
        Change(lines => lines[2] = lines[2].Replace("Alice", "Mallory", StringComparison.Ordinal));
        _bench.Report.Faults.Should().ContainSingle().Which.Should().Contain("line 3 was altered");
    }

    [Fact]
    public void A_line_whose_hash_was_replaced_shows()
    {
        Change(lines => lines[2] = lines[2][..^10] + "00000000\"}");
        _bench.Report.Faults.Should().Contain(fault => fault.Contains("line 3 was altered", StringComparison.Ordinal));
    }

    [Fact]
    public void A_removed_line_shows()
    {
        Change(lines => lines.RemoveAt(1));
        _bench.Report.Faults.Should().Contain(fault => fault.Contains("lines 2 to 2 are missing", StringComparison.Ordinal));
    }

    [Fact]
    public void Removed_last_lines_show_though_what_is_left_is_sound()
    {
        Change(lines => lines.RemoveRange(3, 2));
        _bench.Report.Faults.Should().ContainSingle().Which.Should().Be("Lines 4 to 5 are missing at its end.");
    }

    [Fact]
    public void Removed_last_lines_show_also_after_the_host_has_written_on()
    {
        _bench.Restart(() => Change(lines => lines.RemoveRange(3, 2)));
        _bench.Last.Should().Contain("\"action\":\"TrailBroken\"").And.Contain("Lines 4 to 5 are missing");
        _bench.Report.Faults.Should().Contain(fault => fault.Contains("lines 4 to 5 are missing", StringComparison.Ordinal));
    }

    [Fact]
    public void Lines_that_changed_places_show()
    {
        Change(lines => (lines[1], lines[2]) = (lines[2], lines[1]));
        _bench.Report.Faults.Should().NotBeEmpty();
    }

    [Fact]
    public void A_line_that_was_added_shows()
    {
        Change(lines => lines.Insert(2, "{\"time\":\"2026-01-01T00:00:00.000Z\",\"action\":\"Read\",\"outcome\":\"granted\"}"));
        _bench.Report.Faults.Should().ContainSingle().Which.Should().Contain("none of the trail's");
    }

    [Fact]
    public void A_trail_made_anew_under_another_secret_shows()
    {
        using var forger = new TrailBench();
        for (var i = 0; i < 5; i++)
            forger.Trail.Granted(TrailBench.Alice, AuditAction.Read, TrailBench.Entry("/grid/harmless"));
        _bench.Restart(() => File.Copy(forger.Today, _bench.Today, overwrite: true));
        _bench.Report.Faults.Should().NotBeEmpty();
    }

    [Fact]
    public void A_missing_note_of_the_end_shows()
    {
        _bench.Restart(() => File.Delete(Path.Combine(_bench.Folder, TrailHead.FileName)));
        _bench.Last.Should().Contain("TrailBroken");
    }

    [Fact]
    public void That_somebody_read_it_becomes_a_line()
    {
        TrailUse.Leave(_bench.Folder, "lines 1 to 5 verified by auditor: whole");
        TrailUse.TakeIn(_bench.Trail);
        TrailUse.TakeIn(_bench.Trail);
        _bench.Lines.Should().HaveCount(6);
        _bench.Last.Should().Contain("\"action\":\"TrailUsed\"").And.Contain("verified by auditor");
    }

    private void Change(Action<List<string>> change)
    {
        var lines = _bench.Lines.ToList();
        change(lines);
        File.WriteAllText(_bench.Today, string.Concat(lines.Select(line => line + "\n")));
    }
}
