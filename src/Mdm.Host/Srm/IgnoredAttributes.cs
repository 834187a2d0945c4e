using System.Collections.Immutable;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm;

/// <summary>
/// Who showed VOMS attributes that did not count and is then refused would look for the fault in the ACL: every refusal for want of a right says what was wrong with them.
/// </summary>
internal static class IgnoredAttributes
{
    /// <summary>The answer, its SRM_AUTHORIZATION_FAILUREs explained further; the same where nothing was ignored.</summary>
    public static SrmResponse Tell(SrmResponse answer, ImmutableArray<string> ignored)
    {
        if (ignored.IsEmpty || answer is not SrmStatusResponse response)
            return answer;
        var note = $" (VOMS: {string.Join("; ", ignored)})";
        return response switch
        {
            LsResponse ls => ls with { ReturnStatus = OfRequest(ls.Details?.Select(d => d.Status)), Details = ls.Details?.Select(d => d with { Status = d.Status is { } status ? Of(status) : null }).ToList() },
            PrepareToGetResponse get => get with { ReturnStatus = OfRequest(get.FileStatuses?.Select(f => f.Status)), FileStatuses = get.FileStatuses?.Select(f => f with { Status = Of(f.Status) }).ToList() },
            StatusOfGetRequestResponse get => get with { ReturnStatus = OfRequest(get.FileStatuses?.Select(f => f.Status)), FileStatuses = get.FileStatuses?.Select(f => f with { Status = Of(f.Status) }).ToList() },
            PrepareToPutResponse put => put with { ReturnStatus = OfRequest(put.FileStatuses?.Select(f => f.Status)), FileStatuses = put.FileStatuses?.Select(f => f with { Status = Of(f.Status) }).ToList() },
            PutDoneResponse put => put with { ReturnStatus = OfRequest(put.FileStatuses?.Select(f => f.Status)), FileStatuses = put.FileStatuses?.Select(f => f with { Status = Of(f.Status) }).ToList() },
            BringOnlineResponse bring => bring with { ReturnStatus = OfRequest(bring.FileStatuses?.Select(f => f.Status)), FileStatuses = bring.FileStatuses?.Select(f => f with { Status = Of(f.Status) }).ToList() },
            StatusOfBringOnlineRequestResponse bring => bring with { ReturnStatus = OfRequest(bring.FileStatuses?.Select(f => f.Status)), FileStatuses = bring.FileStatuses?.Select(f => f with { Status = Of(f.Status) }).ToList() },
            RmResponse rm => rm with { ReturnStatus = OfRequest(rm.FileStatuses?.Select(f => f.Status)), FileStatuses = rm.FileStatuses?.Select(f => f with { Status = Of(f.Status) }).ToList() },
            _ => response with { ReturnStatus = OfRequest(null) },
        };

        ReturnStatus Of(ReturnStatus status) => status.StatusCode == StatusCode.AuthorizationFailure ? Noted(status) : status;

        // The status of a request whose files were refused is SRM_FAILURE, and clients show it before, or instead of, theirs.
        ReturnStatus OfRequest(IEnumerable<ReturnStatus?>? files) => files?.Any(file => file?.StatusCode == StatusCode.AuthorizationFailure) == true
            ? Noted(response.ReturnStatus)
            : Of(response.ReturnStatus);

        ReturnStatus Noted(ReturnStatus status) => status with { Explanation = status.Explanation + note };
    }
}
