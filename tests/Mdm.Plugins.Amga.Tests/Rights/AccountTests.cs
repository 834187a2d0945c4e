using Mdm.Abstractions;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Sessions;
using Mdm.Plugins.Amga.Tests.Commands;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Rights;

/// <summary>Who somebody is, which groups he is in, and what owners and groups may.</summary>
public abstract class AccountTests : CommandTests
{
    private const string Alice = "/DC=org/CN=Alice";

    [SkippableFact]
    public async Task A_certificate_is_a_user_of_its_own_name_or_whom_it_was_given_to()
    {
        (await LogInAsync("NULL", Alice)).User.Should().Be(Alice);
        await Root.All($"user_create alice\nuser_subject_add alice '{Alice}'\ngrp_create root:team\ngrp_adduser team alice");
        (await LogInAsync(null, Alice)).Should().Match<Principal>(who => who.User == "alice" && who.Groups.Contains("root:team") && who.Groups.Contains(Principals.AnyUser) && !who.IsRoot);
        (await LogInAsync("alice", Alice)).User.Should().Be("alice");
        await FluentActions.Awaiting(() => LogInAsync("bob", Alice)).Should().ThrowAsync<AmgaException>().Where(e => e.Code == AmgaError.PermissionDenied);
        await FluentActions.Awaiting(() => LogInAsync("root", Alice)).Should().ThrowAsync<AmgaException>();
    }

    [SkippableFact]
    public async Task Groups_come_from_the_proxy_with_and_without_its_roles_and_from_the_configuration()
    {
        Options.Groups["/biomed/Role=physician"] = "mdmadmin:physician";
        var who = await LogInAsync("NULL", Alice, "/biomed/lung/Role=reader", "/biomed/Role=physician");
        who.Groups.Should().BeEquivalentTo("/biomed/lung/Role=reader", "/biomed/lung", "/biomed", "/biomed/Role=physician", "mdmadmin:physician", Alice, Principals.AnyUser);
        (await LogInAsync("vo:/biomed/Role=physician", Alice, "/biomed", "/biomed/Role=physician")).Identity!.PrimaryFqan!.ToString().Should().Be("/biomed/Role=physician");
        await FluentActions.Awaiting(() => LogInAsync("vo:/biomed/Role=admin", Alice, "/biomed")).Should().ThrowAsync<AmgaException>().Where(e => e.Code == AmgaError.PermissionDenied);
    }

    [SkippableFact]
    public async Task Administrators_are_root_by_subject_or_attribute()
    {
        await Store.DisposeAsync();
        Options.Administrators.Add(Alice);
        Options.Administrators.Add("/biomed/Role=admin");
        Open();
        (await LogInAsync("NULL", Alice)).IsRoot.Should().BeTrue();
        (await LogInAsync("root", Alice)).User.Should().Be("root");
        (await LogInAsync("NULL", "/DC=org/CN=Bob", "/biomed/Role=admin")).IsRoot.Should().BeTrue();
        (await LogInAsync("NULL", "/DC=org/CN=Bob", "/biomed")).IsRoot.Should().BeFalse();
    }

