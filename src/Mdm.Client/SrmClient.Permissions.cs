using Mdm.Srm.Messages;

namespace Mdm.Client;

// SRM v2.2 §3: permission functions.
public sealed partial class SrmClient
{
    /// <summary>srmSetPermission (§3.1): adds, removes or replaces entries of an access list.</summary>
    public Task SetPermissionAsync(Surl surl, PermissionType how, PermissionChange change, CancellationToken cancellationToken) =>
        ActAsync<SetPermissionResponse>(
            new SetPermissionRequest
            {
                Surl = surl.ToString(),
                PermissionType = how,
                OwnerPermission = change.Owner,
                UserPermissions = change.Users is { Count: > 0 } users ? users : null,
                GroupPermissions = change.Groups is { Count: > 0 } groups ? groups : null,
                OtherPermission = change.Other,
            },
            surl,
            cancellationToken);

    /// <summary>srmCheckPermission (§3.2): what the caller itself may do. One answer each.</summary>
    public async Task<IReadOnlyList<SurlPermissionReturn>> CheckPermissionAsync(IReadOnlyList<Surl> surls, CancellationToken cancellationToken)
    {
        var answer = await CallAsync<CheckPermissionResponse>(new CheckPermissionRequest { Surls = Texts(surls) }, cancellationToken).ConfigureAwait(false);
        Demand(answer.ReturnStatus, (answer.Permissions ?? []).Select(p => (p.Surl, p.Status)));
        return answer.Permissions ?? [];
    }

    /// <summary>srmGetPermission (§3.3): the access lists. One answer each.</summary>
    public async Task<IReadOnlyList<PermissionReturn>> GetPermissionAsync(IReadOnlyList<Surl> surls, CancellationToken cancellationToken)
    {
        var answer = await CallAsync<GetPermissionResponse>(new GetPermissionRequest { Surls = Texts(surls) }, cancellationToken).ConfigureAwait(false);
        Demand(answer.ReturnStatus, (answer.PermissionReturns ?? []).Select(p => (p.Surl, p.Status ?? new ReturnStatus(StatusCode.Success))));
        return answer.PermissionReturns ?? [];
    }
}

/// <summary>Entries of an access list to add, remove or put in place of what is there; null leaves alone.</summary>
public sealed record PermissionChange
{
    /// <summary>Of the owner.</summary>
    public PermissionMode? Owner { get; init; }

    /// <summary>Of users, by subject name.</summary>
    public IReadOnlyList<UserPermission>? Users { get; init; }

    /// <summary>Of holders of a VOMS attribute.</summary>
    public IReadOnlyList<GroupPermission>? Groups { get; init; }

    /// <summary>Of everybody else.</summary>
    public PermissionMode? Other { get; init; }
}
