using Mdm.Host.Srm;
using Mdm.Srm.Messages;

namespace Mdm.Host.Tests.Srm.Operations;

public sealed class LsTests
{
    private static Task<LsResponse> ListAsync(SrmBench bench, string path, int? levels = null, int? offset = null, int? count = null, bool recursive = false, GridIdentity? caller = null) =>
        bench.CallAsync<LsResponse>(new LsRequest
        {
            Surls = [SrmBench.Surl(path)],
            FullDetailedList = true,
            NumOfLevels = levels,
            Offset = offset,
            Count = count,
            AllLevelRecursive = recursive ? true : null,
        }, caller);

    [Fact]
    public async Task Shows_a_file_before_and_after_it_was_first_staged()
    {
        await using var bench = new SrmBench();
        var content = bench.Publish("/grid/a", 777);

        var before = (await ListAsync(bench, "/grid/a", levels: 0)).Details![0];
        await bench.GetAsync("/grid/a");
        var after = (await ListAsync(bench, "/grid/a", levels: 0)).Details![0];

        (before.Size, before.CheckSumValue, before.FileLocality).Should().Be((null, null, FileLocality.Nearline));
        (after.Size, after.FileLocality, after.CheckSumType).Should().Be((777L, FileLocality.OnlineAndNearline, "adler32"));
        after.CheckSumValue.Should().Be(Mdm.Host.Staging.Adler32.Of(content).ToString("x8"));
        after.Type.Should().Be(FileType.File);
        after.OwnerPermission.Should().Be(new UserPermission(SrmBench.Alice.Subject.ToString(), PermissionMode.RW));
        after.OtherPermission.Should().Be(PermissionMode.R);
    }

    [Fact]
    public async Task Lists_as_deep_as_it_is_asked()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/s/a");
        bench.Publish("/grid/s/deep/b");

        (await ListAsync(bench, "/grid/s", levels: 0)).Details![0].SubPaths.Should().BeNull();
        var one = (await ListAsync(bench, "/grid/s")).Details![0];
        one.Type.Should().Be(FileType.Directory);
        one.SubPaths!.Select(detail => detail.Path).Should().Equal("/grid/s/a", "/grid/s/deep");
        one.SubPaths![1].SubPaths.Should().BeNull();
        (await ListAsync(bench, "/grid", recursive: true)).Details![0].SubPaths![0].SubPaths![1].SubPaths![0].Path.Should().Be("/grid/s/deep/b");
    }

    [Fact]
    public async Task Gives_portions_and_says_when_there_is_too_much()
    {
        await using var bench = new SrmBench(srm: new SrmOptions { MaxListedEntries = 1000 });
        for (var i = 0; i < 1500; i++)
            bench.Publish($"/grid/many/{i:d4}", 1);

        var all = await ListAsync(bench, "/grid/many");
        all.ReturnStatus.StatusCode.Should().Be(StatusCode.TooManyResults);
        all.Details![0].Status!.StatusCode.Should().Be(StatusCode.TooManyResults);

        // As gfal2 does.
        var names = new List<string>();
        foreach (var offset in new[] { 0, 1000, 2000 })
            names.AddRange((await ListAsync(bench, "/grid/many", offset: offset, count: 1000)).Details![0].SubPaths!.Select(detail => detail.Path[^4..]));
        names.Should().Equal(Enumerable.Range(0, 1500).Select(i => $"{i:d4}"));
    }

    [Fact]
    public async Task Refuses_the_content_of_a_closed_directory_and_still_shows_that_it_is_there()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/closed/a");
        await bench.CallAsync<SetPermissionResponse>(new SetPermissionRequest { Surl = SrmBench.Surl("/grid/closed"), PermissionType = PermissionType.Change, OwnerPermission = PermissionMode.RWX, UserPermissions = [], GroupPermissions = [], OtherPermission = PermissionMode.None });

        (await ListAsync(bench, "/grid/closed", levels: 0, caller: SrmBench.Bob)).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        var listing = await ListAsync(bench, "/grid/closed", levels: 1, caller: SrmBench.Bob);
        listing.ReturnStatus.StatusCode.Should().Be(StatusCode.Failure);
        listing.Details![0].Status!.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        (await ListAsync(bench, "/grid/closed/a", levels: 0, caller: SrmBench.Bob)).Details![0].Status!.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        (await ListAsync(bench, "/grid", recursive: true, caller: SrmBench.Bob)).Details![0].SubPaths![0].Status!.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
    }

    [Fact]
    public async Task Follows_links_that_are_asked_for_and_shows_those_in_a_listing()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/s/a");
        bench.AddLink("/grid/l", "/grid/s");
        bench.AddLink("/grid/nowhere", "/grid/none");

        var followed = (await ListAsync(bench, "/grid/l")).Details![0];
        (followed.Path, followed.Type).Should().Be(("/grid/l", FileType.Directory));
        followed.SubPaths!.Select(detail => detail.Path).Should().Equal("/grid/l/a");
        (await ListAsync(bench, "/grid")).Details![0].SubPaths!.Select(detail => detail.Type).Should().Equal(FileType.Link, FileType.Link, FileType.Directory);
        (await ListAsync(bench, "/grid/nowhere", levels: 0)).Details![0].Type.Should().Be(FileType.Link);
    }

    [Fact]
    public async Task Answers_each_path_for_itself()
    {
        await using var bench = new SrmBench();
        bench.Publish("/grid/a");

        var listing = await bench.CallAsync<LsResponse>(new LsRequest { Surls = ["srm://localhost/grid/a", "srm://localhost/grid/b", "srm://localhost/../etc", "srm://localhost/grid/a"] });

        listing.ReturnStatus.StatusCode.Should().Be(StatusCode.PartialSuccess);
        listing.Details!.Select(detail => detail.Status!.StatusCode).Should().Equal(StatusCode.Success, StatusCode.InvalidPath, StatusCode.InvalidPath, StatusCode.Success);
        (await ListAsync(bench, "/grid/none")).ReturnStatus.Explanation.Should().Contain("No such file or directory");
        (await ListAsync(bench, "/grid/a", levels: -1)).ReturnStatus.StatusCode.Should().Be(StatusCode.InvalidRequest);
        (await bench.CallAsync<LsResponse>(new LsRequest { Surls = [] })).ReturnStatus.StatusCode.Should().Be(StatusCode.InvalidRequest);
        (await bench.CallAsync<StatusOfLsRequestResponse>(new StatusOfLsRequestRequest { RequestToken = "x" })).ReturnStatus.StatusCode.Should().Be(StatusCode.InvalidRequest);
    }
}
