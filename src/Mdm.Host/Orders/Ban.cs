using Mdm.Host.Configuration;

namespace Mdm.Host.Orders;

/// <summary>Somebody, or a whole group, is not served any more.</summary>
/// <param name="Whom">A subject; or an attribute, with all groups and roles below it: <c>/biomed</c> is the whole VO.</param>
/// <param name="Reason">For other administrators; who is banned does not hear it.</param>
/// <param name="By">Who ordered it.</param>
/// <param name="Since">When.</param>
/// <param name="Until">When it ends by itself; null for never.</param>
internal sealed record Ban(CallerRule Whom, string Reason, string By, DateTimeOffset Since, DateTimeOffset? Until)
{
    public bool HoldsAt(DateTimeOffset time) => Until is null || time < Until;
}
