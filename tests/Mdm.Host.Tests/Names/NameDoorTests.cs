using System.Net;
using System.Text;
using Mdm.Abstractions.Testing;
using Mdm.Client;
using Mdm.Client.Names;
using Mdm.Formats.Names;
using Mdm.Host.Access;
using Mdm.Srm.Messages;
using Mdm.TestKit;

namespace Mdm.Host.Tests.Names;

public sealed class NameDoorTests : IAsyncLifetime
{
    private NameBench _bench = null!;

    public async Task InitializeAsync() => _bench = await NameBench.StartAsync();

    public async Task DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task Tells_all_that_is_known_of_an_entry()
    {
        await _bench.AddDirectoryAsync("/d", "user::rwx", "user:/DC=org/CN=Bob:r--", "group::r-x", "mask::r-x", "other::---", "default:user::rwx", "default:group::r-x", "default:other::---");
        var file = await _bench.AddFileAsync("/d/f", "user::rw-", "group::r--", "other::---");
        await _bench.Catalog.SetFactsAsync(file, new FileFacts(5_000_000_000, 0x0a0b0c), default);
        await _bench.AddAsync(CatalogDrafts.Link("/l", "/d/f"));

        var directory = await _bench.Names.StatAsync(P("/d"), true, default);
        var found = await _bench.Names.StatAsync(P("/l"), true, default);
        var link = await _bench.Names.StatAsync(P("/l"), false, default);

        (directory.Kind, directory.Owner, directory.Group).Should().Be((CatalogEntryKind.Directory, NameBench.Alice.Subject, NameBench.Biomed));
        directory.Acl.ToString().Should().Be("user::rwx,user:/DC=org/CN=Bob:r--,group::r-x,mask::r-x,other::---,default:user::rwx,default:group::r-x,default:other::---");
        (found.Id, found.Path, found.Kind, found.Length, found.Adler32, found.Target).Should().Be((file, P("/d/f"), CatalogEntryKind.File, 5_000_000_000, "000a0b0c", null));
        found.CreatedAt.Should().Be(CatalogDrafts.CreatedAt);
        (link.Kind, link.Path, link.Target).Should().Be((CatalogEntryKind.Link, P("/l"), P("/d/f")));
    }

    [Fact]
    public async Task Finds_an_entry_by_its_id_for_whoever_may_pass_to_it()
    {
        await _bench.AddDirectoryAsync("/closed", "user::rwx", "group::---", "other::---");
        var file = await _bench.AddFileAsync("/closed/f");

        (await _bench.Names.FindAsync(file, default)).Path.Should().Be(P("/closed/f"));

        // Who may not pass is told what is told of an id that there never was.
        _bench.As(NameBench.Bob);
        var never = await RefusedAsync(_bench.Names.FindAsync(CatalogDrafts.Id("never"), default), StatusCode.InvalidPath);
        var hidden = await RefusedAsync(_bench.Names.FindAsync(file, default), StatusCode.InvalidPath);
        hidden.Replace(file.ToString(), string.Empty).Replace(FileGuid.Of(file), string.Empty)
            .Should().Be(never.Replace(CatalogDrafts.Id("never").ToString(), string.Empty).Replace(FileGuid.Of(CatalogDrafts.Id("never")), string.Empty)).And.NotContain("/closed");
        _bench.Trail.Should().Contain($"\"action\":\"Look\",\"outcome\":\"refused\",\"subject\":\"{NameBench.Bob.Subject}\"");
    }

    [Fact]
    public async Task Lists_a_large_directory_page_by_page()
    {
        await _bench.AddDirectoryAsync("/d");
        var names = Enumerable.Range(0, (2 * NamesLimits.MaxListed) + 1).Select(number => $"f{number:00000}").ToList();
        await _bench.Catalog.CreateManyAsync([.. names.Select(name => CatalogDrafts.File("/d/" + name))], default);

        var listed = new List<string>();
        await foreach (var entry in _bench.Names.ListAsync(P("/d"), default))
            listed.Add(entry.Path.Name);

        listed.Should().Equal(names);
        _bench.Trail.Split('\n').Count(line => line.Contains("\"action\":\"List\"", StringComparison.Ordinal)).Should().Be(1);
    }

