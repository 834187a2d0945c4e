using Mdm.Plugins.Amga.Tests.Commands;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Rights;

/// <summary>
/// Who may not know of an attribute learns nothing of it: every question is answered as it is about a name that was never there. The same questions are asked about the hidden attribute
/// and about one that does not exist; the answers, with the name exchanged, are the same.
/// </summary>
public abstract class InferenceTests : CommandTests
{
    private const string Hidden = "PatientName", Nothing = "NothingThere";

    // {0} is the attribute.
    private static readonly string[] Questions =
    [
        "getattr /grid/research {0}", "getattr /grid/research/e1 {0}", "getattr /grid/research Modality {0}",
        "find /grid/research '{0} = \"DOE^JANE\"'", "find /grid/research '{0} > \"A\" or 1 = 1'", "find /grid/research '{0} is null'", "find /grid/research 'like({0}, \"D%\")'",
        "find /grid/research 'Modality = \"MR\" order by {0}'", "selectattr Modality 'order by /grid/research:{0}'",
        "selectattr /grid/research:{0} ''", "selectattr 'count(/grid/research:{0})' ''", "selectattr 'min(/grid/research:{0})' ''", "selectattr 'max(/grid/research:{0})' ''",
        "selectattr 'count(distinct /grid/research:{0})' ''", "selectattr 'distinct' '/grid/research:{0}' ''", "selectattr '/grid/research:Modality' 'group by /grid/research:{0}'",
        "selectattr '/grid/mine:word' '/grid/mine:word = /grid/research:{0}'", "find /grid/mine 'word = /grid/research:{0}'", "selectattr 'length(/grid/research:{0})' ''",
        "updateattr /grid/mine word '/grid/research:{0}' ''", "updateattr /grid/mine word '\"x\"' '/grid/research:{0} = word'", "updateattr_single /grid/mine word '\"x\"' '/grid/research:{0} = word'",
        "view_create /grid/mine/v /grid/research {0} ''", "view_create /grid/mine/v /grid/research Modality '{0} = \"DOE^JANE\"'",
        "constraint_add_reference /grid/mine word /grid/research:{0} r",
        "setattr /grid/research/e1 {0} x", "clearattr /grid/research/e1 {0}", "addentry /grid/research/new {0} x", "addentry /grid/research/e1 {0} x", "upload /grid/research {0}",
        "removeattr /grid/research {0}", "addattr /grid/research {0} text", "index_create i /grid/research {0}", "index_create i /grid/research 'Modality {0}'",
        "constraint_add_unique /grid/research {0} once", "constraint_add_not_null /grid/research {0} must", "constraint_add_check /grid/research '{0} = \"x\"' c",
        "constraint_drop /grid/research {0}", "index_remove {0} /grid/research", "attrgroup_set /grid/research {0} none", "sequence_create {0} /grid/research", "help {0}",
    ];