    [SkippableFact]
    public async Task A_password_counts_where_that_is_allowed_and_only_the_right_one()
    {
        await Root.All("user_create alice secret\nuser_create nopass");
        (await ByPasswordAsync("alice", "secret")).User.Should().Be("alice");
        foreach (var (user, password) in new (string?, string?)[] { ("alice", "wrong"), ("alice", null), ("nopass", ""), ("nobody", "x"), (null, "secret"), ("root", "") })
            await FluentActions.Awaiting(() => ByPasswordAsync(user, password)).Should().ThrowAsync<AmgaException>().Where(e => e.Code == AmgaError.PermissionDenied);
        (await As("alice").Code("user_password_change root x")).Should().Be(4);
        await As("alice").Run("user_password_change alice other");
        (await ByPasswordAsync("alice", "other")).User.Should().Be("alice");
        Options.AllowPasswords = false;
        await FluentActions.Awaiting(() => ByPasswordAsync("alice", "other")).Should().ThrowAsync<AmgaException>().WithMessage("*AllowPasswords*");
        (await Root.Run("user_dump")).Should().NotContain(line => line.Contains("other", StringComparison.Ordinal) || line.Contains("secret", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Owner_and_groups_may_what_their_bits_say()
    {
        await Root.All("createdir /d\nacl_add /d system:anyuser rwx");
        var alice = As("alice");
        await alice.All("createdir /d/hers\naddattr /d/hers i int\naddentry /d/hers/e i 1\ngrp_create friends\ngrp_adduser friends bob\nacl_add /d/hers friends rx");
        var bob = As("bob");
        (await bob.Run("getattr /d/hers/e i")).Should().Equal("e", "1");
        (await bob.Code("setattr /d/hers/e i 2")).Should().Be(4);
        (await bob.Code("acl_add /d/hers alice:friends rwx")).Should().Be(4);
        (await As("carol").Code("getattr /d/hers/e i")).Should().Be(1);
        (await bob.Run("acl_show /d/hers")).Should().Equal("alice:friends rx");
        await alice.Run("grp_removeuser friends bob");
        (await bob.Code("getattr /d/hers/e i")).Should().Be(1, "a session learns at once that its groups have changed");
        await alice.Run("chmod /d/hers rx");
        (await alice.Code("setattr /d/hers/e i 2")).Should().Be(4);
        await alice.Run("chmod /d/hers rwx");
        await alice.Run("chown /d/hers carol");
        (await alice.Code("listattr /d/hers")).Should().Be(1);
        (await As("carol").Run("getattr /d/hers/e i")).Should().Equal("e", "1");
    }

    [SkippableFact]
    public async Task Entries_have_rights_of_their_own_where_their_directory_was_made_so()
    {
        await Root.All("createdir /d acls\naddattr /d i int\nacl_add /d root:writers rwx\nacl_add /d root:readers rx");
        var alice = As("alice", "root:writers");
        var bob = As("bob", "root:readers");
        await Root.All("grp_create root:writers\ngrp_create root:readers\ngrp_adduser root:writers alice\ngrp_adduser root:readers bob");
        await alice.All("addentry /d/open i 1\naddentry /d/closed i 2");
        await alice.All("acl_remove /d/closed root:readers\nacl_remove /d/closed root:writers");
        (await bob.Run("getattr /d i")).Should().Equal("open", "1");
        (await bob.Run("find /d 'i > 0'")).Should().Equal("open");
        (await bob.Run("selectattr 'count(/d:i)' 'max(/d:i)' ''")).Should().Equal("1", "1");
        (await bob.Run("dir /d")).Should().Equal("open", "entry");
        (await bob.Code("getattr /d/closed i")).Should().Be(1);
        (await bob.Code("acl_show /d/closed")).Should().Be(1);
        (await bob.Code("stat /d/closed")).Should().Be(1);
        (await bob.Code("acl_add /d/open root:readers rwx")).Should().Be(4);
        (await alice.Run("getattr /d i")).Should().Equal("open", "1", "closed", "2");
        await alice.Run("acl_add /d/closed root:readers r");
        (await bob.Run("getattr /d i")).Should().Equal("open", "1", "closed", "2");
        (await bob.Code("setattr /d/closed i 3")).Should().Be(1, "what one may not write is not there to be written");
        (await Root.Run("acl_show /d/closed")).Should().Equal("root:readers r");
        await Root.Run("rm /d/closed");
        await alice.Run("addentry /d/closed");
        (await Root.Run("acl_show /d/closed")).Should().Equal("root:readers rx", "root:writers rwx");
    }

    [SkippableFact]
    public async Task Root_becomes_somebody_else_and_nobody_else_does()
    {
        await Root.All("user_create alice\ncreatedir /d\naddattr /d i int");
        var client = Root;
        (await client.Code("sudo nobody")).Should().Be(100);
        await client.Run("sudo alice");
        (await client.Run("whoami")).Should().Equal("alice");
        (await client.Code("listattr /d")).Should().Be(1);
        (await client.Code("sudo root")).Should().Be(4);
    }

    private Task<Principal> LogInAsync(string? user, string subject, params string[] fqans) =>
        LogInAsync(new Login(user, null, null, null, null), new GridIdentity(DistinguishedName.Parse(subject), [.. fqans.Select(Fqan.Parse)]));

    private Task<Principal> ByPasswordAsync(string? user, string? password) => LogInAsync(new Login(user, null, null, null, password), null);

    private async Task<Principal> LogInAsync(Login login, GridIdentity? caller)
    {
        using var accounts = new Accounts(Store, Options);
        return await accounts.LogInAsync(login, caller, default);
    }
}

public sealed class AccountsOnSqliteTests : AccountTests, IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    protected override Task<SqlStoreAddress> NewAddressAsync() => Task.FromResult(SqlStoreAddress.Parse("sqlite:amga.db", _folder.Path));
}

[Collection("postgres")]
public sealed class AccountsOnPostgresTests(SharedPostgres postgres) : AccountTests
{
    protected override async Task<SqlStoreAddress> NewAddressAsync() => SqlStoreAddress.Parse((await postgres.ServerAsync()).Store(), "/");
}