    [Fact]
    public async Task Lists_what_has_lists_of_rights_too_long_for_one_page()
    {
        await _bench.AddDirectoryAsync("/d");
        var rights = Acl.Parse(Enumerable.Range(0, 200).Select(number => $"user:/DC=org/OU={new string('o', 100)}/CN=Somebody {number}:r--"));
        var drafts = Enumerable.Range(0, 60).Select(number => CatalogDrafts.File($"/d/f{number:00}") with { Acl = rights }).ToList();
        await _bench.Catalog.CreateManyAsync(drafts, default);

        using var page = await PostAsync(NamesWire.List, """{"path":"/d"}""");
        var entries = new List<NamedEntry>();
        await foreach (var entry in _bench.Names.ListAsync(P("/d"), default))
            entries.Add(entry);

        NamesWire.Read(await page.Content.ReadAsByteArrayAsync(), NamesJson.Default.EntriesAnswer).Should().Match<EntriesAnswer>(one => one.Entries.Count < drafts.Count && !one.IsLast);
        entries.Select(entry => entry.Path).Should().Equal(drafts.Select(draft => draft.Path));
        entries.Should().OnlyContain(entry => entry.Acl == rights);
    }

    [Fact]
    public async Task Lists_only_what_may_be_read_and_is_a_directory()
    {
        await _bench.AddDirectoryAsync("/d", "user::rwx", "group::--x", "other::---");
        await _bench.AddFileAsync("/d/f");

        await RefusedAsync(ListAsync("/d/f"), StatusCode.InvalidPath);
        await RefusedAsync(ListAsync("/none"), StatusCode.InvalidPath);
        _bench.As(NameBench.Bob);
        (await RefusedAsync(ListAsync("/d"), StatusCode.AuthorizationFailure)).Should().Contain("no read").And.Contain("/d");
    }

    [Fact]
    public async Task Rights_that_not_all_have_confirmed_are_said_to_be_on_their_way()
    {
        var file = await _bench.AddFileAsync("/f");
        var change = new AclChange(AclChangeKind.Modify, [AclEntry.Parse("other::r--")]);

        (await _bench.Names.SetAclAsync(P("/f"), change, default)).IsSettled.Should().BeTrue();
        _bench.Settling = new TaskCompletionSource().Task;
        (await WhileTimePassesAsync(_bench.Names.SetAclAsync(P("/f"), change, default))).IsSettled.Should().BeFalse();
        _bench.Noted.Should().Equal(file, file);
    }

    [Fact]
    public async Task What_is_removed_is_gone_and_whether_all_have_confirmed_it_is_said()
    {
        await _bench.AddDirectoryAsync("/d");
        var file = await _bench.AddFileAsync("/d/f");
        await _bench.AddAsync(CatalogDrafts.Link("/d/l", "/d/f"));

        (await _bench.Names.RemoveAsync(P("/d/l"), default)).Should().BeTrue();
        (await _bench.Names.StatAsync(P("/d/f"), true, default)).Id.Should().Be(file, "a symbolic name goes by itself");
        var settled = new TaskCompletionSource();
        _bench.Settling = settled.Task;
        var removing = _bench.Names.RemoveAsync(P("/d/f"), default);
        await Here.UntilAsync(() => Task.FromResult(_bench.Noted.Count > 0), TimeSpan.FromSeconds(60), "the followers are told");
        removing.IsCompleted.Should().BeFalse("it waits for them");
        settled.SetResult();
        (await removing).Should().BeTrue();
        _bench.Noted.Should().Equal(file);
        await RefusedAsync(_bench.Names.RemoveAsync(P("/d/f"), default), StatusCode.InvalidPath);

        var another = await _bench.AddFileAsync("/d/g");
        _bench.Settling = new TaskCompletionSource().Task;
        (await WhileTimePassesAsync(_bench.Names.RemoveAsync(P("/d/g"), default))).Should().BeFalse();
        (await _bench.Catalog.FindAsync(another, default)).Should().BeNull();

        _bench.Settling = Task.CompletedTask;
        var third = await _bench.AddFileAsync("/d/h");
        using var byId = await PostAsync(NamesWire.Remove, $$$"""{"entry":{"id":"{{{third}}}"}}""");
        NamesWire.Read(await byId.Content.ReadAsByteArrayAsync(), NamesJson.Default.RemoveAnswer).IsSettled.Should().BeTrue();
        (await _bench.Catalog.FindAsync(third, default)).Should().BeNull();
    }