    private Commands.Client _physician = null!, _researcher = null!, _writer = null!, _stranger = null!;

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await Root.All("""
            createdir /grid
            acl_add /grid system:anyuser x
            createdir /grid/research
            addattr /grid/research PatientName varchar(64) Born int Modality varchar(16) Slices int
            addentry /grid/research/e1 PatientName 'DOE^JANE' Born 1960 Modality MR Slices 5
            addentry /grid/research/e2 PatientName 'ROE^RICHARD' Born 1970 Modality CT Slices 7
            attrgroup_set /grid/research PatientName patient
            attrgroup_set /grid/research Born patient
            attrgroup_set /grid/research Modality image
            attracl_add /grid/research patient /biomed/Role=physician rw
            attracl_add /grid/research image /biomed r
            attracl_add /grid/research image /biomed/Role=physician rw
            acl_add /grid/research /biomed rx
            acl_add /grid/research /biomed/Role=physician rwx
            acl_add /grid/research /biomed/Role=curator rwx
            constraint_add_unique /grid/research PatientName secretly
            index_create hiddenindex /grid/research 'PatientName Slices' btree
            view_create /grid/everything /grid/research PatientName Modality ''
            view_create /grid/chosen /grid/research Modality 'PatientName = "DOE^JANE"'
            createdir /grid/mine
            addattr /grid/mine word varchar(64)
            addentry /grid/mine/one word 'DOE^JANE'
            acl_add /grid/mine system:anyuser rwx
            """);
        _physician = await GridAsync("/DC=org/CN=Physician", "/biomed/Role=physician");
        _researcher = await GridAsync("/DC=org/CN=Researcher", "/biomed");
        _writer = await GridAsync("/DC=org/CN=Curator", "/biomed/Role=curator");
        _stranger = await GridAsync("/DC=org/CN=Stranger", "/other");
    }

    [SkippableFact]
    public async Task The_physician_sees_all_of_it()
    {
        (await _physician.Run("listattr /grid/research")).Should().Contain([Hidden, "Born", "Modality", "Slices"]);
        (await _physician.Run("find /grid/research 'PatientName = \"DOE^JANE\"'")).Should().Equal("e1");
        (await _physician.Run("selectattr 'max(/grid/research:Born)' ''")).Should().Equal("1970");
        (await _physician.Run("getattr /grid/everything PatientName")).Should().Equal("e1", "DOE^JANE", "e2", "ROE^RICHARD");
        (await _physician.Run("getattr /grid/chosen Modality")).Should().Equal("e1", "MR");
        (await _physician.Run("setattr /grid/research/e1 Born 1961")).Should().BeEmpty();
        (await _physician.Code("addentry /grid/research/e3 PatientName 'DOE^JANE'")).Should().Be(15);
    }

    [SkippableFact]
    public async Task The_researcher_sees_what_his_groups_may_read_and_nothing_else()
    {
        (await _researcher.Run("listattr /grid/research")).Should().Equal("Modality", "varchar(16)", "Slices", "int");
        (await _researcher.Run("getattr /grid/research/e1")).Should().Equal("e1", "MR", "5");
        (await _researcher.Run("find /grid/research 'Modality = \"MR\"'")).Should().Equal("e1");
        (await _researcher.Run("listattr /grid/everything")).Should().Equal("Modality", "varchar(16)");
        (await _researcher.Run("attrgroup_show /grid/research")).Should().Equal("Modality image", "Slices none");
        (await _researcher.Run("index_list /grid/research")).Should().BeEmpty();
        (await _researcher.Run("constraint_list /grid/research")).Should().BeEmpty();
        (await _researcher.Code("setattr /grid/research/e1 Slices 9")).Should().Be(4);
    }

    [SkippableTheory]
    [InlineData("researcher")]
    [InlineData("curator, who may write")]
    [InlineData("stranger")]
    public async Task Every_question_about_it_is_answered_as_about_nothing(string who)
    {
        var client = who[0] == 'r' ? _researcher : who[0] == 'c' ? _writer : _stranger;
        foreach (var question in Questions)
        {
            var hidden = (await client.Answer(Of(question, Hidden))).Replace(Hidden, "?", StringComparison.Ordinal);
            await client.Answer("abort");
            var nothing = (await client.Answer(Of(question, Nothing))).Replace(Nothing, "?", StringComparison.Ordinal);
            await client.Answer("abort");
            hidden.Should().Be(nothing, question);
        }

        static string Of(string question, string attribute) => question.Replace("{0}", attribute, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("DOE^JANE")]
    [InlineData("NOBODY")]
    public async Task What_a_rule_refuses_tells_whoever_writes_without_reading_nothing(string value)
    {
        (await _writer.Answer($"addentry /grid/research/new PatientName {value}")).Should().StartWith("10 ");
        (await _writer.Answer("addentry /grid/research/new Slices 1")).Should().StartWith("4 ", "the rule is about what he may not know");
        (await _writer.Answer("setattr /grid/research/e1 Slices 1")).Should().StartWith("4 ");
        (await Root.Run("listentries /grid/research")).Should().Equal("e1", "e2");
    }

    [SkippableFact]
    public async Task References_tell_neither_end_what_the_other_holds()
    {
        await Root.All("""
            createdir /grid/open
            addattr /grid/open who varchar(64)
            acl_add /grid/open /biomed rwx
            constraint_add_reference /grid/open who /grid/research:PatientName known
            createdir /grid/list
            addattr /grid/list k int
            addentry /grid/list/one k 1
            addentry /grid/list/two k 2
            acl_add /grid/list system:anyuser rwx
            createdir /grid/secret
            addattr /grid/secret r int
            addentry /grid/secret/s r 1
            constraint_add_reference /grid/secret r /grid/list:k refers
            """);
        (await _researcher.Answer("addentry /grid/open/x who 'DOE^JANE'")).Should().StartWith("4 ").And.Be(await _researcher.Answer("addentry /grid/open/x who NOBODY"));
        (await _stranger.Answer("rm /grid/list/one")).Should().StartWith("4 ").And.Be(await _stranger.Answer("rm /grid/list/two"));
        (await _stranger.Answer("setattr /grid/list/one k 5")).Should().StartWith("4 ").And.Be(await _stranger.Answer("setattr /grid/list/two k 5"));
        (await _physician.Run("addentry /grid/open/x who 'DOE^JANE'")).Should().BeEmpty();
        (await _physician.Code("addentry /grid/open/y who NOBODY")).Should().Be(13);
        (await Root.Code("rm /grid/list/one")).Should().Be(13);
        (await Root.Run("rm /grid/list/two")).Should().BeEmpty();
        (await _stranger.Code("constraint_add_reference /grid/mine word /grid/everything:Modality r")).Should().NotBeNull();
    }

    [SkippableFact]
    public async Task A_view_whose_condition_looks_at_it_is_not_there()
    {
        foreach (var client in (Commands.Client[])[_researcher, _writer, _stranger])
        {
            (await client.Answer("listattr /grid/chosen")).Should().Be((await client.Answer("listattr /grid/nothing")).Replace("nothing", "chosen", StringComparison.Ordinal));
            (await client.Run("dir /grid")).Should().NotContain("/grid/chosen");
            (await client.Code("find /grid/chosen ''")).Should().NotBeNull();
        }
    }

    [SkippableFact]
    public async Task Dump_and_statistics_say_nothing_of_it()
    {
        foreach (var client in (Commands.Client[])[_researcher, _writer, _stranger])
        {
            var told = string.Join('\n', (await client.Run("dump /grid")).Concat(await client.Run("statistics")));
            told.Should().NotContain(Hidden).And.NotContain("Born").And.NotContain("DOE^JANE\" ").And.NotContain("ROE").And.NotContain("secretly").And.NotContain("patient").And.NotContain("hiddenindex");
        }
        (await _researcher.Run("dump /grid/research")).Should().Contain("addentry /grid/research/e1 Modality MR Slices 5");
    }

    [SkippableFact]
    public async Task Who_has_no_right_on_the_directory_does_not_know_it()
    {
        foreach (var question in (string[])["listattr {0}", "getattr {0}", "find {0} ''", "stat {0}", "acl_show {0}", "cd {0}", "addattr {0} a int", "dump {0}", "acl_add {0} system:anyuser r", "rmdir {0}", "listentries {0}"])
        {
            (await _stranger.Answer(question.Replace("{0}", "/grid/research", StringComparison.Ordinal)))
                .Should().Be((await _stranger.Answer(question.Replace("{0}", "/grid/nowhere1", StringComparison.Ordinal))).Replace("nowhere1", "research", StringComparison.Ordinal), question);
        }
        (await _stranger.Run("dir /grid")).Should().NotContain("/grid/research");
    }

    [SkippableFact]
    public async Task The_last_right_taken_away_opens_nothing()
    {
        await Root.Run("attracl_remove /grid/research patient /biomed/Role=physician");
        (await _physician.Run("listattr /grid/research")).Should().NotContain(Hidden);
        await Root.Run("attrgroup_set /grid/research PatientName none");
        (await _researcher.Run("listattr /grid/research")).Should().Contain(Hidden).And.NotContain("Born");
    }
}

public sealed class InferenceOnSqliteTests : InferenceTests, IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override Task<SqlStoreAddress> NewAddressAsync() => Task.FromResult(SqlStoreAddress.Parse("sqlite:amga.db", _folder.Path));
}

[Collection("postgres")]
public sealed class InferenceOnPostgresTests(SharedPostgres postgres) : InferenceTests
{
    protected override async Task<SqlStoreAddress> NewAddressAsync() => SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/");
}
