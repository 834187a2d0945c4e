using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>srmPrepareToGet (SRM v2.2 §5.1): asks for TURLs to read files from.</summary>
public sealed record PrepareToGetRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.PrepareToGet;

    /// <summary>The files, one each.</summary>
    public required IReadOnlyList<GetFileRequest> FileRequests { get; init; }

    /// <summary>A name under which srmGetRequestTokens finds the request again.</summary>
    public string? UserRequestDescription { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    public FileStorageType? DesiredFileStorageType { get; init; }

    /// <summary>Seconds until the whole request is given up; 0 or absent for the host's default.</summary>
    public int? DesiredTotalRequestTime { get; init; }

    /// <summary>Seconds for which the TURL shall stay valid.</summary>
    public int? DesiredPinLifeTime { get; init; }

    /// <summary>The space to use; absent or empty for none.</summary>
    public string? TargetSpaceToken { get; init; }

    public RetentionPolicyInfo? TargetFileRetentionPolicyInfo { get; init; }

    /// <summary>Protocols the client speaks, in its order of preference.</summary>
    public TransferParameters? TransferParameters { get; init; }

    internal static PrepareToGetRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        FileRequests = e.RequiredList("arrayOfFileRequests", "requestArray", GetFileRequest.Read),
        UserRequestDescription = e.Text("userRequestDescription"),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
        DesiredFileStorageType = e.Enum("desiredFileStorageType", Wire.FileStorageType),
        DesiredTotalRequestTime = e.Int("desiredTotalRequestTime"),
        DesiredPinLifeTime = e.Int("desiredPinLifeTime"),
        TargetSpaceToken = e.Text("targetSpaceToken"),
        TargetFileRetentionPolicyInfo = e.Value("targetFileRetentionPolicyInfo", RetentionPolicyInfo.Read),
        TransferParameters = e.Value("transferParameters", TransferParameters.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.List("arrayOfFileRequests", "requestArray", FileRequests);
        output.Text("userRequestDescription", UserRequestDescription);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
        output.Enum("desiredFileStorageType", DesiredFileStorageType, Wire.FileStorageType);
        output.Number("desiredTotalRequestTime", DesiredTotalRequestTime);
        output.Number("desiredPinLifeTime", DesiredPinLifeTime);
        output.Text("targetSpaceToken", TargetSpaceToken);
        output.Value("targetFileRetentionPolicyInfo", TargetFileRetentionPolicyInfo);
        output.Value("transferParameters", TransferParameters);
    }
}

/// <summary>The request and what became of each file so far (srmPrepareToGet, §5.1).</summary>
public sealed record PrepareToGetResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.PrepareToGet;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public string? RequestToken { get; init; }

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<GetRequestFileStatus>? FileStatuses { get; init; }

    /// <summary>Seconds until the host gives the request up.</summary>
    public int? RemainingTotalRequestTime { get; init; }

    internal static PrepareToGetResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        RequestToken = e.Text("requestToken"),
        FileStatuses = e.List("arrayOfFileStatuses", "statusArray", GetRequestFileStatus.Read),
        RemainingTotalRequestTime = e.Int("remainingTotalRequestTime"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.Text("requestToken", RequestToken);
        output.List("arrayOfFileStatuses", "statusArray", FileStatuses);
        output.Number("remainingTotalRequestTime", RemainingTotalRequestTime);
    }
}

/// <summary>srmStatusOfGetRequest (SRM v2.2 §5.2): asks how far a get is.</summary>
public sealed record StatusOfGetRequestRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfGetRequest;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public required string RequestToken { get; init; }

    public IReadOnlyList<string>? SourceSurls { get; init; }

    internal static StatusOfGetRequestRequest Read(SoapElement e) => new()
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

/// <summary>What became of each file so far (srmStatusOfGetRequest, §5.2).</summary>
public sealed record StatusOfGetRequestResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfGetRequest;

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<GetRequestFileStatus>? FileStatuses { get; init; }

    /// <summary>Seconds until the host gives the request up.</summary>
    public int? RemainingTotalRequestTime { get; init; }

    internal static StatusOfGetRequestResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        FileStatuses = e.List("arrayOfFileStatuses", "statusArray", GetRequestFileStatus.Read),
        RemainingTotalRequestTime = e.Int("remainingTotalRequestTime"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.List("arrayOfFileStatuses", "statusArray", FileStatuses);
        output.Number("remainingTotalRequestTime", RemainingTotalRequestTime);
    }
}
