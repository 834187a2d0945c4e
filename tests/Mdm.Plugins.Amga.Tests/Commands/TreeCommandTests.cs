using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Commands;

/// <summary>Directories, schema, entries and values.</summary>
public abstract class TreeCommandTests : CommandTests
{
    [SkippableFact]
    public async Task A_session_begins_at_the_root_and_goes_where_it_is_told()
    {
        await Root.All("createdir /a\ncreatedir /a/b");
        var client = Root;
        (await client.Run("pwd")).Should().Equal("/");
        await client.All("cd a\ncd ./b/../b");
        (await client.Run("pwd")).Should().Equal("/a/b");
        await client.Run("cd ..");
        (await client.Run("pwd")).Should().Equal("/a");
        (await client.Code("cd nowhere")).Should().Be(1);
        (await client.Run("pwd")).Should().Equal("/a");
    }

    [SkippableFact]
    public async Task Lists_collections_by_path_and_entries_by_name()
    {
        await Root.All("createdir /a\ncreatedir /a/sub\naddentry /a/t1\naddentry /a/t2\naddentry /a/u");
        (await Root.Run("dir /a")).Should().Equal("/a/sub", "collection", "t1", "entry", "t2", "entry", "u", "entry");
        (await Root.Run("ls '/a/t*'")).Should().Equal("t1", "entry", "t2", "entry");
        (await Root.Run("ls '/a/t[2-9]'")).Should().Equal("t2", "entry");
        (await Root.Run("ls /a/u")).Should().Equal("u", "entry");
        (await Root.Run("listentries /a")).Should().Equal("t1", "t2", "u");
        (await Root.Code("ls /a/nothing")).Should().Be(1);
    }

    [SkippableFact]
    public async Task Types_come_back_as_they_were_declared_and_values_as_they_were_given()
    {
        await Root.All("""
            createdir /a
            addattr /a i int f float v 'varchar(5)' x text t timestamp n 'numeric(8, 2)'
            addentry '/a/e'  'i' '-9223372036854775808' 'f' '0.1' 'v' 'O\'Ne' 'x' 'one \ two' 't' '2020-02-29 23:59:58' 'n' '-12.50'
            addentry /a/empty
            """);
        (await Root.Run("listattr /a")).Should().Equal("i", "int", "f", "float", "v", "varchar(5)", "x", "text", "t", "timestamp", "n", "numeric(8, 2)");
        (await Root.Run("listattr /a/e")).Should().HaveCount(12);
        (await Root.Run("getattr /a/e i f v x t n")).Should().Equal("e", "-9223372036854775808", "0.1", "O'Ne", @"one \ two", "2020-02-29 23:59:58", "-12.50");
        (await Root.Run("getattr /a v i")).Should().Equal("e", "O'Ne", "-9223372036854775808", "empty", "", "");
        (await Root.Code("addentry /a/f v 'longer than five'")).Should().Be(13);
        (await Root.Code("addentry /a/f i 1.5")).Should().Be(13);
        (await Root.Code("addentry /a/f nothing 1")).Should().Be(10);
        (await Root.Code("addentry /a/e i 1")).Should().Be(15);
        (await Root.Code("getattr /a/f i")).Should().Be(1);
        (await Root.Code("addattr /a i int")).Should().Be(15);
        (await Root.Code("addattr /a 'b-d' int")).Should().Be(7);
        (await Root.Code("addattr /a x varchar")).Should().Be(13);
    }

    [SkippableFact]
    public async Task Values_are_set_and_cleared_by_name_and_by_pattern()
    {
        await Root.All("createdir /a\naddattr /a i int v varchar(9)\naddentries /a/t1 /a/t2 /a/u");
        await Root.All("setattr /a/t? i 5 v five\nsetattr /a/u i 7");
        (await Root.Run("getattr /a i v")).Should().Equal("t1", "5", "five", "t2", "5", "five", "u", "7", "");
        await Root.Run("clearattr /a/t1 v");
        (await Root.Run("getattr /a/t* v")).Should().Equal("t1", "", "t2", "five");
        (await Root.Code("setattr /a/none i 1")).Should().Be(1);
        (await Root.Code("setattr /a/t1 i 1 i 2")).Should().Be(7);
    }

    [SkippableFact]
    public async Task Attributes_go_with_their_values_and_may_come_back_with_another_type()
    {
        await Root.All("createdir /a\naddattr /a i int k int\naddentry /a/e i 1 k 2\ncd /a\nremoveattr /a i");
        var client = Root;
        await client.All("cd /a\nremoveattr . k\naddattr . i varchar(20)");
        (await client.Run("listattr .")).Should().Equal("i", "varchar(20)");
        (await client.Run("getattr e i")).Should().Equal("e", "");
        (await client.Code("removeattr . k")).Should().Be(10);
    }

