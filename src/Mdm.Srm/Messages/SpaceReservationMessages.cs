using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>srmReserveSpace (SRM v2.2 §2.1): reserves space.</summary>
public sealed record ReserveSpaceRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.ReserveSpace;

    /// <summary>The name that was given to the space; absent for all.</summary>
    public string? UserSpaceTokenDescription { get; init; }

    public required RetentionPolicyInfo RetentionPolicyInfo { get; init; }

    public long? DesiredSizeOfTotalSpace { get; init; }

    public required long DesiredSizeOfGuaranteedSpace { get; init; }

    public int? DesiredLifetimeOfReservedSpace { get; init; }

    public IReadOnlyList<long>? ExpectedFileSizes { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    /// <summary>Protocols the client speaks, in its order of preference.</summary>
    public TransferParameters? TransferParameters { get; init; }

    internal static ReserveSpaceRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        UserSpaceTokenDescription = e.Text("userSpaceTokenDescription"),
        RetentionPolicyInfo = e.RequiredValue("retentionPolicyInfo", RetentionPolicyInfo.Read),
        DesiredSizeOfTotalSpace = e.Size("desiredSizeOfTotalSpace"),
        DesiredSizeOfGuaranteedSpace = e.Size("desiredSizeOfGuaranteedSpace") ?? throw SoapElement.Missing("desiredSizeOfGuaranteedSpace"),
        DesiredLifetimeOfReservedSpace = e.Int("desiredLifetimeOfReservedSpace"),
        ExpectedFileSizes = e.List("arrayOfExpectedFileSizes", "unsignedLongArray", SoapElement.ReadSize),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
        TransferParameters = e.Value("transferParameters", TransferParameters.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.Text("userSpaceTokenDescription", UserSpaceTokenDescription);
        output.Value("retentionPolicyInfo", RetentionPolicyInfo);
        output.Number("desiredSizeOfTotalSpace", DesiredSizeOfTotalSpace);
        output.Number("desiredSizeOfGuaranteedSpace", DesiredSizeOfGuaranteedSpace);
        output.Number("desiredLifetimeOfReservedSpace", DesiredLifetimeOfReservedSpace);
        output.List("arrayOfExpectedFileSizes", "unsignedLongArray", ExpectedFileSizes);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
        output.Value("transferParameters", TransferParameters);
    }
}

/// <summary>The space, or the request that will reserve it (srmReserveSpace, §2.1).</summary>
public sealed record ReserveSpaceResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.ReserveSpace;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public string? RequestToken { get; init; }

    /// <summary>Seconds until it is worth asking again.</summary>
    public int? EstimatedProcessingTime { get; init; }

    public RetentionPolicyInfo? RetentionPolicyInfo { get; init; }

    public long? SizeOfTotalReservedSpace { get; init; }

    public long? SizeOfGuaranteedReservedSpace { get; init; }

    public int? LifetimeOfReservedSpace { get; init; }

    /// <summary>The reserved space.</summary>
    public string? SpaceToken { get; init; }

    internal static ReserveSpaceResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        RequestToken = e.Text("requestToken"),
        EstimatedProcessingTime = e.Int("estimatedProcessingTime"),
        RetentionPolicyInfo = e.Value("retentionPolicyInfo", RetentionPolicyInfo.Read),
        SizeOfTotalReservedSpace = e.Size("sizeOfTotalReservedSpace"),
        SizeOfGuaranteedReservedSpace = e.Size("sizeOfGuaranteedReservedSpace"),
        LifetimeOfReservedSpace = e.Int("lifetimeOfReservedSpace"),
        SpaceToken = e.Text("spaceToken"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.Text("requestToken", RequestToken);
        output.Number("estimatedProcessingTime", EstimatedProcessingTime);
        output.Value("retentionPolicyInfo", RetentionPolicyInfo);
        output.Number("sizeOfTotalReservedSpace", SizeOfTotalReservedSpace);
        output.Number("sizeOfGuaranteedReservedSpace", SizeOfGuaranteedReservedSpace);
        output.Number("lifetimeOfReservedSpace", LifetimeOfReservedSpace);
        output.Text("spaceToken", SpaceToken);
    }
}

/// <summary>srmStatusOfReserveSpaceRequest (SRM v2.2 §2.2): asks how far a reservation is.</summary>
public sealed record StatusOfReserveSpaceRequestRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfReserveSpaceRequest;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public required string RequestToken { get; init; }

    internal static StatusOfReserveSpaceRequestRequest Read(SoapElement e) => new()
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

/// <summary>The space once reserved (srmStatusOfReserveSpaceRequest, §2.2).</summary>
public sealed record StatusOfReserveSpaceRequestResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfReserveSpaceRequest;

    /// <summary>Seconds until it is worth asking again.</summary>
    public int? EstimatedProcessingTime { get; init; }

    public RetentionPolicyInfo? RetentionPolicyInfo { get; init; }

    public long? SizeOfTotalReservedSpace { get; init; }

    public long? SizeOfGuaranteedReservedSpace { get; init; }

    public int? LifetimeOfReservedSpace { get; init; }

    /// <summary>The reserved space.</summary>
    public string? SpaceToken { get; init; }

    internal static StatusOfReserveSpaceRequestResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        EstimatedProcessingTime = e.Int("estimatedProcessingTime"),
        RetentionPolicyInfo = e.Value("retentionPolicyInfo", RetentionPolicyInfo.Read),
        SizeOfTotalReservedSpace = e.Size("sizeOfTotalReservedSpace"),
        SizeOfGuaranteedReservedSpace = e.Size("sizeOfGuaranteedReservedSpace"),
        LifetimeOfReservedSpace = e.Int("lifetimeOfReservedSpace"),
        SpaceToken = e.Text("spaceToken"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.Number("estimatedProcessingTime", EstimatedProcessingTime);
        output.Value("retentionPolicyInfo", RetentionPolicyInfo);
        output.Number("sizeOfTotalReservedSpace", SizeOfTotalReservedSpace);
        output.Number("sizeOfGuaranteedReservedSpace", SizeOfGuaranteedReservedSpace);
        output.Number("lifetimeOfReservedSpace", LifetimeOfReservedSpace);
        output.Text("spaceToken", SpaceToken);
    }
}

/// <summary>srmReleaseSpace (SRM v2.2 §2.3): gives a space back.</summary>
public sealed record ReleaseSpaceRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.ReleaseSpace;

    /// <summary>The reserved space.</summary>
    public required string SpaceToken { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    /// <summary>True to release a space that still holds files.</summary>
    public bool? ForceFileRelease { get; init; }

    internal static ReleaseSpaceRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        SpaceToken = e.RequiredText("spaceToken"),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
        ForceFileRelease = e.Bool("forceFileRelease"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.Text("spaceToken", SpaceToken);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
        output.Bool("forceFileRelease", ForceFileRelease);
    }
}

/// <summary>Whether the space was released (srmReleaseSpace, §2.3).</summary>
public sealed record ReleaseSpaceResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.ReleaseSpace;

    internal static ReleaseSpaceResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
    }
}