    [Fact]
    public async Task Only_who_may_write_in_a_directory_removes_and_directories_stay()
    {
        await _bench.AddDirectoryAsync("/w");
        await _bench.AddDirectoryAsync("/w/d", "user::rwx", "group::r-x", "other::r-x");
        var file = await _bench.AddFileAsync("/w/d/f");

        (await RefusedAsync(_bench.Names.RemoveAsync(P("/w/d"), default), StatusCode.CustomStatus)).Should().Contain("is a directory");
        _bench.As(NameBench.Bob);
        await RefusedAsync(_bench.Names.RemoveAsync(P("/w/d/f"), default), StatusCode.AuthorizationFailure);
        (await _bench.Catalog.FindAsync(file, default)).Should().NotBeNull();
        _bench.Noted.Should().BeEmpty();
    }

    [Fact]
    public async Task Only_the_owner_and_administrators_change_rights()
    {
        await _bench.AddFileAsync("/f");
        var change = new AclChange(AclChangeKind.Modify, [AclEntry.Parse("other::---")]);

        _bench.As(NameBench.Bob);
        await RefusedAsync(_bench.Names.SetAclAsync(P("/f"), change, default), StatusCode.AuthorizationFailure);
        _bench.As(NameBench.Admin);
        (await _bench.Names.SetAclAsync(P("/f"), change, default)).Entry.Acl.Mode.Should().Be(0b111_111_000);
    }

    [Fact]
    public async Task Originals_are_opened_to_nobody_else()
    {
        await _bench.AddAsync(CatalogDrafts.File("/o") with { Publication = NameBench.Originals }, "user::rw-", "group::---", "other::---");

        (await RefusedAsync(_bench.Names.SetAclAsync(P("/o"), new AclChange(AclChangeKind.Modify, [AclEntry.Parse($"user:{NameBench.Bob.Subject}:r--")]), default), StatusCode.Failure)).Should().Contain("MaySeeIdentity");
        (await _bench.Names.SetAclAsync(P("/o"), new AclChange(AclChangeKind.Modify, [AclEntry.Parse($"group:{NameBench.Physicians}:r--")]), default)).Entry.Acl.Of(AclTag.Group, NameBench.Physicians.ToString()).Should().Be(Permissions.Read);
    }

    [Fact]
    public async Task Gives_a_group_of_his_own_and_owners_only_as_an_administrator()
    {
        var file = await _bench.AddFileAsync("/f");

        (await _bench.Names.SetOwnerAsync(P("/f"), null, NameBench.Physicians, default)).Entry.Group.Should().Be(NameBench.Physicians);
        (await RefusedAsync(_bench.Names.SetOwnerAsync(P("/f"), null, Fqan.Parse("/others"), default), StatusCode.AuthorizationFailure)).Should().Contain("/others");
        await RefusedAsync(_bench.Names.SetOwnerAsync(P("/f"), NameBench.Bob.Subject, null, default), StatusCode.AuthorizationFailure);
        await RefusedAsync(_bench.Names.SetOwnerAsync(P("/f"), null, null, default), StatusCode.InvalidRequest);
        _bench.As(NameBench.Bob);
        await RefusedAsync(_bench.Names.SetOwnerAsync(P("/f"), null, NameBench.Biomed, default), StatusCode.AuthorizationFailure);

        _bench.As(NameBench.Admin);
        var given = await _bench.Names.SetOwnerAsync(P("/f"), NameBench.Bob.Subject, Fqan.Parse("/others"), default);

        (given.Entry.Id, given.Entry.Owner, given.Entry.Group, given.IsSettled).Should().Be((file, NameBench.Bob.Subject, Fqan.Parse("/others"), true));
        _bench.Noted.Should().Equal(file, file);
        _bench.Trail.Should().Contain("\"action\":\"SetOwner\",\"outcome\":\"granted\"");
    }

