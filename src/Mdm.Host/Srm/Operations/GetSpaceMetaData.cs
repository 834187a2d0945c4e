using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmGetSpaceMetaData (§2.6): how large the pool, an area or a reservation is, and how much of it can be had. A full one is a fact, not a failure.</summary>
internal sealed class GetSpaceMetaData(Holdings holdings, SpaceBook spaces, SrmOptions options, TimeProvider time) : Operation<GetSpaceMetaDataRequest>(SrmOperation.GetSpaceMetaData)
{
    private const int Endless = -1;

    /// <summary>What lies on disk at once, and nowhere else as far as SRM is concerned.</summary>
    public static RetentionPolicyInfo OnDisk { get; } = new(RetentionPolicy.Replica, AccessLatency.Online);

    protected override async ValueTask<SrmResponse> RunAsync(GetSpaceMetaDataRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        if (request.SpaceTokens.Count == 0)
            throw new CallRefusedException(StatusCode.InvalidRequest, "The request names no space.");
        var known = await spaces.FindAsync(caller.Identity, request.SpaceTokens, cancellationToken);
        List<MetaDataSpace> details = [.. request.SpaceTokens.Zip(known, (token, space) => token == options.SpaceToken ? Pool(token, holdings.Room) : space is not null ? Of(space) : new MetaDataSpace
        {
            SpaceToken = token,
            Status = new ReturnStatus(StatusCode.InvalidRequest, "There is no such space that you may use; srmGetSpaceTokens tells which there are."),
        })];
        return new GetSpaceMetaDataResponse { ReturnStatus = SrmStatus.Aggregate(details.Select(space => space.Status!)), SpaceDetails = details };
    }

    private static MetaDataSpace Pool(string token, PoolRoom room) => new()
    {
        SpaceToken = token,
        Status = SrmStatus.Success,
        RetentionPolicyInfo = OnDisk,
        TotalSize = room.Total,
        GuaranteedSize = room.Total,
        UnusedSize = room.Available,
        LifetimeAssigned = Endless,
        LifetimeLeft = Endless,
    };

    private MetaDataSpace Of(Space space) => new()
    {
        SpaceToken = space.Token,
        Status = SrmStatus.Success,
        Owner = space.Owner?.ToString(),
        RetentionPolicyInfo = OnDisk,
        TotalSize = space.Total,
        GuaranteedSize = space.Total,
        UnusedSize = Math.Max(0, space.Total - space.Used),
        LifetimeAssigned = RequestAnswers.Seconds(space.ExpiresAt - space.CreatedAt, atLeast: 0) ?? Endless,
        LifetimeLeft = RequestAnswers.Seconds(space.ExpiresAt - time.GetUtcNow(), atLeast: 0) ?? Endless,
    };
}
