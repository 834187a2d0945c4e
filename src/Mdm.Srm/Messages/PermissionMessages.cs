using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>srmSetPermission (SRM v2.2 §3.1): changes who may do what.</summary>
public sealed record SetPermissionRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.SetPermission;

    public required string Surl { get; init; }

    /// <summary>Whether entries are added, removed or replaced.</summary>
    public required PermissionType PermissionType { get; init; }

    public PermissionMode? OwnerPermission { get; init; }

    public IReadOnlyList<UserPermission>? UserPermissions { get; init; }

    public IReadOnlyList<GroupPermission>? GroupPermissions { get; init; }

    public PermissionMode? OtherPermission { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    internal static SetPermissionRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        Surl = e.RequiredText("SURL"),
        PermissionType = e.RequiredEnum("permissionType", Wire.PermissionType),
        OwnerPermission = e.Enum("ownerPermission", Wire.PermissionMode),
        UserPermissions = e.List("arrayOfUserPermissions", "userPermissionArray", UserPermission.Read),
        GroupPermissions = e.List("arrayOfGroupPermissions", "groupPermissionArray", GroupPermission.Read),
        OtherPermission = e.Enum("otherPermission", Wire.PermissionMode),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.Text("SURL", Surl);
        output.Enum("permissionType", PermissionType, Wire.PermissionType);
        output.Enum("ownerPermission", OwnerPermission, Wire.PermissionMode);
        output.List("arrayOfUserPermissions", "userPermissionArray", UserPermissions);
        output.List("arrayOfGroupPermissions", "groupPermissionArray", GroupPermissions);
        output.Enum("otherPermission", OtherPermission, Wire.PermissionMode);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
    }
}

/// <summary>Whether it was changed (srmSetPermission, §3.1).</summary>
public sealed record SetPermissionResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.SetPermission;

    internal static SetPermissionResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
    }
}

/// <summary>srmCheckPermission (SRM v2.2 §3.2): asks what the caller may do.</summary>
public sealed record CheckPermissionRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.CheckPermission;

    /// <summary>The files or directories.</summary>
    public required IReadOnlyList<string> Surls { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    internal static CheckPermissionRequest Read(SoapElement e) => new()
    {
        Surls = e.RequiredList("arrayOfSURLs", "urlArray", SoapElement.ReadText),
        AuthorizationId = e.Text("authorizationID"),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.List("arrayOfSURLs", "urlArray", Surls);
        output.Text("authorizationID", AuthorizationId);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
    }
}

/// <summary>What the caller may do to each SURL (srmCheckPermission, §3.2).</summary>
public sealed record CheckPermissionResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.CheckPermission;

    public IReadOnlyList<SurlPermissionReturn>? Permissions { get; init; }

    internal static CheckPermissionResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        Permissions = e.List("arrayOfPermissions", "surlPermissionArray", SurlPermissionReturn.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.List("arrayOfPermissions", "surlPermissionArray", Permissions);
    }
}

/// <summary>srmGetPermission (SRM v2.2 §3.3): asks who may do what.</summary>
public sealed record GetPermissionRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.GetPermission;

    /// <summary>The files or directories.</summary>
    public required IReadOnlyList<string> Surls { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    internal static GetPermissionRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        Surls = e.RequiredList("arrayOfSURLs", "urlArray", SoapElement.ReadText),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.List("arrayOfSURLs", "urlArray", Surls);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
    }
}

/// <summary>The permissions of each SURL (srmGetPermission, §3.3).</summary>
public sealed record GetPermissionResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.GetPermission;

    public IReadOnlyList<PermissionReturn>? PermissionReturns { get; init; }

    internal static GetPermissionResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        PermissionReturns = e.List("arrayOfPermissionReturns", "permissionArray", PermissionReturn.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.List("arrayOfPermissionReturns", "permissionArray", PermissionReturns);
    }
}