    [Fact]
    public async Task Gives_originals_to_no_group_that_may_not_see_identity()
    {
        await _bench.AddAsync(CatalogDrafts.File("/o") with { Publication = NameBench.Originals }, "user::rw-", "group::---", "other::---");
        (await _bench.Names.SetOwnerAsync(P("/o"), null, NameBench.Physicians, default)).Entry.Group.Should().Be(NameBench.Physicians);
        await _bench.Names.SetAclAsync(P("/o"), new AclChange(AclChangeKind.Modify, [AclEntry.Parse("group::r--")]), default);

        await RefusedAsync(_bench.Names.SetOwnerAsync(P("/o"), null, NameBench.Biomed, default), StatusCode.Failure);

        (await _bench.Names.StatAsync(P("/o"), true, default)).Group.Should().Be(NameBench.Physicians);
    }

    [Fact]
    public async Task Makes_symbolic_names_that_open_nothing()
    {
        await _bench.AddDirectoryAsync("/mine", "user::rwx", "group::---", "other::---");
        await _bench.AddFileAsync("/mine/f");
        await _bench.AddDirectoryAsync("/shared");
        await _bench.AddDirectoryAsync("/others", "user::r-x", "group::r-x", "other::r-x");

        var link = await _bench.Names.LinkAsync(P("/mine/f"), P("/shared/l"), default);
        var dangling = await _bench.Names.LinkAsync(P("/none"), P("/shared/none"), default);

        (link.Kind, link.Target, link.Owner, link.Group).Should().Be((CatalogEntryKind.Link, P("/mine/f"), NameBench.Alice.Subject, NameBench.Biomed));
        dangling.Target.Should().Be(P("/none"));
        (await _bench.Names.StatAsync(P("/shared/l"), true, default)).Path.Should().Be(P("/mine/f"));
        await RefusedAsync(_bench.Names.LinkAsync(P("/x"), P("/shared/l"), default), StatusCode.DuplicationError);
        await RefusedAsync(_bench.Names.LinkAsync(P("/x"), P("/nowhere/l"), default), StatusCode.InvalidPath);
        await RefusedAsync(_bench.Names.LinkAsync(P("/x"), P("/others/l"), default), StatusCode.AuthorizationFailure);
        _bench.As(NameBench.Bob);
        (await _bench.Names.StatAsync(P("/shared/l"), false, default)).Target.Should().Be(P("/mine/f"));
        await RefusedAsync(_bench.Names.StatAsync(P("/shared/l"), true, default), StatusCode.AuthorizationFailure);
    }

    [Fact]
    public async Task Shows_comments_to_whoever_may_read_what_they_are_on()
    {
        await _bench.AddDirectoryAsync("/d");
        await _bench.AddFileAsync("/d/f", "user::rw-", "group::-w-", "other::---");
        _bench.As(NameBench.Bob);
        (await _bench.Names.SetCommentAsync(P("/d/f"), "seen by the board", default)).Comment.Should().BeNull("he may write, not read");
        (await _bench.Names.StatAsync(P("/d/f"), true, default)).Comment.Should().BeNull();

        _bench.As(NameBench.Alice);
        (await _bench.Names.StatAsync(P("/d/f"), true, default)).Comment.Should().Be("seen by the board");
        (await _bench.Names.ListAsync(P("/d"), default).FirstAsync()).Comment.Should().Be("seen by the board");
        (await _bench.Names.SetCommentAsync(P("/d/f"), null, default)).Comment.Should().BeNull();
        _bench.Trail.Should().Contain("\"action\":\"SetComment\"").And.NotContain("board");
    }

