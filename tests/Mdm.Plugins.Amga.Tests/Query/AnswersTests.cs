using System.Globalization;
using Mdm.Plugins.Amga.Query;
using Mdm.Plugins.Amga.Tests.Query.Independent;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Query;

/// <summary>
/// Random queries over random rows, answered by both stores and by an evaluator that was written from docs/query-language.md and shares nothing with the plugin. 100,000 conditions with MDM_SOAK=1.
/// </summary>
public sealed class AnswersTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>
{
    private const int PerWorld = 100;
    private const ulong Seed = 20261126;

    private static int Worlds => (Here.Soak ? 100_000 : 2_000) / PerWorld;

    [Fact]
    public void Of_SQLite_are_those_of_the_documentation()
    {
        using var store = Store.OpenSqlite();
        Run(store);
    }

    [SkippableFact]
    public async Task Of_PostgreSQL_are_those_of_the_documentation()
    {
        using var store = Store.OpenPostgres(await postgres.ServerAsync());
        Run(store);
    }

    private static void Run(Store store)
    {
        var (answered, rows) = (0, 0);
        for (var number = 0; number < Worlds; number++)
        {
            var dice = new Dice(Seed + (ulong)number);
            var world = new World(dice, number);
            store.Put(world);
            for (var i = 0; i < PerWorld; i++)
            {
                var question = Question.Make(world, dice);
                var told = $"world {number}, question {i}, seed {Seed}: {question}";
                List<object?[]> actual;
                try
                {
                    actual = store.Query(question.Compile(world, store.Dialect));
                }
                catch (Exception e)
                {
                    throw new InvalidOperationException(told, e);
                }
                var expected = question.Answer(world);
                if (actual.Count != expected.Count || !actual.Zip(expected).All(pair => pair.First.SequenceEqual(pair.Second)))
                    throw new InvalidOperationException($"{told}\nexpected {Show(expected)}\nbut were {Show(actual)}\n{question.Compile(world, store.Dialect).Sql}");
                answered++;
                rows += actual.Count;
            }
            store.Drop(world);
        }
        answered.Should().Be(Worlds * PerWorld);
        rows.Should().BeGreaterThan(answered, "conditions that never hold compare nothing");
    }

    private static string Show(List<object?[]> rows) =>
        string.Join(" | ", rows.Select(row => string.Join(", ", row.Select(value => value switch { null => "null", double number => number.ToString("R", CultureInfo.InvariantCulture) + "d", string text => $"'{text}'", _ => value.ToString() }))));
}