    [SkippableFact]
    public async Task A_directory_goes_when_it_is_empty_or_with_all_that_is_in_it_when_asked()
    {
        await Root.All("createdir /a\ncreatedir /a/b\naddentry /a/b/e");
        (await Root.Code("rmdir /a")).Should().Be(11);
        (await Root.Code("rmdir /a/b")).Should().Be(11);
        (await Root.Code("rmdir /a/b/e")).Should().Be(11);
        (await Root.Code("createdir /a/b")).Should().Be(16);
        (await Root.Code("addentry /a/b/e")).Should().Be(15);
        (await Root.Code("rmdir /nothing")).Should().Be(1);
        await Root.All("rm /a/b/e\nrmdir /a/b\ncreatedir /a/b\naddentry /a/b/e");
        (await Root.Code("rm /a/none")).Should().Be(1);
        await Root.All("rm -f /a/none\nrm -rf /a");
        (await Root.Run("dir /")).Should().BeEmpty();
    }

    [SkippableFact]
    public async Task A_link_shows_what_it_leads_to()
    {
        await Root.All("createdir /a\naddattr /a i int\naddentry /a/e i 4\nlink /a/l /a/e\nlink /a/m /a/l");
        (await Root.Run("getattr /a/m i")).Should().Equal("e", "4");
        await Root.Run("setattr /a/l i 5");
        (await Root.Run("getattr /a/e i")).Should().Equal("e", "5");
        (await Root.Run("stat /a/l")).Should().Equal("l", "link", "root", "rwx");
        (await Root.Code("link /a/n /a/none")).Should().Be(1);
    }

    [SkippableTheory]
    [InlineData("x'; DROP TABLE e1; --")]
    [InlineData("\"; DELETE FROM dirs; --")]
    [InlineData("$1 {0} {v0} %s :a @b ?")]
    [InlineData("/* no */ -- comment")]
    [InlineData("Ünï \U0001F600 \u202e")]
    [InlineData("back\\slash")]
    public async Task Hostile_names_and_values_are_only_names_and_values(string text)
    {
        var name = text.Replace('/', '_').Replace('*', '_').Replace('?', '_');
        var client = Root;
        await client.Give("createdir", "/" + name);
        await client.Give("addattr", "/" + name, "v", "text", "w", "varchar(40)");
        await client.Give("addentry", $"/{name}/{name}", "v", text, "w", text);
        (await client.Give("getattr", $"/{name}/{name}", "v", "w")).Should().Equal(name, text, text);
        (await client.Give("dir", "/" + name)).Should().Equal(name, "entry");
        (await client.Give("ls", $"/{name}/{name}")).Should().Equal(name, "entry");
        (await client.Give("ls", $"/{name}/*{name[1..]}")).Should().Equal(name, "entry");
        (await client.Give("dir", $"/*{name[1..]}")).Should().Equal("/" + name, "collection");
        var quoted = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        (await client.Give("find", "/" + name, $"v = \"{quoted}\" and w = v")).Should().Equal(name);
        foreach (var command in (string[][])[["addattr", "/" + name, text, "int"], ["addattr", "/" + name, "a", text], ["index_create", text, "/" + name, "w"], ["sequence_create", text, "/" + name],
            ["constraint_add_unique", "/" + name, "w", text], ["user_create", text], ["grp_create", "root:" + text], ["attrgroup_set", "/" + name, "v", text], ["createdir", "/ok", text]])
            (await FluentActions.Awaiting(() => client.Give(command)).Should().ThrowAsync<AmgaException>(command[0])).Which.InnerException.Should().BeNull();
        foreach (var command in (string[][])[["addentry", "/n\0ul"], ["addentry", $"/{name}/n", "v", "n\0ul"], ["createdir", "/half\ud800"], ["addentry", $"/{name}/n", "w", "half\ud800"]])
            await FluentActions.Awaiting(() => client.Give(command)).Should().ThrowAsync<AmgaException>();
        await client.Give("rm", "-rf", "/" + name);
        (await client.Run("dir /")).Should().BeEmpty();
    }

