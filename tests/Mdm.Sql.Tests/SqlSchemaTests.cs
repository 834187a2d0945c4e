using Mdm.TestKit;

namespace Mdm.Sql.Tests;

public abstract class SqlSchemaTests : StoreTests
{
    private const string First = "CREATE TABLE first (a INTEGER); INSERT INTO first VALUES (7)";
    private const string Second = "CREATE TABLE second (b INTEGER); INSERT INTO second SELECT a + 1 FROM first";

    [SkippableFact]
    public async Task Runs_all_migrations_on_a_new_file()
    {
        await using var store = Open(First, Second);
        (await store.ReadAsync(s => s.Scalar<long>("SELECT b FROM second"), CancellationToken.None)).Should().Be(8);
    }

    [SkippableFact]
    public async Task Runs_only_what_is_missing()
    {
        await Open(First).DisposeAsync();
        await Open(First, Second).DisposeAsync();
        await using var store = Open(First, Second);
        (await store.ReadAsync(s => s.Scalar<long>("SELECT count(*) FROM second"), CancellationToken.None)).Should().Be(1);
    }

    [SkippableFact]
    public async Task Refuses_a_newer_version_and_leaves_it_alone()
    {
        await Open(First, Second).DisposeAsync();
        this.Invoking(_ => Open(First)).Should().Throw<SqlStoreException>().WithMessage("*version 2*knows version 1*").Which.Trouble.Should().Be(SqlTrouble.ForeignSchema);
        await Open(First, Second).DisposeAsync();
    }

    [SkippableFact]
    public async Task Refuses_a_file_of_another_kind_of_store()
    {
        await Open(First).DisposeAsync();
        FluentActions.Invoking(() => SqlStore.Open(Address, new SqlSchema("other", [First]), new SqlStoreOptions("tests")))
            .Should().Throw<SqlStoreException>().WithMessage("*belongs to 'things'*");
    }

    [SkippableFact]
    public async Task A_migration_that_fails_leaves_the_version_before_it()
    {
        await Open(First).DisposeAsync();
        this.Invoking(_ => Open(First, "CREATE TABLE second (b INTEGER); INSERT INTO nowhere VALUES (1)")).Should().Throw<SqlStoreException>().WithMessage("Migration 2*");
        await using var store = Open(First, Second);
        (await store.ReadAsync(s => s.Scalar<long>("SELECT b FROM second"), CancellationToken.None)).Should().Be(8);
    }

    [SkippableFact]
    public void Lets_go_of_a_file_that_it_refuses()
    {
        this.Invoking(_ => Open("nonsense")).Should().Throw<SqlStoreException>();
        this.Invoking(_ => Open("nonsense")).Should().Throw<SqlStoreException>().Which.Trouble.Should().NotBe(SqlTrouble.InUse);
    }

    [SkippableFact]
    public async Task Refuses_a_place_that_holds_something_else()
    {
        await Open(First).DisposeAsync();
        await DropMarkAsync();
        this.Invoking(_ => Open(First)).Should().Throw<SqlStoreException>().WithMessage("*holds something else*").Which.Trouble.Should().Be(SqlTrouble.ForeignSchema);
    }

    [SkippableFact]
    public async Task Numbers_rows_by_itself()
    {
        await using var store = Open("CREATE TABLE rows (row_number INTEGER PRIMARY KEY, name TEXT NOT NULL); CREATE TABLE further (id INTEGER PRIMARY KEY AUTOINCREMENT, row INTEGER REFERENCES rows (row_number)) -- INTEGER");
        var numbers = await store.WriteAsync(s => (string[])["a", "b"] is var names
            ? names.Select(name => s.Scalar<long>("INSERT INTO rows (name) VALUES ($1) RETURNING row_number", name)).ToArray() : [], CancellationToken.None);
        numbers.Should().Equal(1, 2);
        await store.Invoking(x => x.WriteAsync(s => s.Execute("INSERT INTO further (row) VALUES (3)"), CancellationToken.None)).Should().ThrowAsync<SqlStoreException>();
    }

