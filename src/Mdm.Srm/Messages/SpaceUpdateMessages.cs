using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>srmUpdateSpace (SRM v2.2 §2.4): changes size or lifetime of a space.</summary>
public sealed record UpdateSpaceRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.UpdateSpace;

    /// <summary>The reserved space.</summary>
    public required string SpaceToken { get; init; }

    public long? NewSizeOfTotalSpaceDesired { get; init; }

    public long? NewSizeOfGuaranteedSpaceDesired { get; init; }

    /// <summary>Seconds from now; −1 without end.</summary>
    public int? NewLifeTime { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    internal static UpdateSpaceRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        SpaceToken = e.RequiredText("spaceToken"),
        NewSizeOfTotalSpaceDesired = e.Size("newSizeOfTotalSpaceDesired"),
        NewSizeOfGuaranteedSpaceDesired = e.Size("newSizeOfGuaranteedSpaceDesired"),
        NewLifeTime = e.Int("newLifeTime"),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.Text("spaceToken", SpaceToken);
        output.Number("newSizeOfTotalSpaceDesired", NewSizeOfTotalSpaceDesired);
        output.Number("newSizeOfGuaranteedSpaceDesired", NewSizeOfGuaranteedSpaceDesired);
        output.Number("newLifeTime", NewLifeTime);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
    }
}

/// <summary>What was granted (srmUpdateSpace, §2.4).</summary>
public sealed record UpdateSpaceResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.UpdateSpace;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public string? RequestToken { get; init; }

    public long? SizeOfTotalSpace { get; init; }

    public long? SizeOfGuaranteedSpace { get; init; }

    public int? LifetimeGranted { get; init; }

    internal static UpdateSpaceResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        RequestToken = e.Text("requestToken"),
        SizeOfTotalSpace = e.Size("sizeOfTotalSpace"),
        SizeOfGuaranteedSpace = e.Size("sizeOfGuaranteedSpace"),
        LifetimeGranted = e.Int("lifetimeGranted"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.Text("requestToken", RequestToken);
        output.Number("sizeOfTotalSpace", SizeOfTotalSpace);
        output.Number("sizeOfGuaranteedSpace", SizeOfGuaranteedSpace);
        output.Number("lifetimeGranted", LifetimeGranted);
    }
}

/// <summary>srmStatusOfUpdateSpaceRequest (SRM v2.2 §2.5): asks how far a change is.</summary>
public sealed record StatusOfUpdateSpaceRequestRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfUpdateSpaceRequest;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public required string RequestToken { get; init; }

    internal static StatusOfUpdateSpaceRequestRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        RequestToken = e.RequiredText("requestToken"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.Text("requestToken", RequestToken);
    }
}

/// <summary>What was granted (srmStatusOfUpdateSpaceRequest, §2.5).</summary>
public sealed record StatusOfUpdateSpaceRequestResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfUpdateSpaceRequest;

    public long? SizeOfTotalSpace { get; init; }

    public long? SizeOfGuaranteedSpace { get; init; }

    public int? LifetimeGranted { get; init; }

    internal static StatusOfUpdateSpaceRequestResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        SizeOfTotalSpace = e.Size("sizeOfTotalSpace"),
        SizeOfGuaranteedSpace = e.Size("sizeOfGuaranteedSpace"),
        LifetimeGranted = e.Int("lifetimeGranted"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.Number("sizeOfTotalSpace", SizeOfTotalSpace);
        output.Number("sizeOfGuaranteedSpace", SizeOfGuaranteedSpace);
        output.Number("lifetimeGranted", LifetimeGranted);
    }
}
