using System.Text;
using Mdm.Plugins.Amga.Commands;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Sessions;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Sessions;

/// <summary>Every command, as clients send it, and the bytes that it is answered, on the host's port over the real store.</summary>
public sealed class ConformanceTests(TestGrid grid) : IClassFixture<TestGrid>
{
    /// <summary>Commands of one session, in order. <c>0</c> and the rows, where <c>*</c> is the rest of them, or the code of an error; nothing where nothing is answered.</summary>
    private static readonly (string Command, string Answer)[] Script =
    [
        ("pwd", "0|/"),
        ("whoami", "0|root"),
        ("createdir '/t'", "0"),
        ("createdir /t", "16"),
        ("createdir '/t/sub' 'plain'", "0"),
        ("cd /t", "0"),
        ("pwd", "0|/t"),
        ("cd nowhere", "1"),
        ("cd /", "0"),
        ("addattr /t p text q int", "0"),
        ("addattr /t p text", "15"),
        ("addattr /t 1x text", "7"),
        ("listattr '/t'", "0|p|text|q|int"),
        ("collections", "0|/t"),
        ("addentry '/t/a'  'p' 'v' 'q' '4'", "0"),
        ("addentry /t/a", "15"),
        ("addentries /t/b /t/c", "0"),
        ("setattr '/t/b' p 'O'Neil x' q 7", "0"),
        ("setattr /t/b q seven", "13"),
        ("setattr /t/b nope x", "10"),
        ("getattr '/t/a' 'p' 'q'", "0|a|v|4"),
        ("getattr /t p", "0|a|v|b|O'Neil x|c|"),
        ("listattr /t/a", "0|p|text|q|int"),
        ("selectattr '/t:p' '/t:q' '/t:p = \"v\" and /t:q > 3'", "0 2|v|4"),
        ("find '/t' 'q > 3'", "0|a|b"),
        ("find /t 'q >'", "8"),
        ("find /t ''", "0|a|b|c"),
        ("updateattr '/t/?' q 'q + 1' 'q > 0'", "0"),
        ("update /t/a q 'q' ''", "0"),
        ("updateattr_single /t q 'q * 2' 'p = \"v\"'", "0"),
        ("updateattr_single /t q 'q' 'q = 999'", "1"),
        ("getattr /t/? q", "0|a|10|b|8|c|"),
        ("clearattr /t/b p", "0"),
        ("getattr /t/b p", "0|b|"),
        ("ls /t", "0|/t/sub|collection|a|entry|b|entry|c|entry"),
        ("dir /t", "0|/t/sub|collection|a|entry|b|entry|c|entry"),
        ("listentries /t", "0|a|b|c"),
        ("stat /t/a", "0|a|entry|root|rwx"),
        ("link /t/l /t/a", "0"),
        ("getattr /t/l p", "0|a|v"),
        ("rm /t/l", "0"),
        ("chown /t root", "0"),
        ("chmod /t rwx", "0"),
        ("sequence_create s /t 2 5", "0"),
        ("sequence_create s /t", "15"),
        ("sequence_next '/t/s'", "0|5"),
        ("sequence_next /t/s", "0|7"),
        ("sequence_next /t/a", "17"),
        ("sequence_remove /t/s", "0"),
        ("index_create 'i' '/t' 'q' btree", "0"),
        ("index_create 'j' '/t' 'p q' btree", "3"),
        ("index_list /t", "0|i*"),
        ("index_remove i /t", "0"),
        ("view_create '/v' '/t' 'p' 'q > 9'", "0"),
        ("getattr /v p", "0|a|v"),
        ("view_remove /v", "0"),
        ("constraint_add_not_null /t p nn", "13"),
        ("constraint_add_unique /t q uq", "0"),
        ("constraint_add_check /t 'q > 0' ck", "0"),
        ("createdir /r", "0"),
        ("addattr /r k int", "0"),
        ("constraint_add_reference /r k /t:q rf", "0"),
        ("constraint_list /t", "0|uq unique q|ck check q > 0"),
        ("constraint_drop /r rf", "0"),
        ("constraint_drop /t uq", "0"),
        ("constraint_drop /t ck", "0"),
        ("user_create paula secret", "0"),
        ("user_create paula", "15"),
        ("user_password_change nobody x", "100"),
        ("user_password_change paula other", "0"),
        ("user_subject_add paula '/DC=org/DC=testgrid/CN=Nobody Known'", "0"),
        ("user_listcred paula", "0|/DC=org/DC=testgrid/CN=Nobody Known"),
        ("user_subject_remove paula '/DC=org/DC=testgrid/CN=Nobody Known'", "0"),
        ("user_list", "0|paula|root"),
        ("user_dump", "0|user_create paula 'pbkdf2-*"),
        ("grp_create physicians", "0"),
        ("grp_adduser root:physicians paula", "0"),
        ("grp_show root:physicians", "0|paula"),
        ("grp_member paula", "0|root:physicians"),
        ("grp_list", "0|root:physicians"),
        ("grp_dump", "0|grp_create root:physicians|grp_adduser root:physicians paula"),
        ("acl_add /t root:physicians rx", "0"),
        ("acl_show '/t'", "0|root:physicians rx"),
        ("acl_remove /t root:physicians", "0"),
        ("attrgroup_set /t p patient", "0"),
        ("attrgroup_show /t", "0|p patient|q none"),
        ("attracl_add /t patient root:physicians r", "0"),
        ("attracl_show /t", "0|patient root:physicians r"),
        ("attracl_remove /t patient root:physicians", "0"),
        ("dir_setoptions /t acls", "0"),
        ("grp_removeuser root:physicians paula", "0"),
        ("grp_delete root:physicians", "0"),
        ("transaction", "0"),
        ("addentry /t/x", "0"),
        ("abort", "0"),
        ("find /t ''", "0|a|b|c"),
        ("commit", "9"),
        ("transaction", "0"),
        ("addentry /t/y", "0"),
        ("commit", "0"),
        ("upload '/t' 'p' 'q'", ""),
        ("put 'u1' 'one' '1'", ""),
        ("put 'u2' 'two' '2'", ""),
        ("commit", "0"),
        ("upload /t p", ""),
        ("abort", "0"),
        ("upload /t q", ""),
        ("put u3 notanumber", "13"),
        ("commit", "12"),
        ("getattr /t/u? p q", "0|u1|one|1|u2|two|2"),
        ("rmdir /t", "11"),
        ("removeattr /t q", "0"),
        ("rm /t/*", "0"),
        ("find /t ''", "0"),
        ("rmdir /t/sub", "0"),
        ("dump /r", "0|createdir /r|addattr /r k int|chmod /r rwx|chown /r root"),
        ("site_add berlin amga.example:8822", "0"),
        ("site_add berlin", "15"),
        ("site_list", "0|1 berlin amga.example:8822"),
        ("replica_register guid1 berlin", "0"),
        ("replica_add guid2 berlin", "0"),
        ("replica_list guid1 guid2", "0|guid1 1|guid2 1"),
        ("replica_unregister guid1 berlin", "0"),
        ("site_remove berlin", "0"),
        ("execute dir /", "1"),
        ("help commands", "0|abort|acl_add|acl_remove|*"),
        ("statistics", "0|directories 3|*"),
        ("nonsense", "3"),
        ("createdir", "3"),
        ("sudo paula", "0"),
        ("whoami", "0|paula"),
        ("createdir /mine", "4"),
        ("user_remove root", "4"),
    ];

