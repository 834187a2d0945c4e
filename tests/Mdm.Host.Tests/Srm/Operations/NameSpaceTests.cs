using Mdm.Srm.Messages;

namespace Mdm.Host.Tests.Srm.Operations;

public sealed class NameSpaceTests
{
    private const string Bob = "/DC=org/CN=Bob";

    private static async Task<StatusCode> SetAsync(SrmBench bench, SetPermissionRequest request, GridIdentity? caller = null) =>
        (await bench.CallAsync<SetPermissionResponse>(request, caller)).ReturnStatus.StatusCode;

    private static async Task<PermissionReturn> PermissionsAsync(SrmBench bench, string path) =>
        (await bench.CallAsync<GetPermissionResponse>(new GetPermissionRequest { Surls = [SrmBench.Surl(path)] })).PermissionReturns![0];

    [Fact]
    public async Task Makes_moves_and_removes_directories()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/s/a");

        async Task<StatusCode> Mkdir(string path) => (await bench.CallAsync<MkdirResponse>(new MkdirRequest { Surl = SrmBench.Surl(path) })).ReturnStatus.StatusCode;
        async Task<StatusCode> Rmdir(string path, bool? all = null) => (await bench.CallAsync<RmdirResponse>(new RmdirRequest { Surl = SrmBench.Surl(path), Recursive = all })).ReturnStatus.StatusCode;
        async Task<StatusCode> Mv(string from, string to) => (await bench.CallAsync<MvResponse>(new MvRequest { FromSurl = SrmBench.Surl(from), ToSurl = SrmBench.Surl(to) })).ReturnStatus.StatusCode;

        (await Mkdir("/grid/s/d")).Should().Be(StatusCode.Success);
        (await Mkdir("/grid/s/d")).Should().Be(StatusCode.DuplicationError);
        (await Mkdir("/grid/none/d")).Should().Be(StatusCode.InvalidPath);
        (await Mkdir("/")).Should().Be(StatusCode.DuplicationError);
        (await Mv("/grid/s/a", "/grid/s/a")).Should().Be(StatusCode.Success);
        (await Mv("/grid/s/a", "/grid/s/d")).Should().Be(StatusCode.Success);
        bench.Find("/grid/s/d/a").Should().NotBeNull();
        (await Mv("/grid/s/none", "/grid/s/e")).Should().Be(StatusCode.InvalidPath);
        (await Rmdir("/grid/s/d")).Should().Be(StatusCode.NonEmptyDirectory);
        (await Rmdir("/grid/s/d/a")).Should().Be(StatusCode.InvalidPath);
        (await Rmdir("/grid/s/d", all: true)).Should().Be(StatusCode.Success);
        bench.Find("/grid/s/d").Should().BeNull();
        bench.Removed.Should().Equal(StoragePath.Parse("/grid/s/d/a"));
    }

    [Fact]
    public async Task Chmod_closes_the_group_with_the_others()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a", 10, "user::rw-", $"user:{Bob}:r--", "group::r--", "mask::r--", "other::r--");

        // What gfal-chmod 700 sends.
        await SetAsync(bench, new SetPermissionRequest { Surl = SrmBench.Surl("/grid/a"), PermissionType = PermissionType.Change, OwnerPermission = PermissionMode.RWX, UserPermissions = [], GroupPermissions = [], OtherPermission = PermissionMode.None });

        var closed = await PermissionsAsync(bench, "/grid/a");
        (closed.OwnerPermission, closed.OtherPermission, closed.UserPermissions![0].Mode, closed.GroupPermissions![0].Mode)
            .Should().Be((PermissionMode.RWX, PermissionMode.None, PermissionMode.None, PermissionMode.None));
        (await bench.GetAsync("/grid/a", SrmBench.Bob)).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.AuthorizationFailure);

        // What gfal-chmod 755 sends.
        await SetAsync(bench, new SetPermissionRequest { Surl = SrmBench.Surl("/grid/a"), PermissionType = PermissionType.Change, OwnerPermission = PermissionMode.RWX, UserPermissions = [], GroupPermissions = [], OtherPermission = PermissionMode.RX });
        (await PermissionsAsync(bench, "/grid/a")).UserPermissions![0].Mode.Should().Be(PermissionMode.R, "the named entry was kept");
        bench.Find("/grid/a")!.Acl.Mode.Should().Be(0b111_101_101);
    }

    [Fact]
    public async Task Adds_changes_and_removes_entries()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a", 10, "user::rw-", "group::---", "other::---");
        var surl = SrmBench.Surl("/grid/a");

        (await bench.GetAsync("/grid/a", SrmBench.Bob)).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        (await SetAsync(bench, new SetPermissionRequest { Surl = surl, PermissionType = PermissionType.Add, UserPermissions = [new UserPermission(Bob, PermissionMode.R)] })).Should().Be(StatusCode.Success);
        (await bench.GetAsync("/grid/a", SrmBench.Bob)).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        (await SetAsync(bench, new SetPermissionRequest { Surl = surl, PermissionType = PermissionType.Change, GroupPermissions = [new GroupPermission("/biomed", PermissionMode.RX)] })).Should().Be(StatusCode.Success);
        (await PermissionsAsync(bench, "/grid/a")).GroupPermissions!.Should().ContainEquivalentOf(new GroupPermission("/biomed", PermissionMode.RX));
        (await SetAsync(bench, new SetPermissionRequest { Surl = surl, PermissionType = PermissionType.Remove, UserPermissions = [new UserPermission(Bob, PermissionMode.R)] })).Should().Be(StatusCode.Success);
        (await bench.GetAsync("/grid/a", SrmBench.Bob)).FileStatuses![0].Status.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        (await PermissionsAsync(bench, "/grid/a")).UserPermissions.Should().BeEmpty();
    }

    [Fact]
    public async Task Lets_only_the_owner_change_rights()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");

        (await SetAsync(bench, new SetPermissionRequest { Surl = SrmBench.Surl("/grid/a"), PermissionType = PermissionType.Change, OtherPermission = PermissionMode.RWX }, SrmBench.Bob))
            .Should().Be(StatusCode.AuthorizationFailure);
        (await SetAsync(bench, new SetPermissionRequest { Surl = SrmBench.Surl("/grid/none"), PermissionType = PermissionType.Change, OtherPermission = PermissionMode.RWX })).Should().Be(StatusCode.InvalidPath);
        (await SetAsync(bench, new SetPermissionRequest { Surl = SrmBench.Surl("/grid/a"), PermissionType = PermissionType.Add, UserPermissions = [new UserPermission("Bob", PermissionMode.R)] })).Should().Be(StatusCode.InvalidPath);
    }

    [Fact]
    public async Task Tells_a_caller_what_he_may()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");

        var mine = await bench.CallAsync<CheckPermissionResponse>(new CheckPermissionRequest { Surls = [SrmBench.Surl("/grid/a"), SrmBench.Surl("/grid/none")] });
        var his = await bench.CallAsync<CheckPermissionResponse>(new CheckPermissionRequest { Surls = [SrmBench.Surl("/grid/a")] }, SrmBench.Bob);

        mine.ReturnStatus.StatusCode.Should().Be(StatusCode.PartialSuccess);
        mine.Permissions![0].Permission.Should().Be(PermissionMode.RW);
        mine.Permissions[1].Status.StatusCode.Should().Be(StatusCode.InvalidPath);
        his.Permissions![0].Permission.Should().Be(PermissionMode.R);
    }
}
