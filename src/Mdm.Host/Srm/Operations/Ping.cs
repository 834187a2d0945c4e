using Mdm.Host.Access;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>What srmPing tells of other services of this site: pairs that clients of ours understand and others show.</summary>
internal delegate ValueTask<IReadOnlyList<KeyValuePair<string, string>>> OtherServices();

/// <summary>srmPing (§6.2): the one call that everybody is answered, known or not.</summary>
internal sealed class Ping(OtherServices others) : Operation<PingRequest>(SrmOperation.Ping)
{
    // gfal2 asks for backend_type before each copy, and shows it as the attribute srm.type.
    private static readonly ExtraInfo[] OfThisHost = [new("backend_type", "MDM"), new("backend_version", Version())];

    public async ValueTask<SrmResponse> RespondAsync() => new PingResponse
    {
        VersionInfo = SrmOperation.InterfaceVersion,
        OtherInfo = [.. OfThisHost, .. (await others()).Select(pair => new ExtraInfo(pair.Key, pair.Value))],
    };

    protected override ValueTask<SrmResponse> RunAsync(PingRequest request, GridCaller caller, CancellationToken cancellationToken) => RespondAsync();

    private static string Version() => typeof(Ping).Assembly.GetName().Version?.ToString(3) ?? "0";
}