    private enum Way
    {
        Plain,
        Tls12,
        Tls13,
    }

    [Theory]
    [InlineData("Plain")]
    [InlineData("Tls12")]
    [InlineData("Tls13")]
    public async Task Every_command_is_answered_in_these_bytes(string over)
    {
        var way = Enum.Parse<Way>(over);
        using var folder = new TemporaryDirectory();
        var options = new AmgaOptions { Administrators = { "/DC=org/DC=testgrid/CN=Paula Physician" }, AllowPasswords = true };
        await using var store = AmgaStore.Open(SqlStoreAddress.Parse("sqlite:" + folder["amga.db"], folder.Path), options, TimeProvider.System, "the tests");
        using var accounts = new Accounts(store, options);
        await using var site = await AmgaSite.StartAsync(grid, hasTls13: way == Way.Tls13, accounts: new RootAccounts(accounts, way == Way.Plain), commands: new CommandSource(store));
        using var socket = await site.SocketAsync();
        await using var stream = way == Way.Plain ? new System.Net.Sockets.NetworkStream(socket) : await site.SecureAsync(socket, grid.PhysicianProxy);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(way == Way.Plain ? "plain\n\n0 root\n\n" : "0 root\n\n"));
        if (way == Way.Plain)
            await AmgaSite.TakeAsync(stream, AmgaSite.Greeting.Length + 3);

        var wrong = new List<string>();
        foreach (var (command, expected) in Script)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\n"));
            if (expected.Length == 0)
                continue;
            var answer = await AnswerAsync(stream);
            var rows = expected.Replace('|', '\n');
            var isRight = expected[^1] == '*' ? answer.StartsWith(rows[..^1], StringComparison.Ordinal) && answer.EndsWith("\n\u0004\u0004", StringComparison.Ordinal)
                : expected[0] == '0' ? answer == rows + "\n\u0004\u0004"
                : answer.StartsWith(expected + " ", StringComparison.Ordinal) && answer.IndexOf('\n', StringComparison.Ordinal) == answer.Length - 3;
            if (!isRight)
                wrong.Add($"{command}: {answer.Replace('\n', '|')}");
        }
        wrong.Should().BeEmpty();
    }

    [Fact]
    public void No_command_is_left_out() =>
        CommandTable.All.Select(c => c.Name).Except(Script.Select(s => s.Command.Split(' ')[0])).Should().BeEquivalentTo("quit", "exit");

    [Fact]
    public void No_error_is_left_out() =>
        Enum.GetValues<AmgaError>().Select(e => ((int)e).ToString(System.Globalization.CultureInfo.InvariantCulture)).Except(Script.Select(s => s.Answer)).Should().BeEmpty();

    private static async Task<string> AnswerAsync(Stream stream)
    {
        var answer = new List<byte>();
        var one = new byte[1];
        while (answer is not [.., 4, 4] && await stream.ReadAsync(one).AsTask().WaitAsync(AmgaSite.Limit) == 1)
            answer.Add(one[0]);
        return Encoding.UTF8.GetString([.. answer]);
    }

    /// <summary>A new store has no password of root's: plain, he is believed.</summary>
    private sealed class RootAccounts(Accounts accounts, bool isBelieved) : IAccounts
    {
        public ValueTask<Principal> LogInAsync(Login login, Mdm.Abstractions.GridIdentity? caller, CancellationToken cancellationToken) =>
            isBelieved ? new(new Principal(Principals.Root, [Principals.AnyUser], true, null)) : accounts.LogInAsync(login, caller, cancellationToken);
    }
}
