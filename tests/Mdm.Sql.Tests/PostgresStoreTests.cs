using System.Globalization;
using Mdm.TestKit;

namespace Mdm.Sql.Tests;

[Collection("postgres")]
public sealed class PostgresStoreTests(SharedPostgres postgres) : SqlStoreTests
{
    private PostgresServer _server = null!;

    [SkippableFact]
    public async Task Any_number_of_stores_may_be_open_at_the_same_place()
    {
        await using var store = Open();
        await using var other = Open();
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Add(i % 2 == 0 ? store : other, $"word {i}", i)));
        (await Count(store)).Should().Be(40);
        (await Count(other)).Should().Be(40);
    }

    [SkippableFact]
    public async Task A_store_of_one_owner_names_it_to_others_and_is_free_when_it_closes_or_dies()
    {
        var options = new SqlStoreOptions("the only one", IsExclusive: true);
        await using (var store = SqlStore.Open(Address, Slow, options))
        {
            var e = FluentActions.Invoking(() => SqlStore.Open(Address, Slow, options)).Should().Throw<SqlStoreException>().WithMessage("*in use by mdm the only one on its machine*");
            e.Which.Trouble.Should().Be(SqlTrouble.InUse);
            // Its owner comes back after its connections were lost.
            await _server.SqlAsync("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'mdm the only one'");
            (await store.WriteAsync(s => s.Execute("INSERT INTO slow VALUES (1)"), CancellationToken.None)).Should().Be(1);
            FluentActions.Invoking(() => SqlStore.Open(Address, Slow, options)).Should().Throw<SqlStoreException>();
        }
        await SqlStore.Open(Address, Slow, options).DisposeAsync();
    }

    [SkippableFact]
    public async Task Stores_of_one_database_do_not_see_each_other()
    {
        await using var store = Open();
        await using var other = SqlStore.Open(SqlStoreAddress.Parse(_server.Store(), "/"), new SqlSchema("other", ["CREATE TABLE words (word TEXT)"]), new SqlStoreOptions("the others"));
        await Add(store, "alpha", 1);
        (await other.ReadAsync(s => s.Scalar<long>("SELECT count(*) FROM words"), CancellationToken.None)).Should().Be(0);
    }

    [SkippableFact]
    public async Task A_store_without_a_named_place_is_put_where_its_kind_says()
    {
        var unnamed = SqlStoreAddress.Parse(string.Join(';', _server.Store().Split(';').Where(part => !part.StartsWith("Schema=", StringComparison.Ordinal))), "/");
        await using var store = SqlStore.Open(unnamed, new SqlSchema("some-kind", ["CREATE TABLE words (word TEXT)"]), new SqlStoreOptions("the tests"));
        (await store.WriteAsync(s => s.Execute("INSERT INTO words (word) VALUES ('alpha')"), CancellationToken.None)).Should().Be(1);
        (await _server.SqlAsync("SELECT count(*) FROM mdm_some_kind.words")).Should().Be("1");
    }

    [SkippableFact]
    public async Task A_broken_rule_is_named_and_no_value_is_anywhere_in_the_exception()
    {
        await using var store = Open();
        await Add(store, "Mustermann", 1);
        var e = (await store.Invoking(x => Add(x, "Mustermann", 2)).Should().ThrowAsync<SqlStoreException>()).Which;
        e.Message.Should().Contain("words_pkey");
        e.ToString().Should().NotContain("Mustermann");
        var other = (await store.Invoking(x => x.ReadAsync(s => s.Scalar<long>("SELECT CAST($1 AS INTEGER)", "Mustermann"), CancellationToken.None)).Should().ThrowAsync<SqlStoreException>()).Which;
        other.Trouble.Should().Be(SqlTrouble.Constraint);
        other.ToString().Should().NotContain("Mustermann");
    }

    [SkippableFact]
    public async Task A_connection_that_was_lost_while_idle_is_replaced_and_nobody_notices()
    {
        await using var store = Open();
        await Add(store, "alpha", 1);
        (await Count(store)).Should().Be(1);
        for (var round = 0; round < 3; round++)
        {
            (await EndConnectionsAsync()).Should().BeGreaterThan(0);
            await Add(store, $"beta {round}", 1);
            (await Count(store)).Should().Be(2 + round);
        }
    }

    [SkippableFact]
    public async Task A_connection_that_is_lost_in_the_middle_again_and_again_is_a_transient_trouble_of_that_work_alone()
    {
        await using var store = SqlStore.Open(SqlStoreAddress.Parse(Address.ToString().Replace("RetryFor=20", "RetryFor=1", StringComparison.Ordinal), "/"), Words, new SqlStoreOptions("the tests"));
        var e = await store.Invoking(x => x.WriteAsync(s =>
        {
            s.Execute("INSERT INTO words (word) VALUES ('half')");
            EndConnectionsAsync().GetAwaiter().GetResult();
            return s.Execute("INSERT INTO words (word) VALUES ('other half')");
        }, CancellationToken.None)).Should().ThrowAsync<SqlStoreException>();
        e.Which.IsTransient.Should().BeTrue();

        (await store.Invoking(x => x.ReadAsync(s =>
        {
            s.Scalar<long>("SELECT count(*) FROM words");
            EndConnectionsAsync().GetAwaiter().GetResult();
            return s.Scalar<long>("SELECT count(*) FROM words");
        }, CancellationToken.None)).Should().ThrowAsync<SqlStoreException>()).Which.IsTransient.Should().BeTrue();

        await Add(store, "whole", 1);
        (await Count(store)).Should().Be(1);
    }

    [SkippableFact]
    public async Task A_statement_that_takes_too_long_is_ended()
    {
        await using var store = SqlStore.Open(SqlStoreAddress.Parse(_server.Store(further: ";CommandTimeout=5"), "/"), Slow, new SqlStoreOptions("the tests"));
        (await store.Invoking(x => x.WriteAsync(s => s.Scalar<string>("SELECT CAST(pg_sleep(300) AS text)"), CancellationToken.None)).Should().ThrowAsync<SqlStoreException>())
            .Which.Trouble.Should().Be(SqlTrouble.Unavailable);
        (await store.WriteAsync(s => s.Execute("INSERT INTO slow VALUES (1)"), CancellationToken.None)).Should().Be(1);
    }

    [SkippableFact]
    public async Task Opens_no_more_connections_than_it_may()
    {
        await using var store = SqlStore.Open(SqlStoreAddress.Parse(_server.Store(further: ";MaxConnections=3"), "/"), Slow, new SqlStoreOptions("counted"));
        // Two readers go on when both are there, with the writer's connection the third.
        using var both = new Barrier(2);
        var most = 0L;
        await Parallel.ForEachAsync(Enumerable.Range(0, 64), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancellationToken) =>
        {
            await store.WriteAsync(s => s.Execute("INSERT INTO slow VALUES ($1)", i), cancellationToken);
            var now = await store.ReadAsync(s =>
            {
                both.SignalAndWait(Limit).Should().BeTrue();
                // Long enough for others to want one meanwhile.
                s.Scalar<string>("SELECT CAST(pg_sleep(0.02) AS text)");
                return s.Scalar<long>("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mdm counted'");
            }, cancellationToken);
            InterlockedMax(ref most, now);
        });
        most.Should().Be(3);
    }

    [SkippableFact]
    public async Task Commits_to_disk_before_it_answers_where_power_loss_is_to_be_survived()
    {
        await _server.SqlAsync("CREATE ROLE hasty LOGIN SUPERUSER; ALTER ROLE hasty SET synchronous_commit = off");
        var hasty = SqlStoreAddress.Parse(_server.Store().Replace("Username=mdm", "Username=hasty", StringComparison.Ordinal), "/");
        await using (var store = SqlStore.Open(hasty, Slow, new SqlStoreOptions("the tests", SqlDurability.PowerLoss)))
            (await store.WriteAsync(s => s.Scalar<string>("SHOW synchronous_commit"), CancellationToken.None)).Should().Be("on");
        await using var other = Open(SqlDurability.ProcessCrash);
        (await other.WriteAsync(s => s.Scalar<string>("SHOW synchronous_commit"), CancellationToken.None)).Should().Be("off");
    }

    [SkippableFact]
    public async Task Refuses_a_database_that_cannot_hold_every_text()
    {
        await _server.SqlAsync("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'");
        Refused(_server.Store().Replace("Database=mdm", "Database=ascii", StringComparison.Ordinal), "*is in SQL_ASCII*UTF8*");
    }

    [SkippableFact]
    public void Says_what_hinders_it()
    {
        Refused(_server.Store().Replace("Database=mdm", "Database=nothing", StringComparison.Ordinal), "nothing on *no such database*");
        Refused(_server.Store().Replace("Username=mdm", "Username=nobody", StringComparison.Ordinal), "*does not accept this user*");
        Refused($"postgres:Host=127.0.0.1;Port={Here.FreePort().ToString(CultureInfo.InvariantCulture)};Database=mdm", "*cannot be reached*", SqlTrouble.Unavailable);
    }

    [SkippableFact]
    public async Task Gives_the_password_that_a_file_holds()
    {
        using var folder = new TemporaryDirectory();
        var store = $"postgres:Host=127.0.0.1;Port={_server.Port.ToString(CultureInfo.InvariantCulture)};Database=mdm;Username=mdm;Schema=by_password";
        await File.WriteAllTextAsync(folder["password"], _server.Password + "\n");
        File.SetUnixFileMode(folder["password"], UnixFileMode.UserRead);
        await SqlStore.Open(SqlStoreAddress.Parse(store + ";PasswordFile=password", folder.Path), Slow, new SqlStoreOptions("the tests")).DisposeAsync();

        File.SetUnixFileMode(folder["password"], UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Refused(store + ";PasswordFile=" + folder["password"], "*password can be read or written by others*");
        await File.WriteAllTextAsync(folder["wrong"], "wrong");
        File.SetUnixFileMode(folder["wrong"], UnixFileMode.UserRead);
        Refused(store + ";PasswordFile=" + folder["wrong"], "*does not accept this user or its password*");
        Refused(store + ";PasswordFile=" + folder["missing"], "*missing cannot be read*");
        await File.WriteAllTextAsync(folder["pgpass"], $"127.0.0.1:*:mdm:mdm:{_server.Password}\n");
        File.SetUnixFileMode(folder["pgpass"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await SqlStore.Open(SqlStoreAddress.Parse(store + ";PassFile=pgpass", folder.Path), Slow, new SqlStoreOptions("the tests")).DisposeAsync();
    }

    [SkippableFact]
    public async Task Describes_what_is_there()
    {
        await using var store = Open();
        (await store.DescribeAsync(CancellationToken.None)).Should().MatchRegex(@"^PostgreSQL \d+\.\d+, [1-9]\d+ bytes in mdm on /.*, namespace store_\d+$");
    }

    protected override async Task<SqlStoreAddress> NewAddressAsync()
    {
        _server = await postgres.ServerAsync();
        return SqlStoreAddress.Parse(_server.Store(), "/");
    }

    private static readonly SqlSchema Slow = new("slow", ["CREATE TABLE slow (a INTEGER)"]);

    private static void Refused(string store, string message, SqlTrouble trouble = SqlTrouble.Configuration) =>
        FluentActions.Invoking(() => SqlStore.Open(SqlStoreAddress.Parse(store, "/"), Slow, new SqlStoreOptions("the tests")))
            .Should().Throw<SqlStoreException>().WithMessage(message).Which.Trouble.Should().Be(trouble);

    private static void InterlockedMax(ref long most, long now)
    {
        for (var seen = Interlocked.Read(ref most); now > seen; seen = Interlocked.Read(ref most))
            Interlocked.CompareExchange(ref most, now, seen);
    }

    private async Task<int> EndConnectionsAsync() => int.Parse(
        await _server.SqlAsync("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = 'mdm the tests'"), CultureInfo.InvariantCulture);
}
