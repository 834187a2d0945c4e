using System.Collections.Immutable;
using Mdm.Abstractions;
using Mdm.Cli.Commands;
using Mdm.Sql;

namespace Mdm.Cli.Tests;

public sealed class MigrateTests : IDisposable
{
    private static readonly SqlSchema Words = new("words", ImmutableArray.Create<SqlMigration>("CREATE TABLE words (word TEXT NOT NULL PRIMARY KEY)"));

    private readonly string _folder = Directory.CreateTempSubdirectory("mdm-migrate-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Copies_one_store_and_says_what_it_copied()
    {
        await using (var store = SqlStore.Open(At("a.db"), Words, new SqlStoreOptions("tests")))
            await store.WriteAsync(s => s.Execute("INSERT INTO words (word) VALUES ('one'), ('two')"), default);

        var (code, output, _) = await Command.RunAsync("migrate", At("a.db").ToString(), At("b.db").ToString());

        code.Should().Be(ExitCode.Success);
        output.Should().Contain("words: 2 rows").And.Contain("copied and compared: 1 tables, 2 rows");
        await using var copy = SqlStore.Open(At("b.db"), Words, new SqlStoreOptions("tests"));
        (await copy.ReadAsync(s => s.Query("SELECT word FROM words ORDER BY word", row => row.GetString(0)), default)).Should().Equal("one", "two");
        var (again, _, error) = await Command.RunAsync("migrate", At("a.db").ToString(), At("b.db").ToString());
        again.Should().NotBe(ExitCode.Success);
        error.Should().Contain("in use by tests");
    }

    [Fact]
    public async Task Wants_two_stores_or_two_configurations()
    {
        (await Command.RunAsync("migrate", "sqlite:a.db")).Code.Should().Be(ExitCode.Usage);
        (await Command.RunAsync("migrate", "--from", "a.json")).Code.Should().Be(ExitCode.Usage);
        (await Command.RunAsync("migrate", At("a.db").ToString(), "postgres:Host=db;Database=mdm;Schema=Not-a-name")).Code.Should().Be(ExitCode.Failed, "nobody was asked");
        (await Command.RunAsync("migrate", "--from", Path.Combine(_folder, "none.json"), "--to", Path.Combine(_folder, "none.json"))).Error.Should().Contain("no configuration");
    }

    [Fact]
    public void Finds_the_stores_of_two_configurations_with_their_defaults()
    {
        File.WriteAllText(Path.Combine(_folder, "old.json"), """{ "State": { "Directory": "s" }, "Catalog": { "Type": "lfc", "Options": { "Store": "sqlite:s/lfc.db" } }, /* as it came */ "Keys": { "Type": "hydra" } }""");
        File.WriteAllText(Path.Combine(_folder, "new.json"), """
            { "State": { "Directory": "s", "KeyLedger": "postgres:Host=db;Database=mdm" }, "Requests": { "Store": "postgres:Host=db;Database=mdm;Schema=book" },
              "Catalog": { "Type": "lfc", "Options": { "Store": "postgres:Host=db;Database=mdm" } } }
            """);
        File.WriteAllText(Path.Combine(_folder, "other.json"), """{ "Services": { "keys": { "Type": "hydra-keystore", "Options": { "Store": "sqlite:k.db" } } } }""");

        var moves = ConfiguredStores.Moves(Path.Combine(_folder, "old.json"), Path.Combine(_folder, "new.json"));

        moves.Should().BeEquivalentTo(
        [
            new StoreMove("Catalog:Options:Store", $"sqlite:{_folder}/s/lfc.db", "postgres:Host=db;Database=mdm;Schema=mdm_lfc"),
            new StoreMove("Requests:Store", $"sqlite:{_folder}/s/requests.db", "postgres:Host=db;Database=mdm;Schema=book"),
            new StoreMove("State:KeyLedger", $"sqlite:{_folder}/s/keys.db", "postgres:Host=db;Database=mdm;Schema=mdm_keys"),
        ]);
        FluentActions.Invoking(() => ConfiguredStores.Moves(Path.Combine(_folder, "old.json"), Path.Combine(_folder, "other.json"))).Should().Throw<MdmException>().WithMessage("*Only one*");
    }

    private SqlStoreAddress At(string name) => SqlStoreAddress.Parse("sqlite:" + name, _folder);
}
