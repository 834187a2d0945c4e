using Mdm.Abstractions.Testing;
using Mdm.Host.Tests.Srm;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;
using static Mdm.Host.Tests.Uploads.PutCalls;

namespace Mdm.Host.Tests.Uploads;

/// <summary>Room that is reserved.</summary>
public sealed class SpaceTests
{
    private static readonly GridIdentity Carol = new(DistinguishedName.Parse("/DC=org/CN=Carol"), [Fqan.Parse("/biomed")]);

    [Fact]
    public async Task Space_is_reserved_used_and_released()
    {
        await using var bench = new SrmBench();
        var reserved = await bench.CallAsync<ReserveSpaceResponse>(new ReserveSpaceRequest
        {
            UserSpaceTokenDescription = "mine", RetentionPolicyInfo = new RetentionPolicyInfo(RetentionPolicy.Replica), DesiredSizeOfGuaranteedSpace = 100_000, DesiredSizeOfTotalSpace = 2 * SrmBench.Quota,
        });
        (reserved.ReturnStatus.StatusCode, reserved.SizeOfTotalReservedSpace).Should().Be((StatusCode.LowerSpaceGranted, SrmBench.Quota));
        (await Refused(bench, "/files/elsewhere")).Should().Be(StatusCode.NoFreeSpace);
        (await bench.CallAsync<GetSpaceTokensResponse>(new GetSpaceTokensRequest { UserSpaceTokenDescription = "mine" })).SpaceTokens.Should().Equal(reserved.SpaceToken);
        (await bench.CallAsync<GetSpaceTokensResponse>(new GetSpaceTokensRequest { UserSpaceTokenDescription = "mine" }, Carol)).ReturnStatus.StatusCode.Should().Be(StatusCode.InvalidRequest);
        var prepared = await Prepare(bench, "/files/a", Content.Length, space: reserved.SpaceToken);
        await Put(bench, prepared.FileStatuses![0].TransferUrl!);
        (await Done(bench, prepared.RequestToken!, "/files/a")).Should().Be(StatusCode.Success);
        (await Unused(bench, reserved.SpaceToken!)).Should().Be(SrmBench.Quota - Content.Length);
        (await bench.CallAsync<ReleaseSpaceResponse>(new ReleaseSpaceRequest { SpaceToken = reserved.SpaceToken! }, Carol)).ReturnStatus.StatusCode.Should().Be(StatusCode.AuthorizationFailure);
        (await bench.CallAsync<ReleaseSpaceResponse>(new ReleaseSpaceRequest { SpaceToken = "SCRATCH" })).ReturnStatus.StatusCode.Should().NotBe(StatusCode.Success);

        (await bench.CallAsync<ReleaseSpaceResponse>(new ReleaseSpaceRequest { SpaceToken = reserved.SpaceToken! })).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);

        bench.Find("/files/a").Should().NotBeNull();
        (await Unused(bench)).Should().Be(SrmBench.Quota - Content.Length);
        (await Ls(bench, "/files/a"))[0].SpaceTokens.Should().Equal("SCRATCH");
    }

    [Fact]
    public async Task Releasing_space_by_force_takes_its_files_along()
    {
        await using var bench = new SrmBench();
        var reserved = await bench.CallAsync<ReserveSpaceResponse>(new ReserveSpaceRequest { RetentionPolicyInfo = new RetentionPolicyInfo(RetentionPolicy.Replica), DesiredSizeOfGuaranteedSpace = 100_000 });
        var prepared = await Prepare(bench, "/files/a", Content.Length, space: reserved.SpaceToken);
        await Put(bench, prepared.FileStatuses![0].TransferUrl!);
        await Done(bench, prepared.RequestToken!, "/files/a");
        (await bench.CallAsync<ReleaseSpaceResponse>(new ReleaseSpaceRequest { SpaceToken = reserved.SpaceToken!, ForceFileRelease = true })).ReturnStatus.StatusCode.Should().Be(StatusCode.Success);
        bench.Find("/files/a").Should().BeNull();
        await NothingIsLeft(bench);
    }
}
