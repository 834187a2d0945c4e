using Mdm.Host.Access;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmPing (§6.2): the one call that everybody is answered, known or not.</summary>
internal sealed class Ping() : Operation<PingRequest>(SrmOperation.Ping)
{
    // gfal2 asks for backend_type before each copy, and shows it as the attribute srm.type.
    private static readonly PingResponse Answer = new()
    {
        VersionInfo = SrmOperation.InterfaceVersion,
        OtherInfo = [new ExtraInfo("backend_type", "MDM"), new ExtraInfo("backend_version", Version())],
    };

    public static SrmResponse Respond() => Answer;

    protected override ValueTask<SrmResponse> RunAsync(PingRequest request, GridCaller caller, CancellationToken cancellationToken) => new(Answer);

    private static string Version() => typeof(Ping).Assembly.GetName().Version?.ToString(3) ?? "0";
}
