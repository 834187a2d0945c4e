using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>What one user may do.</summary>
public sealed record UserPermission(string UserId, PermissionMode Mode) : SrmValue
{
    internal static UserPermission Read(SoapElement e) => new(
        e.RequiredText("userID"),
        e.RequiredEnum("mode", Wire.PermissionMode));

    internal override void Write(SoapOutput output)
    {
        output.Text("userID", UserId);
        output.Enum("mode", Mode, Wire.PermissionMode);
    }
}

/// <summary>What one group may do.</summary>
public sealed record GroupPermission(string GroupId, PermissionMode Mode) : SrmValue
{
    internal static GroupPermission Read(SoapElement e) => new(
        e.RequiredText("groupID"),
        e.RequiredEnum("mode", Wire.PermissionMode));

    internal override void Write(SoapOutput output)
    {
        output.Text("groupID", GroupId);
        output.Enum("mode", Mode, Wire.PermissionMode);
    }
}

/// <summary>What the caller may do to one SURL.</summary>
public sealed record SurlPermissionReturn(string Surl, ReturnStatus Status, PermissionMode? Permission = null) : SrmValue
{
    internal static SurlPermissionReturn Read(SoapElement e) => new(
        e.RequiredText("surl"),
        e.RequiredValue("status", ReturnStatus.Read),
        e.Enum("permission", Wire.PermissionMode));

    internal override void Write(SoapOutput output)
    {
        output.Text("surl", Surl);
        output.Value("status", Status);
        output.Enum("permission", Permission, Wire.PermissionMode);
    }
}

/// <summary>The permissions of one SURL.</summary>
public sealed record PermissionReturn : SrmValue
{
    public required string Surl { get; init; }

    public ReturnStatus? Status { get; init; }

    public string? Owner { get; init; }

    public PermissionMode? OwnerPermission { get; init; }

    public IReadOnlyList<UserPermission>? UserPermissions { get; init; }

    public IReadOnlyList<GroupPermission>? GroupPermissions { get; init; }

    public PermissionMode? OtherPermission { get; init; }

    internal static PermissionReturn Read(SoapElement e) => new()
    {
        Surl = e.RequiredText("surl"),
        Status = e.Value("status", ReturnStatus.Read),
        Owner = e.Text("owner"),
        OwnerPermission = e.Enum("ownerPermission", Wire.PermissionMode),
        UserPermissions = e.List("arrayOfUserPermissions", "userPermissionArray", UserPermission.Read),
        GroupPermissions = e.List("arrayOfGroupPermissions", "groupPermissionArray", GroupPermission.Read),
        OtherPermission = e.Enum("otherPermission", Wire.PermissionMode),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("surl", Surl);
        output.Value("status", Status);
        output.Text("owner", Owner);
        output.Enum("ownerPermission", OwnerPermission, Wire.PermissionMode);
        output.List("arrayOfUserPermissions", "userPermissionArray", UserPermissions);
        output.List("arrayOfGroupPermissions", "groupPermissionArray", GroupPermissions);
        output.Enum("otherPermission", OtherPermission, Wire.PermissionMode);
    }
}