    [SkippableFact]
    public async Task Finds_selects_and_updates()
    {
        await Root.All("""
            createdir /a
            addattr /a sinus float age int p varchar(20)
            addentry /a/t1 sinus 0.5 age 3 p v
            addentry /a/t2 sinus 1.5 age 4 p v
            addentry /a/u1 sinus 2.5 age 5 p w
            """);
        var client = Root;
        await client.Run("cd /a");
        (await client.Run("find /a 'age > 3'")).Should().Equal("t2", "u1");
        (await client.Run("find 't?' 'age > 0 limit 1 offset 1'")).Should().Equal("t2");
        (await client.Whole("selectattr '/a:FILE' '/a:age' '/a:p = \"v\" and /a:age > 3'")).Should().BeEquivalentTo(("2", new List<string> { "t2", "4" }));
        (await client.Run("selectattr 'count(*)' ''")).Should().Equal("3");
        await client.Run("updateattr 't?' sinus 'sinus + 1' ''");
        (await client.Run("getattr /a sinus")).Should().Equal("t1", "1.5", "t2", "2.5", "u1", "2.5");
        await client.Run("updateattr_single /a p '\"taken\"' 'p = \"v\"'");
        (await client.Run("find /a 'p = \"taken\"'")).Should().Equal("t1");
        await client.Run("updateattr_single /a p '\"taken\"' 'p = \"v\"'");
        (await client.Code("updateattr_single /a p '\"taken\"' 'p = \"v\"'")).Should().Be(1);
        (await client.Code("find /a 'age >'")).Should().Be(8);
        (await client.Code("find /a 'nothing = 1'")).Should().Be(10);
        (await client.Code("find /no/where 'age = 1'")).Should().Be(1);
        (await client.Code("nonsense")).Should().Be(3);
        (await client.Code("cd / /")).Should().Be(3);
    }

    [SkippableFact]
    public async Task Sequences_give_each_number_once()
    {
        await Root.All("createdir /a\nsequence_create s /a 2 5\nsequence_create t /a");
        (await Root.Run("sequence_next /a/s")).Should().Equal("5");
        (await Root.Run("sequence_next /a/s")).Should().Equal("7");
        (await Root.Run("sequence_next /a/t")).Should().Equal("1");
        (await Root.Code("sequence_create s /a")).Should().Be(15);
        (await Root.Code("sequence_next /a/u")).Should().Be(17);
        await Root.Run("sequence_remove /a/s");
        (await Root.Code("sequence_next /a/s")).Should().Be(17);
        var many = Enumerable.Range(0, 50).Select(_ => Root.Run("sequence_next /a/t")).ToArray();
        (await Task.WhenAll(many)).Select(rows => rows[0]).Should().OnlyHaveUniqueItems();
    }

    [SkippableFact]
    public async Task Rules_hold_for_every_way_of_writing()
    {
        await Root.All("""
            createdir /a
            createdir /b
            addattr /a i int v varchar(9) r varchar(9)
            addattr /b k varchar(9)
            addentry /b/one k one
            constraint_add_not_null /a i must
            constraint_add_unique /a v once
            constraint_add_check /a 'i < 10' small
            constraint_add_reference /a r /b:k there
            addentry /a/e i 1 v x r one
            """);
        (await Root.Code("addentry /a/f v y")).Should().Be(13);
        (await Root.Code("addentry /a/f i 2 v x")).Should().Be(15);
        (await Root.Code("addentry /a/f i 11")).Should().Be(13);
        (await Root.Code("addentry /a/f i 2 r two")).Should().Be(13);
        (await Root.Code("addentries /a/g")).Should().Be(13);
        (await Root.Code("setattr /a/e i 12")).Should().Be(13);
        (await Root.Code("clearattr /a/e i")).Should().Be(13);
        (await Root.Code("updateattr /a i 'i + 10' ''")).Should().Be(13);
        (await Root.Code("rm /b/one")).Should().Be(13);
        (await Root.Run("constraint_list /a")).Should().Equal("must not_null i", "once unique v", "small check i < 10", "there reference r /b:k");
        (await Root.Code("constraint_add_check /a 'i > 5' large")).Should().Be(13, "what is there has to keep it");
        (await Root.Code("removeattr /a i")).Should().Be(11);
        await Root.All("constraint_drop /a there\nrm /b/one\nconstraint_drop /a small\nsetattr /a/e i 12");
        (await Root.Run("getattr /a/e i")).Should().Equal("e", "12");
        (await Root.Code("constraint_drop /a small")).Should().Be(1);
    }

