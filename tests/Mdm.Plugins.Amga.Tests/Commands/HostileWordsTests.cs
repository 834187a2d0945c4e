using System.Globalization;
using Mdm.Plugins.Amga.Commands;
using Mdm.Plugins.Amga.Sessions;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Commands;

/// <summary>
/// SQL, quotes and control bytes in every place of every command: refused as a value, a name or a condition, or kept as the text that it is. The database never sees it as anything else: no command fails in it, and what is not
/// asked for is as it was.
/// </summary>
public abstract class HostileWordsTests : CommandTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static readonly string[] Hostile =
    [
        "'", "\"", "''", "\"\"", "`", "[", "\\", "\\'", "';DROP TABLE dirs;--", "\"; DROP TABLE attrs; --", "\" OR 1=1 --", "' OR '1'='1", "1) OR (1=1", "1; DELETE FROM entry_acl", "x' UNION SELECT password FROM users --",
        "x\" union all select name from users", "0 UNION SELECT 1", "(SELECT count(*) FROM users)", "/*", "*/ --", "$1", "${0}", "{0}", "{v0}", "%s%n", "?1", ":name", "@p0", "E'\\047'", "CHAR(39)", "0x27", "\u2019 OR 1=1",
        "pg_sleep(30)", "load_extension(\"x\")", "a\r\nb\u0004\u0018\u007fc", "\ud83d\ude00\u0301\u202e", "../../etc/passwd", "*", "/",
    ];

    // A form of every command that is carried out: each word of it is replaced in turn.
    private static readonly string[] Forms =
    [
        "cd /a", "pwd", "collections", "whoami", "statistics", "execute cern pwd", "help find", "createdir /n plain", "rmdir /a/empty", "dir /a", "ls /a/e1", "listentries /a", "addentry /a/n v x i 5",
        "addentries /a/n1 /a/n2", "rm -f /a/e1", "link /a/l /a/e1", "stat /a/e1", "chown /a root", "chmod /a rwx", "getattr /a/e1 v i", "setattr /a/e1 v x i 5", "clearattr /a/e1 v", "find /a 'i > 0'",
        "selectattr /a:v /b:k '/a:i = /b:k'", "updateattr /a/e1 i 'i + 1' 'i > 0'", "update /a/e1 v '\"x\"' ''", "updateattr_single /a i 'i + 1' 'i > 0'", "addattr /a n varchar(9) m int", "removeattr /b q", "listattr /a",
        "sequence_create n /a 1 5", "sequence_next /a/s", "sequence_remove /a/s", "index_create n /a 'v i' btree", "index_remove x /a", "index_list /a", "view_create /n /a v 'i > 0'", "view_remove /v",
        "constraint_add_not_null /b k n", "constraint_add_unique /a i n", "constraint_add_reference /b k /a:i n", "constraint_add_check /a 'i > 0' n", "constraint_drop /b kk", "constraint_list /a", "acl_add /a root:g rx",
        "acl_remove /b root:g", "acl_show /a", "attrgroup_set /a v p", "attrgroup_show /a", "attracl_add /b q root:g r", "attracl_remove /b q root:g", "attracl_show /a", "grp_create n", "grp_delete root:g",
        "grp_adduser root:g ulf", "grp_removeuser root:g uma", "grp_show root:g", "grp_member uma", "grp_list uma", "grp_dump", "user_create n", "user_remove ulf", "user_password_change ulf x",
        "user_subject_add ulf '/DC=org/CN=Ulf'", "user_subject_remove uma '/DC=org/CN=Uma'", "user_list", "user_listcred uma", "user_dump", "site_add n host:1", "site_remove cern", "site_list", "replica_register -c g cern",
        "replica_add g cern", "replica_unregister -d gg cern", "replica_list -l gg", "dump /a", "dir_setoptions /a acls", "sudo ulf", "upload /a v i", "put n x 5", "transaction", "commit", "abort",
    ];

    [Fact]
    public void No_command_is_left_out() =>
        CommandTable.All.Select(command => command.Name).Except(Forms.Select(form => form.Split(' ')[0])).Should().BeEquivalentTo("quit", "exit");

    [SkippableFact]
    public async Task Are_words_wherever_they_stand()
    {
        await Root.All("""
            createdir /a
            addattr /a v varchar(60) i int
            addentry /a/e1 v one i 1
            addentry /a/e2 v two i 2
            createdir /a/empty
            createdir /b
            addattr /b k int q text
            addentry /b/f k 1
            attrgroup_set /b q q
            sequence_create s /a
            index_create x /a i btree
            view_create /v /a v 'i > 1'
            constraint_add_unique /b k kk
            grp_create g
            user_create ulf
            user_create uma
            grp_adduser root:g uma
            user_subject_add uma '/DC=org/CN=Uma'
            acl_add /b root:g rx
            attracl_add /b q root:g r
            site_add cern host:8822
            replica_register gg cern
            createdir /guard
            addattr /guard kept text
            addentry /guard/one kept 'as it was'
            """);
        var (before, tables) = (await StateAsync(), await TablesAsync());
        var (given, carriedOut) = (0, 0);
        // Each of the thousands takes its time, on a server more: a place gets some of the texts, the next place the ones after them. All with MDM_SOAK=1.
        var (parts, turn) = (Here.Soak ? 1 : Store.Dialect == SqlDialect.Sqlite ? 3 : 6, 0);
        var wrong = new List<string>();
        foreach (var form in Forms)
        {
            var words = Client.Words(form);
            if (await TryAsync(words) is { } unexpected && words[0] != "execute")
                wrong.Add($"{form}: {unexpected.Message}");
            // A password takes its time.
            var texts = words[0] is "user_create" or "user_password_change" ? Hostile[..6] : Hostile;
            // One beyond the last: a word too many.
            for (var place = 1; place <= words.Count; place++)
            {
                turn++;
                foreach (var text in texts.Where((_, i) => (i + turn) % parts == 0))
                {
                    List<string> changed = [.. words[..place], text, .. words.Skip(place + 1)];
                    var refusal = await TryAsync(changed);
                    given++;
                    carriedOut += refusal is null ? 1 : 0;
                    if (refusal is { InnerException: SqlStoreException } && refusal.Code != AmgaError.Exists)
                        wrong.Add($"{string.Join(' ', changed)}: {refusal.Message} {refusal.InnerException.Message}");
                }
            }
            if (await StateAsync() != before)
                wrong.Add(form + " changed what it was not asked for");
        }
        wrong.Should().BeEmpty();
        given.Should().BeGreaterThan(parts == 1 ? 5_000 : 1_500);
        carriedOut.Should().BeGreaterThan(parts == 1 ? 500 : 50, "many are good values");
        (await TablesAsync()).Should().Equal(tables);
    }

    [SkippableFact]
    public async Task Are_kept_as_values_and_found_by_them()
    {
        await Root.All("createdir /a\naddattr /a v text");
        for (var i = 0; i < Hostile.Length; i++)
            await Root.Give("addentry", $"/a/e{i.ToString(CultureInfo.InvariantCulture)}", "v", Hostile[i]);
        for (var i = 0; i < Hostile.Length; i++)
        {
            var name = "e" + i.ToString(CultureInfo.InvariantCulture);
            (await Root.Give("getattr", "/a/" + name, "v")).Should().Equal(name, Hostile[i]);
            (await Root.Give("find", "/a", $"v = \"{Hostile[i].Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"")).Should().Equal([name], Hostile[i]);
        }
    }

    [SkippableFact]
    public async Task Patterns_that_grow_are_answered_or_ended_in_time()
    {
        Options.MaxQueryTime = TimeSpan.FromSeconds(5);
        await Root.All("createdir /a\naddattr /a v text");
        for (var i = 0; i < 100; i++)
            await Root.Run($"addentry /a/{new string('a', 200)}{i} v {new string('a', 50_000)}");
        var many = string.Concat(Enumerable.Repeat("a%", 300));
        foreach (var command in (string[])[$"find /a 'like(v, \"%{many}b\")'", $"find /a 'like(v, \"%{many.Replace("a%", "_%", StringComparison.Ordinal)}b%b\")'", $"getattr /a/*{string.Concat(Enumerable.Repeat("[a-f]*", 7))}b v", $"rm /a/*{string.Concat(Enumerable.Repeat("a*", 15))}b"])
        {
            var answer = await Root.Answer(command).WaitAsync(Limit);
            (answer.Length == 0 || answer.Contains("MaxQueryTime", StringComparison.Ordinal)).Should().BeTrue($"{command[..20]} is answered with nothing found, or ended, not {answer[..Math.Min(answer.Length, 200)]}");
        }
        (await Root.Answer($"find /a 'like(v, \"{new string('%', 1001)}\")'")).Should().StartWith("8 ").And.Contain("1000");
        (await Root.Answer($"getattr /a/{string.Concat(Enumerable.Repeat("a*", 17))} v")).Should().StartWith("3 ").And.Contain("MaxWildCards");
        (await Root.Run("selectattr 'count(/a:FILE)' ''").WaitAsync(Limit)).Should().Equal("100");
    }

    [SkippableTheory]
    [InlineData("find /a 'i = 1e999'", "8 ")]
    [InlineData("find /a 'f < 1e308 * 10'", "")]
    [InlineData("find /a 'i = 9223372036854775808'", "")]
    [InlineData("find /a 'i + 9223372036854775807 > 0'", null)]
    [InlineData("find /a 'i * 9223372036854775807 * 9223372036854775807 > 0'", null)]
    [InlineData("find /a 'i / 0 = 1'", null)]
    [InlineData("find /a 'mod(i, 0) = 1'", null)]
    [InlineData("find /a 'n * 999999999999999999 > 0'", null)]
    [InlineData("updateattr /a i 'i + 9223372036854775807' ''", null)]
    [InlineData("updateattr /a i 'i * -9223372036854775807 * 2' ''", null)]
    [InlineData("updateattr /a n '999999999999999999 * 999' ''", null)]
    [InlineData("setattr /a/e i 9223372036854775808", "13 ")]
    [InlineData("setattr /a/e i -99999999999999999999999999", "13 ")]
    [InlineData("setattr /a/e f 1e999", "13 ")]
    [InlineData("setattr /a/e f NaN", "13 ")]
    [InlineData("setattr /a/e n 1e17", "13 ")]
    [InlineData("find /a 'i > 0 limit 99999999999999999999'", "8 ")]
    [InlineData("find /a 'i > 0 limit 9223372036854775807 offset 9223372036854775807'", null)]
    [InlineData("sequence_create s /a 9223372036854775808 1", "13 ")]
    [InlineData("addattr /a w varchar(99999999999)", "13 ")]
    [InlineData("addattr /a w numeric(99,98)", "13 ")]
    public async Task Numbers_beyond_everything_fail_in_no_database(string command, string? beginning)
    {
        await Root.All("createdir /a\naddattr /a i int f float n numeric(18,4)\naddentry /a/e i 5 f 1.5 n 99999999999999.9999");
        var answer = await Root.Answer(command);
        answer.Should().NotStartWith("9 ");
        if (beginning is { Length: > 0 })
            answer.Should().StartWith(beginning);
        (await Root.Run("getattr /a/e f n")).Should().HaveCount(3);
        var digits = new string('9', 401);
        (await Root.Answer($"find /a 'i < {digits}'")).Should().StartWith("8 ").And.Contain("400");
    }

    [SkippableFact]
    public async Task A_sequence_at_its_end_says_so()
    {
        await Root.All("createdir /a\nsequence_create s /a 9223372036854775807 9223372036854775800");
        (await Root.Answer("sequence_next /a/s")).Should().EndWith("The sequence has no more numbers.");
    }

    [SkippableFact]
    public async Task A_join_of_everything_with_everything_is_ended_by_the_limits_it_names()
    {
        foreach (var directory in (string[])["/a", "/b", "/c", "/d"])
        {
            await Root.All($"createdir {directory}\naddattr {directory} i int");
            var filling = Root;
            await filling.Run($"upload {directory} i");
            for (var i = 0; i < 1000; i++)
                await filling.Run($"put e{i} {i}");
            await filling.Run("commit");
        }
        // A million rows are what they are: counted, or streamed.
        (await Root.Run("selectattr 'count(/a:FILE)' '/a:i >= 0 and /b:i >= 0'").WaitAsync(Limit)).Should().Equal("1000000");
        var usual = Options.MaxQueryTime;
        Options.MaxQueryTime = TimeSpan.FromSeconds(2);
        Options.MaxSpoolBytes = 16 << 20;
        (await Root.Answer("selectattr 'count(/a:FILE)' '/a:i >= 0 and /b:i + /c:i + /d:i >= 0'").WaitAsync(Limit)).Should().StartWith("12 ").And.Contain("MaxQueryTime");
        (await Root.Answer("selectattr /a:FILE /b:FILE /c:FILE /d:FILE ''").WaitAsync(Limit)).Should().StartWith("12 ").And.MatchRegex("MaxQueryTime|MaxSpoolBytes");
        (await Root.Answer("selectattr /a:FILE '/b:i + /c:i + /d:i >= 0 order by /a:i'").WaitAsync(Limit)).Should().StartWith("12 ").And.MatchRegex("MaxQueryTime|MaxSpoolBytes");
        (await Root.Answer("updateattr /a i 'i' '/b:i + /c:i + /d:i < 0'").WaitAsync(Limit)).Should().StartWith("12 ").And.Contain("MaxQueryTime");
        Options.MaxQueryTime = usual;
        (await Root.Run("find /a 'i = 7'").WaitAsync(Limit)).Should().Equal("e7");
    }

    /// <summary>Carried out or refused, then undone.</summary>
    private async Task<AmgaException?> TryAsync(List<string> words)
    {
        await using var client = Root;
        var isOpen = words[0] is not ("transaction" or "commit" or "abort" or "upload" or "put");
        if (words[0] == "put")
            await client.Run("upload /a v i");
        else if (isOpen || words[0] is "commit" or "abort")
            await client.Run("transaction");
        try
        {
            await client.Give([.. words]);
            return null;
        }
        catch (AmgaException refusal)
        {
            return refusal;
        }
    }

    private async Task<string> StateAsync()
    {
        var lines = new List<string>();
        foreach (var command in (string[])["dump /", "grp_dump", "user_dump", "site_list", "replica_list gg", "getattr /a", "getattr /b", "getattr /guard", "sequence_next /guard/none"])
            lines.Add(await Root.Answer(command));
        return string.Join('\n', lines);
    }

    private async Task<List<string>> TablesAsync() => await Store.ReadAsync(
        work => work.Session.Query(Store.Dialect == SqlDialect.Sqlite ? "SELECT name FROM sqlite_master ORDER BY name" : "SELECT CAST(tablename AS text) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1", static row => row.GetString(0)), default);
}

public sealed class HostileWordsOnSqliteTests : HostileWordsTests, IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override Task<SqlStoreAddress> NewAddressAsync() => Task.FromResult(SqlStoreAddress.Parse("sqlite:amga.db", _folder.Path));
}

[Collection("postgres")]
public sealed class HostileWordsOnPostgresTests(SharedPostgres postgres) : HostileWordsTests
{
    protected override async Task<SqlStoreAddress> NewAddressAsync() => SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/");
}
