using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>srmPrepareToPut (SRM v2.2 §5.5): asks for TURLs to write files to.</summary>
public sealed record PrepareToPutRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.PrepareToPut;

    /// <summary>The files, one each.</summary>
    public IReadOnlyList<PutFileRequest>? FileRequests { get; init; }

    /// <summary>A name under which srmGetRequestTokens finds the request again.</summary>
    public string? UserRequestDescription { get; init; }

    /// <summary>What to do when the file exists.</summary>
    public OverwriteMode? OverwriteOption { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    /// <summary>Seconds until the whole request is given up; 0 or absent for the host's default.</summary>
    public int? DesiredTotalRequestTime { get; init; }

    /// <summary>Seconds for which the TURL shall stay valid.</summary>
    public int? DesiredPinLifeTime { get; init; }

    /// <summary>Seconds for which the file shall exist; −1 without end.</summary>
    public int? DesiredFileLifeTime { get; init; }

    public FileStorageType? DesiredFileStorageType { get; init; }

    /// <summary>The space to use; absent or empty for none.</summary>
    public string? TargetSpaceToken { get; init; }

    public RetentionPolicyInfo? TargetFileRetentionPolicyInfo { get; init; }

    /// <summary>Protocols the client speaks, in its order of preference.</summary>
    public TransferParameters? TransferParameters { get; init; }

    internal static PrepareToPutRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        FileRequests = e.List("arrayOfFileRequests", "requestArray", PutFileRequest.Read),
        UserRequestDescription = e.Text("userRequestDescription"),
        OverwriteOption = e.Enum("overwriteOption", Wire.OverwriteMode),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
        DesiredTotalRequestTime = e.Int("desiredTotalRequestTime"),
        DesiredPinLifeTime = e.Int("desiredPinLifeTime"),
        DesiredFileLifeTime = e.Int("desiredFileLifeTime"),
        DesiredFileStorageType = e.Enum("desiredFileStorageType", Wire.FileStorageType),
        TargetSpaceToken = e.Text("targetSpaceToken"),
        TargetFileRetentionPolicyInfo = e.Value("targetFileRetentionPolicyInfo", RetentionPolicyInfo.Read),
        TransferParameters = e.Value("transferParameters", TransferParameters.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.List("arrayOfFileRequests", "requestArray", FileRequests);
        output.Text("userRequestDescription", UserRequestDescription);
        output.Enum("overwriteOption", OverwriteOption, Wire.OverwriteMode);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
        output.Number("desiredTotalRequestTime", DesiredTotalRequestTime);
        output.Number("desiredPinLifeTime", DesiredPinLifeTime);
        output.Number("desiredFileLifeTime", DesiredFileLifeTime);
        output.Enum("desiredFileStorageType", DesiredFileStorageType, Wire.FileStorageType);
        output.Text("targetSpaceToken", TargetSpaceToken);
        output.Value("targetFileRetentionPolicyInfo", TargetFileRetentionPolicyInfo);
        output.Value("transferParameters", TransferParameters);
    }
}

/// <summary>The request and what became of each file so far (srmPrepareToPut, §5.5).</summary>
public sealed record PrepareToPutResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.PrepareToPut;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public string? RequestToken { get; init; }

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<PutRequestFileStatus>? FileStatuses { get; init; }

    /// <summary>Seconds until the host gives the request up.</summary>
    public int? RemainingTotalRequestTime { get; init; }

    internal static PrepareToPutResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        RequestToken = e.Text("requestToken"),
        FileStatuses = e.List("arrayOfFileStatuses", "statusArray", PutRequestFileStatus.Read),
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

/// <summary>srmStatusOfPutRequest (SRM v2.2 §5.6): asks how far a put is.</summary>
public sealed record StatusOfPutRequestRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfPutRequest;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public required string RequestToken { get; init; }

    public IReadOnlyList<string>? TargetSurls { get; init; }

    internal static StatusOfPutRequestRequest Read(SoapElement e) => new()
    {
        RequestToken = e.RequiredText("requestToken"),
        AuthorizationId = e.Text("authorizationID"),
        TargetSurls = e.List("arrayOfTargetSURLs", "urlArray", SoapElement.ReadText),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("requestToken", RequestToken);
        output.Text("authorizationID", AuthorizationId);
        output.List("arrayOfTargetSURLs", "urlArray", TargetSurls);
    }
}

/// <summary>What became of each file so far (srmStatusOfPutRequest, §5.6).</summary>
public sealed record StatusOfPutRequestResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfPutRequest;

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<PutRequestFileStatus>? FileStatuses { get; init; }

    /// <summary>Seconds until the host gives the request up.</summary>
    public int? RemainingTotalRequestTime { get; init; }

    internal static StatusOfPutRequestResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        FileStatuses = e.List("arrayOfFileStatuses", "statusArray", PutRequestFileStatus.Read),
        RemainingTotalRequestTime = e.Int("remainingTotalRequestTime"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.List("arrayOfFileStatuses", "statusArray", FileStatuses);
        output.Number("remainingTotalRequestTime", RemainingTotalRequestTime);
    }
}

/// <summary>srmPutDone (SRM v2.2 §5.10): says that the bytes are there.</summary>
public sealed record PutDoneRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.PutDone;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public required string RequestToken { get; init; }

    /// <summary>The files or directories.</summary>
    public required IReadOnlyList<string> Surls { get; init; }

    internal static PutDoneRequest Read(SoapElement e) => new()
    {
        RequestToken = e.RequiredText("requestToken"),
        AuthorizationId = e.Text("authorizationID"),
        Surls = e.RequiredList("arrayOfSURLs", "urlArray", SoapElement.ReadText),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("requestToken", RequestToken);
        output.Text("authorizationID", AuthorizationId);
        output.List("arrayOfSURLs", "urlArray", Surls);
    }
}

/// <summary>What became of each file (srmPutDone, §5.10).</summary>
public sealed record PutDoneResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.PutDone;

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<SurlReturnStatus>? FileStatuses { get; init; }

    internal static PutDoneResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        FileStatuses = e.List("arrayOfFileStatuses", "statusArray", SurlReturnStatus.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.List("arrayOfFileStatuses", "statusArray", FileStatuses);
    }
}
