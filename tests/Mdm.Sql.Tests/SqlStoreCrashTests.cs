using System.Diagnostics;
using System.Globalization;
using Mdm.TestKit;

namespace Mdm.Sql.Tests;

public abstract class SqlStoreCrashTests : StoreTests
{
    private const int EnoughAcknowledged = 200;

    [SkippableFact]
    public async Task A_killed_writer_loses_nothing_acknowledged_and_leaves_nothing_half_done()
    {
        var acknowledged = await WriteUntilKilled();

        await using var store = Open();
        var kept = await store.ReadAsync(s => s.Query("SELECT number, count(*) FROM pairs GROUP BY number",
            row => (Number: row.GetInt64(0), Halves: row.GetInt64(1))), CancellationToken.None);

        acknowledged.Should().HaveCountGreaterThanOrEqualTo(EnoughAcknowledged);
        kept.Should().OnlyContain(pair => pair.Halves == 2);
        kept.Select(pair => pair.Number).Should().Contain(acknowledged);
    }

    protected SqlStore Open() => SqlStore.Open(Address, Program.Pairs, new SqlStoreOptions("the test"));

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

    protected Process Start(string what = "write-until-killed") => Process.Start(
        new ProcessStartInfo(Environment.ProcessPath!, ["exec", typeof(Program).Assembly.Location, what, Address.ToString()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
}

public sealed class SqliteCrashTests : SqlStoreCrashTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();

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

    protected override Task<SqlStoreAddress> NewAddressAsync() => Task.FromResult(_folder.Store());
}

[Collection("postgres")]
public sealed class PostgresProcessTests(SharedPostgres postgres) : SqlStoreCrashTests
{
    protected override async Task<SqlStoreAddress> NewAddressAsync() => SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/");

    [SkippableFact]
    public async Task Two_processes_count_on_together_and_lose_no_step()
    {
        await using var store = Open();
        using var other = Start("count");
        using var third = Start("count");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Program.CountAsync(store, writer)));
        foreach (var process in (Process[])[other, third])
        {
            await process.WaitForExitAsync().WaitAsync(Limit);
            process.ExitCode.Should().Be(0);
        }
        (await store.ReadAsync(s => s.Scalar<long>("SELECT value FROM counter"), CancellationToken.None)).Should().Be(3 * 8 * 50);
    }

    [SkippableFact]
    public async Task A_process_killed_in_the_middle_of_its_work_leaves_nothing_of_it_and_nobody_waiting()
    {
        await using var store = Open();
        using var other = Start("stay");
        (await other.StandardOutput.ReadLineAsync().WaitAsync(Limit)).Should().Be("staying");
        var waiting = store.WriteAsync(s => s.Execute("INSERT INTO pairs (number, half) VALUES (100, 'left')"), CancellationToken.None);
        (await store.ReadAsync(s => s.Scalar<long>("SELECT count(*) FROM pairs"), CancellationToken.None)).Should().Be(0, "nobody sees what is not committed, and reading waits for no writer");
        waiting.IsCompleted.Should().BeFalse();

        other.Kill();
        await other.WaitForExitAsync().WaitAsync(Limit);

        (await waiting.WaitAsync(Limit)).Should().Be(1);
        (await store.ReadAsync(s => s.Query("SELECT number FROM pairs", row => row.GetInt64(0)), CancellationToken.None)).Should().Equal(100);
    }
}
