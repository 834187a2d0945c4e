namespace Mdm.Sql.Tests;

public sealed class SqlSchemaTests : IDisposable
{
    private const string First = "CREATE TABLE first (a INTEGER); INSERT INTO first VALUES (7)";
    private const string Second = "CREATE TABLE second (b INTEGER); INSERT INTO second SELECT a + 1 FROM first";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Runs_all_migrations_on_a_new_file()
    {
        await using var store = Open(First, Second);
        (await store.ReadAsync(s => s.Scalar<long>("SELECT b FROM second"), CancellationToken.None)).Should().Be(8);
    }

    [Fact]
    public async Task Runs_only_what_is_missing()
    {
        await Open(First).DisposeAsync();
        await Open(First, Second).DisposeAsync();
        await using var store = Open(First, Second);
        (await store.ReadAsync(s => s.Scalar<long>("SELECT count(*) FROM second"), CancellationToken.None)).Should().Be(1);
    }

    [Fact]
    public async Task Refuses_a_newer_version_and_leaves_it_alone()
    {
        await Open(First, Second).DisposeAsync();
        this.Invoking(_ => Open(First)).Should().Throw<SqlStoreException>().WithMessage("*version 2*knows version 1*").Which.Trouble.Should().Be(SqlTrouble.ForeignSchema);
        await Open(First, Second).DisposeAsync();
    }

    [Fact]
    public async Task Refuses_a_file_of_another_kind_of_store()
    {
        await Open(First).DisposeAsync();
        FluentActions.Invoking(() => SqlStore.Open(_folder.Store(), new SqlSchema("other", [First]), new SqlStoreOptions("tests")))
            .Should().Throw<SqlStoreException>().WithMessage("*belongs to 'things'*");
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_the_version_before_it()
    {
        await Open(First).DisposeAsync();
        this.Invoking(_ => Open(First, "CREATE TABLE second (b INTEGER); INSERT INTO nowhere VALUES (1)")).Should().Throw<SqlStoreException>().WithMessage("Migration 2*");
        await using var store = Open(First, Second);
        (await store.ReadAsync(s => s.Scalar<long>("SELECT b FROM second"), CancellationToken.None)).Should().Be(8);
    }

    [Fact]
    public void Lets_go_of_a_file_that_it_refuses()
    {
        this.Invoking(_ => Open("nonsense")).Should().Throw<SqlStoreException>();
        this.Invoking(_ => Open("nonsense")).Should().Throw<SqlStoreException>().Which.Trouble.Should().NotBe(SqlTrouble.InUse);
    }

    public void Dispose() => _folder.Dispose();

    private SqlStore Open(params string[] migrations) => SqlStore.Open(_folder.Store(), new SqlSchema("things", [.. migrations]), new SqlStoreOptions("tests"));
}
