using Mdm.TestKit;

namespace Mdm.Sql.Tests;

/// <summary>Where queries are free, the index is picked that leaves the fewest rows.</summary>
public sealed class StatisticsTests : IDisposable
{
    private const string Plan = "EXPLAIN QUERY PLAN SELECT word FROM words WHERE sex = $1 AND patient = $2";

    private static readonly SqlSchema Words = new("words",
        ["CREATE TABLE words (word TEXT, patient TEXT, sex TEXT); CREATE INDEX by_patient ON words (patient); CREATE INDEX by_sex ON words (sex)"]);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false, "by_sex")]
    [InlineData(true, "by_patient")]
    public async Task Connections_that_were_open_before_take_it_too(bool hasFreeQueries, string expected)
    {
        await using var store = SqlStore.Open(SqlStoreAddress.Parse("sqlite:words.db", _directory.Path), Words, new SqlStoreOptions("the test", HasFreeQueries: hasFreeQueries));
        await PlanAsync(store);
        await store.WriteAsync(session => Enumerable.Range(0, 5000).Sum(i => session.Execute("INSERT INTO words VALUES ($1, $2, $3)", $"w{i}", $"p{i / 10}", i % 2 == 0 ? "F" : "M")), default);
        // Behind it in the queue, so after the look.
        await store.WriteAsync(session => session.Execute("DELETE FROM words WHERE word = 'none'"), default);

        (await PlanAsync(store)).Should().Contain(expected);
    }

    private static Task<string> PlanAsync(SqlStore store) => store.ReadAsync(session => string.Join('\n', session.Query(Plan, row => row.GetString(3), "F", "p1")), default);
}
