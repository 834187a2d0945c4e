using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>One entry of a listing and, for a directory, what is in it.</summary>
public sealed record MetaDataPathDetail : SrmValue
{
    internal const string ItemElement = "pathDetailArray";
    internal const string SubPathsElement = "arrayOfSubPaths";

    /// <summary>The plain path, without host.</summary>
    public required string Path { get; init; }

    public ReturnStatus? Status { get; init; }

    /// <summary>Bytes; 0 for a directory.</summary>
    public long? Size { get; init; }

    public DateTimeOffset? CreatedAtTime { get; init; }

    public DateTimeOffset? LastModificationTime { get; init; }

    public FileStorageType? FileStorageType { get; init; }

    public RetentionPolicyInfo? RetentionPolicyInfo { get; init; }

    public FileLocality? FileLocality { get; init; }

    /// <summary>The spaces that hold a copy.</summary>
    public IReadOnlyList<string>? SpaceTokens { get; init; }

    public FileType? Type { get; init; }

    /// <summary>Seconds; −1 without end.</summary>
    public int? LifetimeAssigned { get; init; }

    /// <summary>Seconds; −1 without end.</summary>
    public int? LifetimeLeft { get; init; }

    public UserPermission? OwnerPermission { get; init; }

    public GroupPermission? GroupPermission { get; init; }

    public PermissionMode? OtherPermission { get; init; }

    /// <summary>For example <c>adler32</c>.</summary>
    public string? CheckSumType { get; init; }

    /// <summary>Lower-case hexadecimal.</summary>
    public string? CheckSumValue { get; init; }

    /// <summary>The entries of a directory.</summary>
    public IReadOnlyList<MetaDataPathDetail>? SubPaths { get; init; }

    internal static MetaDataPathDetail Read(SoapElement e) => new()
    {
        Path = e.RequiredText("path"),
        Status = e.Value("status", ReturnStatus.Read),
        Size = e.Size("size"),
        CreatedAtTime = e.Time("createdAtTime"),
        LastModificationTime = e.Time("lastModificationTime"),
        FileStorageType = e.Enum("fileStorageType", Wire.FileStorageType),
        RetentionPolicyInfo = e.Value("retentionPolicyInfo", RetentionPolicyInfo.Read),
        FileLocality = e.Enum("fileLocality", Wire.FileLocality),
        SpaceTokens = e.List("arrayOfSpaceTokens", "stringArray", SoapElement.ReadText),
        Type = e.Enum("type", Wire.FileType),
        LifetimeAssigned = e.Int("lifetimeAssigned"),
        LifetimeLeft = e.Int("lifetimeLeft"),
        OwnerPermission = e.Value("ownerPermission", UserPermission.Read),
        GroupPermission = e.Value("groupPermission", GroupPermission.Read),
        OtherPermission = e.Enum("otherPermission", Wire.PermissionMode),
        CheckSumType = e.Text("checkSumType"),
        CheckSumValue = e.Text("checkSumValue"),
        SubPaths = e.List(SubPathsElement, ItemElement, MetaDataPathDetail.Read),
    };

    internal override void Write(SoapOutput output)
    {
        WriteHead(output);
        output.List(SubPathsElement, ItemElement, SubPaths);
    }

    /// <summary>All but the entries below, which stand last.</summary>
    internal void WriteHead(SoapOutput output)
    {
        output.Text("path", Path);
        output.Value("status", Status);
        output.Number("size", Size);
        output.Time("createdAtTime", CreatedAtTime);
        output.Time("lastModificationTime", LastModificationTime);
        output.Enum("fileStorageType", FileStorageType, Wire.FileStorageType);
        output.Value("retentionPolicyInfo", RetentionPolicyInfo);
        output.Enum("fileLocality", FileLocality, Wire.FileLocality);
        output.List("arrayOfSpaceTokens", "stringArray", SpaceTokens);
        output.Enum("type", Type, Wire.FileType);
        output.Number("lifetimeAssigned", LifetimeAssigned);
        output.Number("lifetimeLeft", LifetimeLeft);
        output.Value("ownerPermission", OwnerPermission);
        output.Value("groupPermission", GroupPermission);
        output.Enum("otherPermission", OtherPermission, Wire.PermissionMode);
        output.Text("checkSumType", CheckSumType);
        output.Text("checkSumValue", CheckSumValue);
    }
}
