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
        // What an upload is refused for is told at its end, and once: the Python client reads nothing before.
        ("upload /t q", ""),
        ("put u3 notanumber", ""),
        ("put u4 'not closed", ""),
        ("put u5 5", ""),
        ("commit", "13"),
        ("pwd", "0|/"),
        ("upload /nowhere q", ""),
        ("put u3 3", ""),
        ("commit", "1"),
        ("put u3 3", ""),
        ("commit", "9"),
        ("upload /nowhere q", ""),
        ("find /t ''", "1"),
        ("abort", "0"),
        ("upload /t", ""),
        ("upload /t", ""),
        ("commit", "9"),
        ("upload /t p", ""),
        ("put u3 " + new string('x', 600_000), ""),
        ("put u4 " + new string('x', 600_000), ""),
        ("commit", "12"),
        ("addattr /t w int", "0"),
        ("upload /t w", ""),
        ("put u3 3", ""),
        ("commit", "0"),
        ("removeattr /t w", "0"),
        ("rm /t/u3", "0"),
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
        ("site_add paris", "0"),
        ("site_add 1", "7"),
        ("site_list", "0|1 berlin amga.example:8822|2 paris paris"),
        // Pairs of a GUID and a site, by name or by number; one line for each that is asked for, as the Python client reads them.
        ("replica_register -c guid1 berlin guid1 paris guid2 2", "0"),
        ("replica_register guid1", "3"),
        ("replica_register guid1 berlin guid2", "3"),
        ("replica_register guid1 rome", "1"),
        ("replica_register guid1 3", "1"),
        ("replica_add guid2 berlin", "0"),
        ("replica_list guid1 guid2 guid3", "0|guid1 1 2|guid2 1 2|guid3"),
        ("replica_list -l guid1", "0|guid1 1 2"),
        ("replica_unregister guid1 berlin", "0"),
        ("replica_unregister -d guid2 1", "0"),
        ("replica_unregister -d guid2 1", "1"),
        ("replica_list guid1 guid2", "0|guid1 2|guid2 2"),
        ("site_remove paris", "0"),
        ("site_remove 1", "0"),
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

    /// <summary>As the Python client writes commands, and scripts over it: values quoted and quotes escaped, all else bare, spaces doubled, paths relative.</summary>
    private static readonly (string Command, string Answer)[] AsPythonWrites =
    [
        ("createdir /runs", "0"),
        ("addentries /runs/a /runs/b", "0"),
        ("cd /runs", "0"),
        ("addattr . events int", "0"),
        ("addattr /runs generator varchar(20)", "0"),
        ("addattr /runs mean float", "0"),
        ("listattr ./a", "0|events|int|generator|varchar(20)|mean|float"),
        ("listattr ./notyet", "1"),
        ("addentry /runs/t1 events '100' generator 'it\\'s mine' mean '0.8414709848078965'", "0"),
        ("addentry /runs/t2 events '200' generator 'mine' mean '1e-05'", "0"),
        ("getattr /runs generator mean events", "0|a||||b||||t1|it's mine|0.8414709848078965|100|t2|mine|1E-05|200"),
        ("createdir /runs/below", "0"),
        ("dir .", "0|/runs/below|collection|a|entry|b|entry|t1|entry|t2|entry"),
        ("createdir /other", "0"),
        ("addattr /other id int", "0"),
        ("addentry /other/lock id '100'", "0"),
        ("selectattr  .:generator .:FILE ''", "0 2||a||b|it's mine|t1|mine|t2"),
        ("selectattr  /runs:generator /runs:events '/runs:FILE=\"t1\"'", "0 2|it's mine|100"),
        ("cd ..", "0"),
        ("pwd", "0|/"),
        ("selectattr  runs:mean /runs:FILE 'runs:generator=\"mine\"'", "0 2|1E-05|t2"),
        ("cd /runs", "0"),
        ("updateattr t? mean 'mean + 1' ''", "0"),
        ("updateattr /runs mean 'mean + 1' '/runs:events = /other:id'", "0"),
        ("setattr /runs/t? events 42", "0"),
        ("find  /runs 'mean > 2'", "0|t1"),
        ("rmdir /runs/below", "0"),
        ("getattr /runs/* events", "0|a||b||t1|42|t2|42"),
        ("upload /runs events generator", ""),
        ("put u1 1 one", ""),
        ("put u2 2 'two", ""),
        ("put u3 three three", ""),
        ("commit", "3"),
        ("find  /runs/u? ''", "0"),
        ("upload /runs events generator", ""),
        ("put u1 1 one", ""),
        ("commit", "0"),
        ("rm /runs/*", "0"),
        ("rm /other/*", "0"),
        ("removeattr . events", "0"),
        ("removeattr /runs generator", "0"),
        ("sequence_create seq /runs 1 1", "0"),
        ("sequence_next /runs/seq", "0|1"),
        ("sequence_next /runs/seq", "0|2"),
        ("sequence_remove /runs/seq", "0"),
        ("site_add KARLSRUHE", "0"),
        ("site_list", "0|1 KARLSRUHE KARLSRUHE"),
        ("replica_register -c 0ffe7c3e-50b2-48e5-82fe-2fe5896c60cc 1 323d9ec4-1017-dc11-b423-000e0c099ae8 KARLSRUHE", "0"),
        ("replica_list 0ffe7c3e-50b2-48e5-82fe-2fe5896c60cc d26c9af6-4ada-db11-a901-001125c45e4e", "0|0ffe7c3e-50b2-48e5-82fe-2fe5896c60cc 1|d26c9af6-4ada-db11-a901-001125c45e4e"),
        ("execute dir /", "1"),
        ("rmdir /runs", "0"),
        ("rmdir /other", "0"),
    ];

    /// <summary>As the Java client writes them, and what stores reports over it: everything quoted, nothing escaped, types in capitals, a test for what is there by listing it.</summary>
    private static readonly (string Command, string Answer)[] AsJavaWrites =
    [
        ("ls /reports/ONTO_1", "1"),
        ("createdir '/reports'", "0"),
        ("createdir '/reports/ONTO_1'", "0"),
        ("createdir '/reports/ONTO_1/header' 'acl, inherit, shared'", "0"),
        ("addattr '/reports/ONTO_1/header' 'IDREPORT' 'TEXT'", "0"),
        ("addattr '/reports/ONTO_1/header' 'DICOM_SR' 'TEXT'", "0"),
        ("listattr '/reports/ONTO_1/header'", "0|IDREPORT|TEXT|DICOM_SR|TEXT"),
        ("transaction", "0"),
        ("addentry '/reports/ONTO_1/header/r1'  'IDREPORT' 'r1' 'DICOM_SR' '<a b=\"it's\">\\n  'quoted'text\\n</a>'", "0"),
        ("addentry '/reports/ONTO_1/header/r1'  'IDREPORT' 'r1'", "15"),
        ("commit", "0"),
        ("ls /reports/ONTO_1/header/r1", "0|r1|entry"),
        ("dir '/reports/ONTO_1/header/r2'", "1"),
        ("dir 'reports'", "0|/reports/ONTO_1|collection"),
        ("selectattr '/reports/ONTO_1/header:DICOM_SR' '/reports/ONTO_1/header:FILE=\"r1\"'", "0 1|<a b=\"it's\">\\n  'quoted'text\\n</a>"),
        ("getattr 'reports/ONTO_1/header' 'IDREPORT'", "0|r1|r1"),
        ("transaction", "0"),
        ("rm -rf reports/ONTO_1", "0"),
        ("commit", "0"),
        ("ls /reports/ONTO_1", "1"),
        ("abort", "9"),
        ("rmdir '/reports'", "0"),
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
    public Task Every_command_is_answered_in_these_bytes(string over) => IsAnsweredAsync(Enum.Parse<Way>(over), Script);

    [Theory]
    [InlineData("Plain")]
    [InlineData("Tls13")]
    public Task Commands_as_the_Python_client_writes_them_are_answered_in_these_bytes(string over) => IsAnsweredAsync(Enum.Parse<Way>(over), AsPythonWrites);

    [Theory]
    [InlineData("Plain")]
    [InlineData("Tls13")]
    public Task Commands_as_the_Java_client_writes_them_are_answered_in_these_bytes(string over) => IsAnsweredAsync(Enum.Parse<Way>(over), AsJavaWrites);

    [Fact]
    public void No_command_is_left_out() =>
        CommandTable.All.Select(c => c.Name).Except(Script.Select(s => s.Command.Split(' ')[0])).Should().BeEquivalentTo("quit", "exit");

    [Fact]
    public void No_error_is_left_out() =>
        Enum.GetValues<AmgaError>().Select(e => ((int)e).ToString(System.Globalization.CultureInfo.InvariantCulture)).Except(Script.Select(s => s.Answer)).Should().BeEmpty();

    private async Task IsAnsweredAsync(Way way, (string Command, string Answer)[] script)
    {
        using var folder = new TemporaryDirectory();
        var options = new AmgaOptions { Administrators = { "/DC=org/DC=testgrid/CN=Paula Physician" }, AllowPasswords = true, MaxSpoolBytes = 1 << 20 };
        await using var store = AmgaStore.Open(SqlStoreAddress.Parse("sqlite:" + folder["amga.db"], folder.Path), options, TimeProvider.System, "the tests");
        using var accounts = new Accounts(store, options);
        await using var site = await AmgaSite.StartAsync(grid, hasTls13: way == Way.Tls13, accounts: new RootAccounts(accounts, way == Way.Plain), commands: new CommandSource(store));
        using var socket = await site.SocketAsync();
        await using var stream = way == Way.Plain ? new System.Net.Sockets.NetworkStream(socket) : await site.SecureAsync(socket, grid.PhysicianProxy);
        await stream.WriteAsync(Encoding.UTF8.GetBytes(way == Way.Plain ? "plain\n\n0 root\n\n" : "0 root\n\n"));
        if (way == Way.Plain)
            await AmgaSite.TakeAsync(stream, AmgaSite.Greeting.Length + 3);

        var wrong = new List<string>();
        foreach (var (command, expected) in script)
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