    [SkippableFact]
    public async Task Indices_and_views_are_made_and_removed()
    {
        await Root.All("""
            createdir /a
            addattr /a i int v varchar(9)
            addentry /a/e i 1 v x
            addentry /a/f i 2 v y
            index_create both /a 'i v' btree
            view_create /w /a v 'i > 1'
            """);
        (await Root.Run("index_list /a")).Should().Equal("both btree i v");
        (await Root.Run("listattr /w")).Should().Equal("v", "varchar(9)");
        (await Root.Run("getattr /w v")).Should().Equal("f", "y");
        (await Root.Run("find /w ''")).Should().Equal("f");
        (await Root.Run("selectattr /w:v /w:FILE ''")).Should().Equal("y", "f");
        (await Root.Code("getattr /w i")).Should().Be(10);
        (await Root.Code("find /w 'i = 2'")).Should().Be(10);
        (await Root.Code("setattr /w/f v z")).Should().Be(11);
        (await Root.Code("addentry /w/g")).Should().Be(11);
        (await Root.Code("view_create /w /a v ''")).Should().Be(16);
        (await Root.Code("index_create both /a i")).Should().Be(15);
        (await Root.Code("removeattr /a v")).Should().Be(11);
        (await Root.Code("rm -rf /a")).Should().Be(11);
        await Root.All("view_remove /w\nindex_remove both /a\nremoveattr /a v\nrm -rf /a");
    }

    [SkippableFact]
    public async Task Help_knows_every_command()
    {
        var commands = await Root.Run("help commands");
        commands.Should().Contain(["addentry", "sequence_next", "replica_list", "updateattr_single", "user_listcred", "constraint_add_reference", "dump", "execute", "transaction"]);
        foreach (var command in commands)
            (await Root.Run($"help {command}")).Should().ContainSingle().Which.Should().StartWith(command);
        (await Root.Run("help")).Should().HaveCount(2);
        (await Root.Run("help sequence")).Should().HaveCount(3);
        (await Root.Code("help everything")).Should().Be(1);
    }

    [SkippableFact]
    public async Task What_was_just_read_is_read_as_it_is_now()
    {
        await Root.All("createdir /a\naddattr /a i int k int\naddentry /a/e i 4 k 5\naddentry /a/f i 6\nuser_create alice\ngrp_create root:readers\ngrp_adduser root:readers alice\nacl_add /a root:readers rx");
        var alice = As("alice");
        var root = Root;
        for (var i = 0; i < 2; i++)
            (await alice.Run("getattr /a/e i k")).Should().Equal("e", "4", "5");

        await root.Run("setattr /a/e i 7");
        (await alice.Run("getattr /a/e i k")).Should().Equal("e", "7", "5");
        await root.Run("removeattr /a k");
        (await alice.Code("getattr /a/e i k")).Should().Be(10);
        await root.Run("addattr /a k text");
        (await alice.Run("getattr /a/e i k")).Should().Equal("e", "7", "");
        await root.All("rm /a/e\nlink /a/e /a/f");
        (await alice.Run("getattr /a/e i")).Should().Equal("f", "6");
        await root.All("rm /a/e\ncreatedir /a/e\naddattr /a/e i int\naddentry /a/e/g i 8\nacl_add /a/e root:readers rx");
        (await alice.Run("getattr /a/e i")).Should().Equal("g", "8");
        (await alice.Run("getattr /a/e/g i")).Should().Equal("g", "8");
        await root.Run("acl_remove /a root:readers");
        (await alice.Code("getattr /a/f i")).Should().BeOneOf(1, 4);
        await root.All("transaction\nsetattr /a/f i 9");
        (await root.Run("getattr /a/f i")).Should().Equal("f", "9");
        (await Root.Run("getattr /a/f i")).Should().Equal("f", "6");
        await root.Run("abort");
    }

    [SkippableFact]
    public async Task Sites_and_replicas_are_listed_in_the_fields_that_clients_read()
    {
        await Root.All("site_add cern amga.example.org:8822\nsite_add paris\nreplica_register guid1 cern guid1 paris");
        (await Root.Run("site_list")).Should().Equal("1 cern amga.example.org:8822", "2 paris paris");
        (await Root.Run("replica_list guid1")).Should().Equal("guid1 1 2");
        await Root.Run("replica_unregister guid1 cern");
        (await Root.Run("replica_list guid1")).Should().Equal("guid1 2");
        (await Root.Code("execute rome pwd")).Should().Be(1);
        (await Root.Code("execute cern pwd")).Should().Be(3);
        (await As("alice").Code("site_add mine")).Should().Be(4);
        await Root.Run("site_remove cern");
        (await Root.Run("site_list")).Should().Equal("2 paris paris");
    }
}

public sealed class TreeCommandsOnSqliteTests : TreeCommandTests, IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override Task<SqlStoreAddress> NewAddressAsync() => Task.FromResult(SqlStoreAddress.Parse("sqlite:amga.db", _folder.Path));
}

[Collection("postgres")]
public sealed class TreeCommandsOnPostgresTests(SharedPostgres postgres) : TreeCommandTests
{
    protected override async Task<SqlStoreAddress> NewAddressAsync() => SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/");
}