    [Theory]
    [InlineData("")]
    [InlineData("two\\nlines")]
    [InlineData("half a pair: \\ud800")]
    [InlineData("яяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяяя")]
    public async Task Takes_no_comment_that_is_not_one_line_of_255_bytes(string comment)
    {
        await _bench.AddFileAsync("/f");

        using var refused = await PostAsync(NamesWire.Comment, $$"""{"entry":{"path":"/f"},"comment":"{{comment}}"}""");

        refused.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await _bench.Names.StatAsync(P("/f"), true, default)).Comment.Should().BeNull();
    }

    [Fact]
    public async Task Takes_comments_only_from_whoever_may_write()
    {
        await _bench.AddFileAsync("/f", "user::r--", "group::r--", "other::r--");

        await RefusedAsync(_bench.Names.SetCommentAsync(P("/f"), "x", default), StatusCode.AuthorizationFailure);
        _bench.As(NameBench.Admin);
        (await _bench.Names.SetCommentAsync(P("/f"), "x", default)).Comment.Should().Be("x");
    }

    [Fact]
    public async Task Says_what_a_catalogue_cannot()
    {
        var lesser = new Doubles.InMemoryCatalog();
        lesser.AddFile("/f", "pacs", "1");
        await using var bench = await NameBench.StartAsync(lesser);
        bench.As(NameBench.Admin);

        (await RefusedAsync(bench.Names.SetCommentAsync(P("/f"), "x", default), StatusCode.NotSupported)).Should().Contain("no comments");
        await RefusedAsync(bench.Names.SetOwnerAsync(P("/f"), NameBench.Bob.Subject, null, default), StatusCode.NotSupported);
    }

    [Fact]
    public async Task Changes_the_one_logical_right_by_mode_level_and_user()
    {
        var file = await AddSearchedAsync("/f");

        var mode = await _bench.Names.SetRightAsync(P("/f"), RightChange.OfMode("rwxr-x---"), default);
        (mode.Entry.Acl.Mode, mode.Entry.Search, mode.IsSettled).Should().Be((0b111_101_000, null, true));
        var level = await _bench.Names.SetRightAsync(file, RightChange.OfLevel(SearchLevel.Group), default);
        (level.Entry.Path, level.Entry.Acl.Mode, level.Entry.Search).Should().Be((P("/f"), 0b111_101_000, Acl.FromMode(0b100_100_000)));
        var user = await _bench.Names.SetRightAsync(file, RightChange.OfUser(NameBench.Bob.Subject, "biomed", "r--", SearchLevel.None), default);

        user.Entry.Acl.ToString().Should().Be($"user::rwx,user:{NameBench.Bob.Subject}:r--,group::r-x,mask::r-x,other::---");
        user.Entry.Search!.ToString().Should().Be($"user::r--,user:{NameBench.Bob.Subject}:---,group::r--,mask::r--,other::---");
        (await _bench.Names.StatAsync(P("/f"), true, default)).Should().BeEquivalentTo(user.Entry);
        _bench.Noted.Should().Equal(file, file, file);
        _bench.Trail.Should().Contain("found by user::r--,");
    }

    [Fact]
    public async Task Lets_only_the_owner_and_administrators_change_the_one_logical_right()
    {
        await AddSearchedAsync("/f");

        _bench.As(NameBench.Bob);
        (await RefusedAsync(_bench.Names.SetRightAsync(P("/f"), RightChange.OfUser(DistinguishedName.Parse("/DC=org/CN=Carol"), "elsewhere", "r--", SearchLevel.Group), default), StatusCode.AuthorizationFailure))
            .Should().NotContain("Readers", "whom the publication admits is not his to know");
        _bench.As(NameBench.Admin);
        (await _bench.Names.SetRightAsync(P("/f"), RightChange.OfLevel(SearchLevel.None), default)).Entry.Search.Should().Be(Acl.FromMode(0));
    }

    [Fact]
    public async Task Refuses_as_a_whole_what_can_never_hold()
    {
        await AddSearchedAsync("/f");
        await _bench.AddDirectoryAsync("/d");
        var before = await _bench.Names.StatAsync(P("/f"), true, default);
        var carol = DistinguishedName.Parse("/DC=org/CN=Carol");

        (await RefusedAsync(_bench.Names.SetRightAsync(P("/f"), RightChange.OfUser(carol, "elsewhere", "r--", SearchLevel.Group), default), StatusCode.Failure)).Should().Contain("Publications:trial:Readers").And.Contain("level none");
        await RefusedAsync(_bench.Names.SetRightAsync(P("/d"), RightChange.OfLevel(SearchLevel.Private), default), StatusCode.InvalidRequest);
        foreach (var wrong in (string[])["rwx", "rwxrwxrwxr", "xwrr-x---", "rwxr-x--1", ""])
            await RefusedAsync(_bench.Names.SetRightAsync(P("/f"), RightChange.OfMode(wrong), default), StatusCode.InvalidRequest);
        foreach (var (organisation, rights) in ((string, string)[])[("/biomed", "r--"), ("", "r--"), ("biomed/lung", "r--"), ("biomed", "r"), ("biomed", "group")])
            await RefusedAsync(_bench.Names.SetRightAsync(P("/f"), RightChange.OfUser(carol, organisation, rights, SearchLevel.Group), default), StatusCode.InvalidRequest);
        foreach (var body in (string[])["""{"entry":{"path":"/f"}}""", """{"entry":{"path":"/f"},"mode":"rwxr-x---","level":"none"}""", """{"entry":{"path":"/f"},"level":"public"}"""])
        {
            using var refused = await PostAsync(NamesWire.Right, body);
            refused.StatusCode.Should().Be(HttpStatusCode.BadRequest, body);
        }

        (await _bench.Names.StatAsync(P("/f"), true, default)).Should().BeEquivalentTo(before);
        _bench.Noted.Should().BeEmpty();
        // Who is admitted by nobody may still be let read.
        (await _bench.Names.SetRightAsync(P("/f"), RightChange.OfUser(carol, "elsewhere", "r--", SearchLevel.None), default)).Entry.Acl.Of(AclTag.User, carol.ToString()).Should().Be(Permissions.Read);
        (await _bench.Names.SetRightAsync(P("/d"), RightChange.OfMode("rwxr-x---"), default)).Entry.Acl.Mode.Should().Be(0b111_101_000);
    }

    [Fact]
    public async Task Says_which_parts_cannot_keep_who_finds_a_file()
    {
        await using var unable = await NameBench.StartAsync(metadata: new LesserMetadata());
        await unable.AddAsync(CatalogDrafts.File("/f") with { Publication = NameBench.Searched });
        await RefusedAsync(unable.Names.SetRightAsync(P("/f"), RightChange.OfLevel(SearchLevel.Private), default), StatusCode.NotSupported);
        (await unable.Names.SetRightAsync(P("/f"), RightChange.OfLevel(SearchLevel.Anonymous), default)).Entry.Search.Should().BeNull();

        var lesser = new Doubles.InMemoryCatalog();
        lesser.AddFile("/f", "pacs", "1");
        await using var bench = await NameBench.StartAsync(lesser);
        bench.As(NameBench.Admin);
        (await RefusedAsync(bench.Names.SetRightAsync(P("/f"), RightChange.OfLevel(SearchLevel.Private), default), StatusCode.NotSupported)).Should().Contain("catalogue");
    }

    [Theory]
    [InlineData("""{"entry":{"path":"/f","id":"00000000000000000000000000000000"}}""")]
    [InlineData("""{"entry":{}}""")]
    [InlineData("""{"entry":{"path":"f"}}""")]
    [InlineData("""{"entry":{"id":"12"}}""")]
    [InlineData("""{"entry":{"path":"/f"},"fellow":true}""")]
    [InlineData("""{}""")]
    [InlineData("""null""")]
    [InlineData("""{"entry":{"path":"/f"}""")]
    public async Task Refuses_what_is_no_question(string body)
    {
        using var refused = await PostAsync(NamesWire.Stat, body);

        refused.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        refused.Headers.GetValues(NamesWire.KindHeader).Should().Equal(nameof(MdmErrorKind.InvalidName));
    }

    [Fact]
    public async Task Refuses_what_is_too_long_or_of_nobody()
    {
        using var tooLong = await PostAsync(NamesWire.Stat, "{\"entry\":{\"path\":\"/" + new string('x', NamesLimits.MaxQuestion) + "\"}}");
        tooLong.StatusCode.Should().Be(HttpStatusCode.BadRequest);

        _bench.Caller = new ConnectionCaller(null, "The certificate has expired.");
        (await RefusedAsync(_bench.Names.StatAsync(P("/"), true, default), StatusCode.AuthenticationFailure)).Should().Contain("expired");
        _bench.Trail.Should().Contain("names: no acceptable certificate");
    }

    [Fact]
    public async Task Tells_whoever_is_denied_which_attributes_did_not_count()
    {
        await _bench.AddDirectoryAsync("/d", "user::rwx", "group::---", "other::---");
        _bench.Caller = new ConnectionCaller(NameBench.Bob, null) { IgnoredAttributes = ["the attributes of biomed have expired"] };

        (await RefusedAsync(ListAsync("/d"), StatusCode.AuthorizationFailure)).Should().Contain("VOMS: the attributes of biomed have expired");
    }

    [Fact]
    public async Task A_host_without_the_door_is_said_to_be_one()
    {
        var elsewhere = new GridNames(_bench.Http, new Uri(_bench.Address, "/older/"), new SrmClientOptions(), TimeProvider.System);
        (await elsewhere.StatAsync(P("/"), true, default)).Path.Should().Be(StoragePath.Root, "the door is at the host, not below an address");

        using var none = await _bench.Http.PostAsync(new Uri(_bench.Address, "/names/unheard"), new StringContent("{}"));
        (none.StatusCode, none.Headers.Contains(NamesWire.KindHeader)).Should().Be((HttpStatusCode.NotFound, false), "by which a client knows it");
    }

    private Task<FileId> AddSearchedAsync(string path) => _bench.AddAsync(CatalogDrafts.File(path) with { Publication = NameBench.Searched }, "user::rw-", "group::r--", "other::---");

    private static StoragePath P(string path) => StoragePath.Parse(path);

    private async Task<T> WhileTimePassesAsync<T>(Task<T> waiting)
    {
        while (!waiting.IsCompleted)
        {
            _bench.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(waiting, Task.Delay(1));
        }
        return await waiting;
    }

    private static async Task<string> RefusedAsync(Task act, StatusCode status)
    {
        var refusal = (await FluentActions.Awaiting(() => act).Should().ThrowAsync<SrmException>()).Which;
        refusal.Status.Should().Be(status, refusal.Message);
        return refusal.Message;
    }

    private async Task ListAsync(string path)
    {
        await foreach (var _ in _bench.Names.ListAsync(P(path), default))
        {
            // Only whether it is let.
        }
    }

    private Task<HttpResponseMessage> PostAsync(string operation, string body) =>
        _bench.Http.PostAsync(new Uri(_bench.Address, NamesWire.Root + operation), new StringContent(body, Encoding.UTF8, NamesWire.MediaType));

    /// <summary>Metadata that admits by collections only.</summary>
    private sealed class LesserMetadata : IMetadataStore
    {
        private readonly InMemoryMetadataStore _all = new();

        public IAsyncEnumerable<MetadataCollection> DescribeAsync(GridIdentity caller, CancellationToken cancellationToken) => _all.DescribeAsync(caller, cancellationToken);

        public IAsyncEnumerable<MetadataRow> QueryAsync(MetadataQuery query, GridIdentity caller, CancellationToken cancellationToken) => _all.QueryAsync(query, caller, cancellationToken);

        public ValueTask<Guid> DeclareAsync(MetadataCollection collection, System.Collections.Immutable.ImmutableArray<MetadataGrant> readers, CancellationToken cancellationToken) => _all.DeclareAsync(collection, readers, cancellationToken);

        public ValueTask PutManyAsync(IReadOnlyList<MetadataRow> rows, CancellationToken cancellationToken) => _all.PutManyAsync(rows, cancellationToken);

        public ValueTask RemoveAsync(FileId file, CancellationToken cancellationToken) => _all.RemoveAsync(file, cancellationToken);

        public ValueTask DisposeAsync() => _all.DisposeAsync();
    }
}
