using Mdm.Abstractions;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Commands;

/// <summary>What the host is told of searches, before they are answered.</summary>
public abstract class SearchTellingTests : CommandTests
{
    /// <summary>A command, and the attributes that it is told with; none where it is not told.</summary>
    public static TheoryData<string, string> Commands => new()
    {
        { "getattr /d/e1 Modality", "Modality" },
        { "getattr /d/e1", "Age Modality Name" },
        { "getattr /d", "Age Modality Name" },
        { "getattr /d/e* Age Modality", "Age Modality" },
        { "find /d 'Name = \"Doe\"'", "Name" },
        { "find /d/e* 'Age > 3 and Modality = \"MR\"'", "Age Modality" },
        { "find /d 'order by Age limit 1'", "Age" },
        { "selectattr /d:FILE /d:Modality '/d:Age > 3 order by /d:Name'", "Age Modality Name" },
        { "selectattr 'count(*)' '/d:Name = \"Doe\"'", "Name" },
        { "selectattr /d:Modality '/d:Modality = /other:Kind'", "Kind Modality" },
        { "updateattr /d Age 'Age + 1' 'Name = \"Doe\"'", "Age Name" },
        { "update /d Age 1 'Modality = \"MR\"'", "Age Modality" },
        { "updateattr_single /d Age 7 'Modality = \"CT\"'", "Age Modality" },
        { "dump /d", "Age Modality Name" },
        { "find /young ''", "Age" },
        { "stat /young/e1", "Age" },
        { "listentries /young", "Age" },
        { "constraint_add_check /d 'Age < 200' c", "Age" },
        { "constraint_add_not_null /d Modality c", "Modality" },
        { "constraint_add_unique /d Name c", "Name" },
        { "index_create i /d Name unique", "Name" },
        { "find /d ''", "" },
        { "find /d 'FILE = \"e1\"'", "" },
        { "selectattr /d:FILE ''", "" },
        { "ls /d", "" },
        { "listattr /d", "" },
        { "stat /d/e1", "" },
        { "collections", "" },
        { "setattr /d/e1 Age 9", "" },
        { "clearattr /d/e1 Age", "" },
        { "addentry /d/e9 Age 9", "" },
        { "rm /d/e1", "" },
        { "index_create i /d Name", "" },
    };

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Is_told_where_values_are_answered_or_decide_the_answer(string command, string attributes)
    {
        await FillAsync();
        var client = Root;

        await client.Run(command);

        var told = client.Searches.SelectMany(static search => search.Attributes).Distinct().Order(StringComparer.Ordinal);
        string.Join(' ', told).Should().Be(attributes);
        client.Searches.Select(static search => search.Account).Distinct().Should().BeEquivalentTo(attributes.Length == 0 ? [] : (string[])["root"]);
    }

    [Fact]
    public async Task One_command_is_told_once_with_all_that_was_typed()
    {
        await FillAsync();
        var client = Root;

        await client.Run("find /d 'Name = \"O Neil\"'");

        client.Searches.Should().ContainSingle().Which.Query.Should().Be("find /d 'Name = \"O Neil\"'");
    }

    [Fact]
    public async Task Who_became_another_is_told_as_him()
    {
        await FillAsync();
        var client = Root;
        await client.Run("user_create alice secret");
        await client.Run("acl_add /d system:anyuser rx");
        await client.Run("sudo alice");

        await client.Run("getattr /d/e1 Age");

        client.Searches.Should().ContainSingle().Which.Account.Should().Be("alice");
    }

    [Fact]
    public async Task A_name_that_one_may_not_know_is_not_told()
    {
        await FillAsync();
        await Root.Run("attrgroup_set /d Name secret");
        await Root.Run("attracl_add /d secret root:nobody r");
        await Root.Run("acl_add /d system:anyuser rx");
        var stranger = As("stranger");

        await stranger.Run("getattr /d/e1");
        await stranger.Invoking(client => client.Run("find /d 'Name = \"Doe\" and Age > 3'")).Should().ThrowAsync<AmgaException>();
        await stranger.Invoking(client => client.Run("find /d 'Nonsense = \"Doe\"'")).Should().ThrowAsync<AmgaException>();

        stranger.Searches.Should().ContainSingle().Which.Attributes.Should().BeEquivalentTo("Age", "Modality");
    }

    [Theory]
    [InlineData("getattr /d/e1 Modality")]
    [InlineData("getattr /d")]
    [InlineData("find /d 'Name = \"Doe\"'")]
    [InlineData("selectattr 'count(*)' '/d:Name = \"Doe\"'")]
    [InlineData("updateattr /d Age 'Age + 1' 'Name = \"Doe\"'")]
    [InlineData("dump /d")]
    [InlineData("listentries /young")]
    public async Task Is_not_answered_when_the_host_cannot_write_it_down(string command)
    {
        await FillAsync();
        var client = Root;
        client.RefusesSearches = true;

        (await client.Invoking(one => one.Run(command)).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Unavailable);

        client.RefusesSearches = false;
        (await client.Run("getattr /d/e1 Age")).Should().Equal("e1", "5");
    }

    private async Task FillAsync()
    {
        foreach (var line in (string[])["createdir /d", "addattr /d Name varchar(64) Modality varchar(16) Age int", "createdir /other", "addattr /other Kind varchar(16)",
            "addentry /d/e1 Name Doe Modality MR Age 5", "addentry /d/e2 Name Roe Modality CT Age 50", "addentry /other/o Kind MR", "view_create /young /d Modality 'Age < 18'"])
            await Root.Run(line);
    }
}

public sealed class SearchTellingOnSqliteTests : SearchTellingTests, IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    protected override Task<SqlStoreAddress> NewAddressAsync() => Task.FromResult(SqlStoreAddress.Parse("sqlite:amga.db", _directory.Path));
}

[Collection("postgres")]
public sealed class SearchTellingOnPostgresTests(SharedPostgres postgres) : SearchTellingTests
{
    protected override async Task<SqlStoreAddress> NewAddressAsync() => SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/");
}
