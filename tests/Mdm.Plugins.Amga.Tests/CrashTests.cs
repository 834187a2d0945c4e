using System.Diagnostics;
using Mdm.Plugins.Amga.Tests.Commands;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests;

/// <summary><c>kill -9</c> in the middle of transactions, uploads and changes of schema: all or nothing of each, and all that was acknowledged.</summary>
public abstract class CrashTests : CommandTests
{
    private const int EnoughAcknowledged = 45;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Three kinds of work follow each other, so three rounds end in each of them; the many of the long form also later in it.</summary>
    public static IEnumerable<object[]> Rounds => Enumerable.Range(0, Here.Soak ? 60 : 3).Select(round => new object[] { round });

    [SkippableTheory]
    [MemberData(nameof(Rounds))]
    public async Task All_or_nothing_and_all_that_was_acknowledged(int round)
    {
        await Store.DisposeAsync();
        var acknowledged = await WorkUntilKilledAsync(EnoughAcknowledged + (round % 3), TimeSpan.FromMilliseconds(round / 3));
        Open();

        var directories = (await Root.Run("dir /")).Where(line => line.StartsWith("/t", StringComparison.Ordinal)).Select(path => path[1..]).ToList();
        directories.Should().Contain(acknowledged.Where(what => what[0] == 't'));
        foreach (var directory in directories)
        {
            (await Root.Run($"listattr /{directory}")).Should().Equal("i", "int", "w", "text", "late", "int");
            (await Root.Run($"getattr /{directory}/e i w late")).Should().Equal("e", directory[1..], directory[1..], directory[1..]);
        }

        var uploads = (await Root.Run("selectattr /up:i 'count(/up:FILE)' 'group by /up:i'")).Chunk(2).ToDictionary(pair => "u" + pair[0], pair => pair[1]);
        uploads.Keys.Should().Contain(acknowledged.Where(what => what[0] == 'u'));
        uploads.Values.Should().AllBe(Program.UploadRows.ToString(System.Globalization.CultureInfo.InvariantCulture));

        var attributes = (await Root.Run("listattr /s")).Where((_, i) => i % 2 == 0).ToList();
        attributes.Where(name => name[0] == 'b').Select(name => "s" + name[1..]).Should().Contain(acknowledged.Where(what => what[0] == 's'));
        // What is listed is there to be written, and what is not can be made: catalogue and tables are one.
        await Root.Run($"addentry /s/after {string.Join(' ', attributes.Select(name => $"{name} 1"))}");
        (await Root.Run("getattr /s/after")).Should().Equal([.. attributes.Select(_ => "1").Prepend("after")]);
        await Root.Run("addattr /s a1000000 varchar(10)");
    }

    private async Task<List<string>> WorkUntilKilledAsync(int enough, TimeSpan further)
    {
        var acknowledged = new List<string>();
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["exec", typeof(Program).Assembly.Location, Address.ToString()]) { RedirectStandardOutput = true })!;
        while (acknowledged.Count < enough && await process.StandardOutput.ReadLineAsync().WaitAsync(Limit) is { } line)
            acknowledged.Add(line);
        // The moment within the work that follows.
        await Task.Delay(further);
        process.Kill();
        // A line that was cut off by the end was not yet an acknowledgement.
        var rest = await process.StandardOutput.ReadToEndAsync().WaitAsync(Limit);
        if (rest.LastIndexOf('\n') is var end and > 0)
            acknowledged.AddRange(rest[..end].Split('\n'));
        await process.WaitForExitAsync().WaitAsync(Limit);
        acknowledged.Should().HaveCountGreaterThanOrEqualTo(enough);
        return acknowledged;
    }
}

public sealed class CrashOnSqliteTests : CrashTests, IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override Task<SqlStoreAddress> NewAddressAsync() => Task.FromResult(SqlStoreAddress.Parse("sqlite:amga.db", _folder.Path));
}

[Collection("postgres")]
public sealed class CrashOnPostgresTests(SharedPostgres postgres) : CrashTests
{
    protected override async Task<SqlStoreAddress> NewAddressAsync() => SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/");
}
