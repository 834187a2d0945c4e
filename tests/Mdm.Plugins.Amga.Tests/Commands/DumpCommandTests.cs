using Mdm.Plugins.Amga.Store;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Commands;

/// <summary>What a dump gives back.</summary>
public abstract class DumpCommandTests : CommandTests
{
    private const string Tree = """
        user_create alice
        user_create bob pass
        user_subject_add alice 'C = CH, O = Grid, CN = Alice Doe'
        grp_create root:friends
        grp_adduser root:friends alice
        createdir /a 'acls'
        createdir /a/sub
        createdir /b inherit
        createdir /b/child
        addattr /a i int f float v varchar(20) x text t timestamp n numeric(8,2)
        addattr /b k varchar(20)
        addentry /a/e1 i -3 f 0.1 v "O\'Neil" x 'back\134slash \134047 and "quotes"' t '2020-01-02 03:04:05.000006' n 12.5
        addentry /a/e2 x ' two  spaces '
        addentry /b/k1 k x
        link /b/l /b/k1
        setattr /b/k1 k y
        addattr /a/sub r varchar(20) u int
        addentry /a/sub/s r y u 1
        constraint_add_reference /a/sub r /b:k refers
        constraint_add_unique /a/sub u once
        constraint_add_not_null /a/sub u must
        constraint_add_check /a/sub 'u < 100' small
        index_create two /a 'i v' btree
        sequence_create s /a 3 7
        sequence_next /a/s
        view_create /w /a v i 'i < 0'
        attrgroup_set /a v patient
        attracl_add /a patient /biomed/Role=physician r
        attracl_add /a medical root:friends rw
        acl_add /a root:friends rx
        acl_add /a/e1 root:friends r
        chmod /a/e1 rw
        chown /a/e2 alice
        chown /b bob
        chmod /b rx
        """;

    [SkippableFact]
    public async Task A_dump_given_to_an_empty_server_makes_the_same_tree()
    {
        await Root.All(Tree);
        var commands = await DumpAsync();
        var values = await Root.Run("getattr /a");

        await using var other = AmgaStore.Open(await NewAddressAsync("other"), Options, TimeProvider.System, "the other");
        var there = new Client(new Amga.Commands.CommandSource(other).Begin(new Principal("root", [Amga.Rights.Principals.AnyUser], IsRoot: true, null), new Amga.Sessions.Login("root", "rwx", null, "/", null)));
        foreach (var command in commands)
            await there.Run(command);

        (await DumpAsync(there)).Should().Equal(commands);
        (await there.Run("getattr /a")).Should().Equal(values).And.Contain(@"back\slash \047 and ""quotes""").And.Contain("\"O'Neil\"").And.Contain(" two  spaces ");
        (await there.Run("sequence_next /a/s")).Should().Equal("10");
        (await there.Run("stat /b")).Should().Equal("/b", "collection", "bob", "rx");
        (await there.Run("acl_show /a/e1")).Should().Contain("root:friends r");
        (await there.Run("find /w ''")).Should().Equal("e1");
        (await there.Code("addentry /a/sub/t u 1")).Should().Be(15);
        (await there.Code("addentry /a/sub/t u 2 r none")).Should().Be(13);
        await there.DisposeAsync();
    }

    protected abstract Task<SqlStoreAddress> NewAddressAsync(string name);

    protected override Task<SqlStoreAddress> NewAddressAsync() => NewAddressAsync("amga");

    private async Task<List<string>> DumpAsync(Client? client = null)
    {
        client ??= Root;
        return [.. await client.Run("user_dump"), .. await client.Run("grp_dump"), .. await client.Run("dump /")];
    }
}

public sealed class DumpCommandOnSqliteTests : DumpCommandTests, IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override Task<SqlStoreAddress> NewAddressAsync(string name) => Task.FromResult(SqlStoreAddress.Parse($"sqlite:{name}.db", _folder.Path));
}

[Collection("postgres")]
public sealed class DumpCommandOnPostgresTests(SharedPostgres postgres) : DumpCommandTests
{
    protected override async Task<SqlStoreAddress> NewAddressAsync(string name) => SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/");
}
