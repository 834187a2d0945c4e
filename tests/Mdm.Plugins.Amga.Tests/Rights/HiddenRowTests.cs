using System.Collections.Immutable;
using Mdm.Abstractions;
using Mdm.Plugins.Amga.Files;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;
using Mdm.Plugins.Amga.Tests.Commands;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Rights;

/// <summary>A file's row that somebody may not find is no row to him: every question about it is answered as about one that never was. The same questions are asked about both.</summary>
public abstract class HiddenRowTests : CommandTests
{
    private const string Collection = "/grid/research";
    private static readonly string Hidden = Name('1'), Shown = Name('2'), Nothing = Name('9');
    private static readonly StoragePath At = StoragePath.Parse(Collection);

    // {0} is the entry.
    private static readonly string[] Questions =
    [
        "getattr /grid/research/{0}", "getattr /grid/research/{0} Modality", "listentries /grid/research/{0}", "dir /grid/research/{0}", "stat /grid/research/{0}", "acl_show /grid/research/{0}",
        "acl_add /grid/research/{0} /biomed r", "acl_remove /grid/research/{0} /biomed", "chmod /grid/research/{0} rwx", "rm /grid/research/{0}", "setattr /grid/research/{0} Modality US", "clearattr /grid/research/{0} Modality",
        "find /grid/research 'FILE = \"{0}\"'", "selectattr 'count(/grid/research:Modality)' '/grid/research:FILE = \"{0}\"'", "getattr /grid/all/{0}", "stat /grid/all/{0}", "link /grid/mine/l /grid/research/{0}",
    ];

    private Commands.Client _member = null!, _curator = null!, _owner = null!;

    private AmgaMetadataStore Metadata => new(Store, [], static () => ValueTask.CompletedTask);

    public override async Task InitializeAsync()
    {
        await base.InitializeAsync();
        await Metadata.DeclareAsync(new MetadataCollection(At, [new("Modality", "varchar(16)", "image"), new("Slices", "int", "image")]), [new MetadataGrant(Fqan.Parse("/biomed"), null, [])], default);
        await Metadata.PutManyAsync([Row(Hidden, "PT", 900), Row(Shown, "CT", 7)], default);
        await Root.All("""
            acl_add /grid/research /biomed/Role=curator rwx
            attracl_add /grid/research image /biomed/Role=curator rw
            view_create /grid/all /grid/research Modality ''
            acl_add /grid/all /biomed r
            createdir /grid/mine
            acl_add /grid/mine /biomed rwx
            """);
        await HideAsync(new RowReader(DistinguishedName.Parse("/DC=org/CN=Owner"), null, true));
        _member = await GridAsync("/DC=org/CN=Member", "/biomed");
        _curator = await GridAsync("/DC=org/CN=Curator", "/biomed/Role=curator");
        _owner = await GridAsync("/DC=org/CN=Owner", "/biomed");
    }

    [SkippableFact]
    public async Task Whom_its_readers_name_finds_it()
    {
        (await _owner.Run("find /grid/research 'Modality = \"PT\"'")).Should().Equal(Hidden);
        (await _owner.Run($"getattr /grid/all/{Hidden} Modality")).Should().Equal(Hidden, "PT");
        (await _owner.Run("selectattr 'max(/grid/research:Slices)' ''")).Should().Equal("900");
        (await Root.Run("listentries /grid/research")).Should().Equal(Hidden, Shown);
    }

    [SkippableTheory]
    [InlineData("member")]
    [InlineData("curator, who may write")]
    public async Task Every_question_about_it_is_answered_as_about_nothing(string who)
    {
        var client = who[0] == 'm' ? _member : _curator;
        foreach (var question in Questions)
        {
            var hidden = (await client.Answer(question.Replace("{0}", Hidden, StringComparison.Ordinal))).Replace(Hidden, "?", StringComparison.Ordinal);
            await client.Answer("abort");
            var nothing = (await client.Answer(question.Replace("{0}", Nothing, StringComparison.Ordinal))).Replace(Nothing, "?", StringComparison.Ordinal);
            await client.Answer("abort");
            hidden.Should().Be(nothing, question);
        }
        (await Root.Run($"getattr {Collection}/{Hidden} Modality")).Should().Equal(Hidden, "PT");
    }

    [SkippableFact]
    public async Task No_count_order_condition_dump_or_view_tells_of_it()
    {
        foreach (var client in (Commands.Client[])[_member, _curator])
        {
            (await client.Run("listentries /grid/research")).Should().Equal(Shown);
            (await client.Run("find /grid/research ''")).Should().Equal(Shown);
            (await client.Run("selectattr 'count(/grid/research:Modality)' ''")).Should().Equal("1");
            (await client.Run("selectattr 'max(/grid/research:Slices)' ''")).Should().Equal("7");
            (await client.Run("find /grid/research 'Slices > 8'")).Should().BeEmpty();
            (await client.Run("find /grid/research 'Modality like \"%\" order by Slices'")).Should().NotContain(Hidden);
            (await client.Run("getattr /grid/all Modality")).Should().Equal(Shown, "CT");
            string.Join('\n', await client.Run("dump /grid")).Should().Contain(Shown).And.NotContain(Hidden).And.NotContain("900").And.NotContain("filereaders");
        }
        await _curator.Run("updateattr /grid/research Slices '1' ''");
        (await Root.Run($"getattr {Collection}/{Hidden} Slices")).Should().Equal(Hidden, "900");
    }

