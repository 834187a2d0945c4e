using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>srmBringOnline (SRM v2.2 §5.3): asks that files be made quick to read.</summary>
public sealed record BringOnlineRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.BringOnline;

    /// <summary>The files, one each.</summary>
    public required IReadOnlyList<GetFileRequest> FileRequests { get; init; }

    /// <summary>A name under which srmGetRequestTokens finds the request again.</summary>
    public string? UserRequestDescription { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    public FileStorageType? DesiredFileStorageType { get; init; }

    /// <summary>Seconds until the whole request is given up; 0 or absent for the host's default.</summary>
    public int? DesiredTotalRequestTime { get; init; }

    public int? DesiredLifeTime { get; init; }

    /// <summary>The space to use; absent or empty for none.</summary>
    public string? TargetSpaceToken { get; init; }

    public RetentionPolicyInfo? TargetFileRetentionPolicyInfo { get; init; }

    /// <summary>Protocols the client speaks, in its order of preference.</summary>
    public TransferParameters? TransferParameters { get; init; }

    /// <summary>Seconds to wait before the work begins.</summary>
    public int? DeferredStartTime { get; init; }

    internal static BringOnlineRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        FileRequests = e.RequiredList("arrayOfFileRequests", "requestArray", GetFileRequest.Read),
        UserRequestDescription = e.Text("userRequestDescription"),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
        DesiredFileStorageType = e.Enum("desiredFileStorageType", Wire.FileStorageType),
        DesiredTotalRequestTime = e.Int("desiredTotalRequestTime"),
        DesiredLifeTime = e.Int("desiredLifeTime"),
        TargetSpaceToken = e.Text("targetSpaceToken"),
        TargetFileRetentionPolicyInfo = e.Value("targetFileRetentionPolicyInfo", RetentionPolicyInfo.Read),
        TransferParameters = e.Value("transferParameters", TransferParameters.Read),
        DeferredStartTime = e.Int("deferredStartTime"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.List("arrayOfFileRequests", "requestArray", FileRequests);
        output.Text("userRequestDescription", UserRequestDescription);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
        output.Enum("desiredFileStorageType", DesiredFileStorageType, Wire.FileStorageType);
        output.Number("desiredTotalRequestTime", DesiredTotalRequestTime);
        output.Number("desiredLifeTime", DesiredLifeTime);
        output.Text("targetSpaceToken", TargetSpaceToken);
        output.Value("targetFileRetentionPolicyInfo", TargetFileRetentionPolicyInfo);
        output.Value("transferParameters", TransferParameters);
        output.Number("deferredStartTime", DeferredStartTime);
    }
}

/// <summary>The request and what became of each file so far (srmBringOnline, §5.3).</summary>
public sealed record BringOnlineResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.BringOnline;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public string? RequestToken { get; init; }

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<BringOnlineRequestFileStatus>? FileStatuses { get; init; }

    /// <summary>Seconds until the host gives the request up.</summary>
    public int? RemainingTotalRequestTime { get; init; }

    public int? RemainingDeferredStartTime { get; init; }

    internal static BringOnlineResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        RequestToken = e.Text("requestToken"),
        FileStatuses = e.List("arrayOfFileStatuses", "statusArray", BringOnlineRequestFileStatus.Read),
        RemainingTotalRequestTime = e.Int("remainingTotalRequestTime"),
        RemainingDeferredStartTime = e.Int("remainingDeferredStartTime"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.Text("requestToken", RequestToken);
        output.List("arrayOfFileStatuses", "statusArray", FileStatuses);
        output.Number("remainingTotalRequestTime", RemainingTotalRequestTime);
        output.Number("remainingDeferredStartTime", RemainingDeferredStartTime);
    }
}

/// <summary>srmStatusOfBringOnlineRequest (SRM v2.2 §5.4): asks how far a bring-online is.</summary>
public sealed record StatusOfBringOnlineRequestRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfBringOnlineRequest;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public required string RequestToken { get; init; }

    public IReadOnlyList<string>? SourceSurls { get; init; }

    internal static StatusOfBringOnlineRequestRequest Read(SoapElement e) => new()
    {
        RequestToken = e.RequiredText("requestToken"),
        AuthorizationId = e.Text("authorizationID"),
        SourceSurls = e.List("arrayOfSourceSURLs", "urlArray", SoapElement.ReadText),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("requestToken", RequestToken);
        output.Text("authorizationID", AuthorizationId);
        output.List("arrayOfSourceSURLs", "urlArray", SourceSurls);
    }
}

/// <summary>What became of each file so far (srmStatusOfBringOnlineRequest, §5.4).</summary>
public sealed record StatusOfBringOnlineRequestResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfBringOnlineRequest;

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<BringOnlineRequestFileStatus>? FileStatuses { get; init; }

    /// <summary>Seconds until the host gives the request up.</summary>
    public int? RemainingTotalRequestTime { get; init; }

    public int? RemainingDeferredStartTime { get; init; }

    internal static StatusOfBringOnlineRequestResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        FileStatuses = e.List("arrayOfFileStatuses", "statusArray", BringOnlineRequestFileStatus.Read),
        RemainingTotalRequestTime = e.Int("remainingTotalRequestTime"),
        RemainingDeferredStartTime = e.Int("remainingDeferredStartTime"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.List("arrayOfFileStatuses", "statusArray", FileStatuses);
        output.Number("remainingTotalRequestTime", RemainingTotalRequestTime);
        output.Number("remainingDeferredStartTime", RemainingDeferredStartTime);
    }
}
