namespace Mdm.Sql.Tests;

public sealed class SqliteStoreTests : SqlStoreTests, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_second_owner_of_the_file_is_told_who_the_first_is()
    {
        await using var store = Open();
        var e = this.Invoking(_ => Open()).Should().Throw<SqlStoreException>();
        e.Which.Trouble.Should().Be(SqlTrouble.InUse);
        e.Which.Message.Should().Contain($"the tests, process {Environment.ProcessId} on ");
        await Add(store, "still", 1);
    }

    [Fact]
    public async Task Nobody_else_may_read_the_file()
    {
        await using var store = Open();
        await Add(store, "alpha", 1);
        foreach (var file in Directory.GetFiles(_folder.Path))
            File.GetUnixFileMode(file).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
    }

    [Fact]
    public async Task A_removed_row_leaves_no_trace_in_the_file()
    {
        await using (var store = Open())
        {
            await Add(store, "A-WORD-THAT-MUST-VANISH", 1);
            await store.WriteAsync(s => s.Execute("DELETE FROM words"), CancellationToken.None);
        }
        foreach (var file in Directory.GetFiles(_folder.Path))
            System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)).Should().NotContain("MUST-VANISH");
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused()
    {
        File.WriteAllText(_folder.File("store.db"), new string('x', 8192));
        this.Invoking(_ => Open()).Should().Throw<SqlStoreException>().Which.Trouble.Should().Be(SqlTrouble.Corrupt);
    }

    [Fact]
    public async Task Commits_to_disk_before_it_answers_where_power_loss_is_to_be_survived()
    {
        await using (var store = Open(SqlDurability.PowerLoss))
            (await store.WriteAsync(s => s.Scalar<long>("PRAGMA synchronous"), CancellationToken.None)).Should().Be(2);
        await using var other = Open(SqlDurability.ProcessCrash);
        (await other.WriteAsync(s => s.Scalar<long>("PRAGMA synchronous"), CancellationToken.None)).Should().Be(1);
    }

    public void Dispose() => _folder.Dispose();

    protected override Task<SqlStoreAddress> NewAddressAsync() => Task.FromResult(_folder.Store());
}