    [SkippableFact]
    public async Task What_a_rule_refuses_tells_nothing_of_it()
    {
        await Root.Run("constraint_add_unique /grid/research Modality once");
        (await _curator.Answer($"setattr /grid/research/{Shown} Modality PT")).Should().StartWith("4 ").And.Be(await _curator.Answer($"setattr /grid/research/{Shown} Modality XX"));
        await Root.Run("constraint_drop /grid/research once");
        await Root.Run("index_create once /grid/research Modality unique");
        (await _curator.Answer($"setattr /grid/research/{Shown} Modality PT")).Should().StartWith("4 ").And.Be(await _curator.Answer($"setattr /grid/research/{Shown} Modality XX"));
    }

    [SkippableFact]
    public async Task Who_finds_a_row_is_shown_in_amgas_words_and_changed_elsewhere()
    {
        (await _owner.Run($"acl_show {Collection}/{Shown}")).Should().Contain("/biomed rx");
        await HideAsync(new(DistinguishedName.Parse("/DC=org/CN=Owner"), null, true), new(DistinguishedName.Parse("/DC=org/CN=Member"), null, false), new(null, Fqan.Parse("/biomed"), true), new(null, null, false));

        (await _owner.Run($"acl_show {Collection}/{Hidden}")).Should().Equal("/DC=org/CN=Member -", "/DC=org/CN=Owner r", "/biomed r", "system:anyuser -");
        (await _curator.Run($"getattr {Collection}/{Hidden} Modality")).Should().Equal(Hidden, "PT");
        (await _member.Run("listentries /grid/research")).Should().Equal(Shown);
        foreach (var change in (string[])["acl_add {0} /biomed rwx", "acl_remove {0} /biomed"])
            (await Root.Answer(change.Replace("{0}", $"{Collection}/{Hidden}", StringComparison.Ordinal))).Should().Contain("where the file is");
        await Root.Run("dir_setoptions /grid/research shared");
        (await _member.Run("listentries /grid/research")).Should().Equal([Shown], "options of a directory open no row");
    }

    [SkippableFact]
    public async Task Where_no_row_is_hidden_none_is_looked_at()
    {
        await Metadata.DeclareAsync(new MetadataCollection(StoragePath.Parse("/grid/plain"), [new("Modality", "varchar(16)", "image")]), [new MetadataGrant(Fqan.Parse("/biomed"), null, [])], default);
        await Metadata.PutManyAsync([new MetadataRow(StoragePath.Parse("/grid/plain"), FileGuid.Parse(Shown), null, []) { Readers = RowReaders.AsCollection }], default);
        var who = new Principal("/DC=org/CN=Member", [Principals.AnyUser, "/biomed"], false, null);

        var (plain, hiding) = await Store.ReadAsync(work => (Access.Rows(who, work.Tree.Find("/grid/plain")!, Bits.Read), Access.Rows(who, work.Tree.Find(Collection)!, Bits.Read)), default);

        plain.Sql.Should().BeNull("the statement is the one that it was before rows could be hidden");
        hiding.Sql.Should().Contain("acl = 0 OR");
    }

    private static string Name(char digit) => FileGuid.NameOf(FileId.Parse(new string(digit, 32)));

    private ValueTask HideAsync(params RowReader[] readers) => Metadata.PutManyAsync([new MetadataRow(At, FileGuid.Parse(Hidden), null, []) { Readers = RowReaders.Only(readers) }], default);

    private static MetadataRow Row(string file, string modality, int slices) => new(At, FileGuid.Parse(file), StoragePath.Parse("/grid/files/" + FileGuid.Parse(file)),
        ImmutableArray.Create(new ArchiveAttribute("Modality", "CS", [modality]), new ArchiveAttribute("Slices", "IS", [slices.ToString(System.Globalization.CultureInfo.InvariantCulture)])));
}

public sealed class HiddenRowOnSqliteTests : HiddenRowTests, IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override Task<SqlStoreAddress> NewAddressAsync() => Task.FromResult(SqlStoreAddress.Parse("sqlite:amga.db", _folder.Path));
}

[Collection("postgres")]
public sealed class HiddenRowOnPostgresTests(SharedPostgres postgres) : HiddenRowTests
{
    protected override async Task<SqlStoreAddress> NewAddressAsync() => SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/");
}
