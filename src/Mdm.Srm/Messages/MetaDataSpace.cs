using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>A reserved space.</summary>
public sealed record MetaDataSpace : SrmValue
{
    public required string SpaceToken { get; init; }

    public ReturnStatus? Status { get; init; }

    public RetentionPolicyInfo? RetentionPolicyInfo { get; init; }

    public string? Owner { get; init; }

    public long? TotalSize { get; init; }

    public long? GuaranteedSize { get; init; }

    public long? UnusedSize { get; init; }

    public int? LifetimeAssigned { get; init; }

    public int? LifetimeLeft { get; init; }

    internal static MetaDataSpace Read(SoapElement e) => new()
    {
        SpaceToken = e.RequiredText("spaceToken"),
        Status = e.Value("status", ReturnStatus.Read),
        RetentionPolicyInfo = e.Value("retentionPolicyInfo", RetentionPolicyInfo.Read),
        Owner = e.Text("owner"),
        TotalSize = e.Size("totalSize"),
        GuaranteedSize = e.Size("guaranteedSize"),
        UnusedSize = e.Size("unusedSize"),
        LifetimeAssigned = e.Int("lifetimeAssigned"),
        LifetimeLeft = e.Int("lifetimeLeft"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("spaceToken", SpaceToken);
        output.Value("status", Status);
        output.Value("retentionPolicyInfo", RetentionPolicyInfo);
        output.Text("owner", Owner);
        output.Number("totalSize", TotalSize);
        output.Number("guaranteedSize", GuaranteedSize);
        output.Number("unusedSize", UnusedSize);
        output.Number("lifetimeAssigned", LifetimeAssigned);
        output.Number("lifetimeLeft", LifetimeLeft);
    }
}