    protected abstract Task DropMarkAsync();

    protected SqlStore Open(params string[] migrations) => SqlStore.Open(Address, new SqlSchema("things", [.. migrations]), new SqlStoreOptions("tests"));
}

public sealed class SqliteSchemaTests : SqlSchemaTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override Task<SqlStoreAddress> NewAddressAsync() => Task.FromResult(_folder.Store());

    protected override async Task DropMarkAsync()
    {
        await using var store = Open("CREATE TABLE first (a INTEGER); INSERT INTO first VALUES (7)");
        await store.WriteAsync(s => s.Execute("DROP TABLE mdm_schema"), CancellationToken.None);
    }
}

[Collection("postgres")]
public sealed class PostgresSchemaTests(SharedPostgres postgres) : SqlSchemaTests
{
    private PostgresServer _server = null!;

    protected override async Task<SqlStoreAddress> NewAddressAsync()
    {
        _server = await postgres.ServerAsync();
        return SqlStoreAddress.Parse(_server.Store(), "/");
    }

    protected override Task DropMarkAsync() => _server.SqlAsync($"DROP TABLE {Address.Server!.Schema}.mdm_schema");

    [SkippableFact]
    public async Task Of_many_processes_that_start_at_once_one_migrates()
    {
        var stores = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Open(
            "CREATE TABLE first (a INTEGER); INSERT INTO first VALUES (7)", "CREATE TABLE second (b INTEGER); INSERT INTO second SELECT a + 1 FROM first"))));
        (await stores[^1].ReadAsync(s => s.Scalar<long>("SELECT count(*) FROM second"), CancellationToken.None)).Should().Be(1);
        foreach (var store in stores)
            await store.DisposeAsync();
    }

    [SkippableFact]
    public async Task A_running_program_is_refused_new_connections_once_a_newer_one_has_migrated()
    {
        await using var old = Open("CREATE TABLE first (a INTEGER)");
        await Open("CREATE TABLE first (a INTEGER)", "CREATE TABLE second (b INTEGER)").DisposeAsync();
        (await old.Invoking(x => x.ReadAsync(s => s.Scalar<long>("SELECT count(*) FROM first"), CancellationToken.None)).Should().ThrowAsync<SqlStoreException>())
            .Which.Trouble.Should().Be(SqlTrouble.ForeignSchema);
    }

    [SkippableFact]
    public async Task Takes_the_tables_that_are_meant_for_it()
    {
        await using var store = SqlStore.Open(Address, new SqlSchema("things", [new SqlMigration("CREATE TABLE here (a INTEGER)", Postgres: "CREATE TABLE there (a BLOB)")]), new SqlStoreOptions("tests"));
        (await store.ReadAsync(s => s.Scalar<long>("SELECT count(*) FROM there"), CancellationToken.None)).Should().Be(0);
    }

    [SkippableFact]
    public async Task Needs_no_right_to_create_a_namespace_that_is_there()
    {
        await _server.SqlAsync($"CREATE ROLE plain LOGIN; CREATE SCHEMA prepared AUTHORIZATION plain");
        await using var store = SqlStore.Open(SqlStoreAddress.Parse(_server.Store("prepared").Replace("Username=mdm", "Username=plain", StringComparison.Ordinal), "/"),
            new SqlSchema("things", ["CREATE TABLE first (a INTEGER)"]), new SqlStoreOptions("tests"));
        (await store.ReadAsync(s => s.Scalar<long>("SELECT count(*) FROM first"), CancellationToken.None)).Should().Be(0);
        FluentActions.Invoking(() => SqlStore.Open(SqlStoreAddress.Parse(_server.Store("forbidden").Replace("Username=mdm", "Username=plain", StringComparison.Ordinal), "/"),
            new SqlSchema("things", ["CREATE TABLE first (a INTEGER)"]), new SqlStoreOptions("tests"))).Should().Throw<SqlStoreException>().Which.Trouble.Should().Be(SqlTrouble.Configuration);
    }
}
