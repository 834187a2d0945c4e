using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmGetSpaceMetaData (§2.6): how large the pool is and how much of it can be had. A full pool is a fact, not a failure.</summary>
internal sealed class GetSpaceMetaData(Holdings holdings, SrmOptions options) : Operation<GetSpaceMetaDataRequest>(SrmOperation.GetSpaceMetaData)
{
    private const int Endless = -1;

    protected override ValueTask<SrmResponse> RunAsync(GetSpaceMetaDataRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        if (request.SpaceTokens.Count == 0)
            throw new CallRefusedException(StatusCode.InvalidRequest, "The request names no space.");
        var room = holdings.Room;
        List<MetaDataSpace> spaces = [.. request.SpaceTokens.Select(token => token == options.SpaceToken ? Pool(token, room) : new MetaDataSpace
        {
            SpaceToken = token,
            Status = new ReturnStatus(StatusCode.InvalidRequest, $"There is no such space; the one there is, is {options.SpaceToken}."),
        })];
        return new(new GetSpaceMetaDataResponse { ReturnStatus = SrmStatus.Aggregate(spaces.Select(space => space.Status!)), SpaceDetails = spaces });
    }

    private static MetaDataSpace Pool(string token, PoolRoom room) => new()
    {
        SpaceToken = token,
        Status = SrmStatus.Success,
        RetentionPolicyInfo = new RetentionPolicyInfo(RetentionPolicy.Replica, AccessLatency.Online),
        TotalSize = room.Total,
        GuaranteedSize = room.Total,
        UnusedSize = room.Available,
        LifetimeAssigned = Endless,
        LifetimeLeft = Endless,
    };
}
