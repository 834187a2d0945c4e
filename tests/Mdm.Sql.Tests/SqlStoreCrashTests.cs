using System.Diagnostics;
using System.Globalization;

namespace Mdm.Sql.Tests;

public sealed class SqlStoreCrashTests : IDisposable
{
    private const int EnoughAcknowledged = 200;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_killed_writer_loses_nothing_acknowledged_and_leaves_nothing_half_done()
    {
        var acknowledged = await WriteUntilKilled();

        await using var store = SqlStore.Open(_folder.Store(), Program.Pairs, new SqlStoreOptions("after the crash"));
        var kept = await store.ReadAsync(s => s.Query("SELECT number, count(*) FROM pairs GROUP BY number",
            row => (Number: row.GetInt64(0), Halves: row.GetInt64(1))), CancellationToken.None);

        acknowledged.Should().HaveCountGreaterThanOrEqualTo(EnoughAcknowledged);
        kept.Should().OnlyContain(pair => pair.Halves == 2);
        kept.Select(pair => pair.Number).Should().Contain(acknowledged);
    }

    [Fact]
    public async Task Another_process_holding_the_file_is_named_and_its_death_frees_it()
    {
        using var process = Start();
        (await process.StandardOutput.ReadLineAsync().WaitAsync(Limit)).Should().NotBeNull();

        FluentActions.Invoking(Open).Should().Throw<SqlStoreException>().WithMessage($"*the process to be killed, process {process.Id} on *");

        process.Kill();
        await process.WaitForExitAsync().WaitAsync(Limit);
        await Open().DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    private SqlStore Open() => SqlStore.Open(_folder.Store(), Program.Pairs, new SqlStoreOptions("the test"));

    private async Task<List<long>> WriteUntilKilled()
    {
        var acknowledged = new List<long>();
        using var process = Start();
        while (acknowledged.Count < EnoughAcknowledged && await process.StandardOutput.ReadLineAsync().WaitAsync(Limit) is { } line)
            acknowledged.Add(long.Parse(line, CultureInfo.InvariantCulture));
        process.Kill();
        // A line that was cut off by the end was not yet an acknowledgement.
        var rest = await process.StandardOutput.ReadToEndAsync().WaitAsync(Limit);
        if (rest.LastIndexOf('\n') is var end and > 0)
            acknowledged.AddRange(rest[..end].Split('\n').Select(line => long.Parse(line, CultureInfo.InvariantCulture)));
        await process.WaitForExitAsync().WaitAsync(Limit);
        return acknowledged;
    }

    private Process Start() => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["exec", typeof(Program).Assembly.Location, "write-until-killed", _folder.File("store.db")])
    {
        RedirectStandardOutput = true,
    })!;
}
