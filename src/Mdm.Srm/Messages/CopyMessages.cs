using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>srmCopy (SRM v2.2 §5.7): asks for copies between hosts.</summary>
public sealed record CopyRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.Copy;

    /// <summary>The files, one each.</summary>
    public required IReadOnlyList<CopyFileRequest> FileRequests { get; init; }

    /// <summary>A name under which srmGetRequestTokens finds the request again.</summary>
    public string? UserRequestDescription { get; init; }

    /// <summary>What to do when the file exists.</summary>
    public OverwriteMode? OverwriteOption { get; init; }

    /// <summary>Seconds until the whole request is given up; 0 or absent for the host's default.</summary>
    public int? DesiredTotalRequestTime { get; init; }

    public int? DesiredTargetSurlLifeTime { get; init; }

    public FileStorageType? TargetFileStorageType { get; init; }

    /// <summary>The space to use; absent or empty for none.</summary>
    public string? TargetSpaceToken { get; init; }

    public RetentionPolicyInfo? TargetFileRetentionPolicyInfo { get; init; }

    public IReadOnlyList<ExtraInfo>? SourceStorageSystemInfo { get; init; }

    public IReadOnlyList<ExtraInfo>? TargetStorageSystemInfo { get; init; }

    internal static CopyRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        FileRequests = e.RequiredList("arrayOfFileRequests", "requestArray", CopyFileRequest.Read),
        UserRequestDescription = e.Text("userRequestDescription"),
        OverwriteOption = e.Enum("overwriteOption", Wire.OverwriteMode),
        DesiredTotalRequestTime = e.Int("desiredTotalRequestTime"),
        DesiredTargetSurlLifeTime = e.Int("desiredTargetSURLLifeTime"),
        TargetFileStorageType = e.Enum("targetFileStorageType", Wire.FileStorageType),
        TargetSpaceToken = e.Text("targetSpaceToken"),
        TargetFileRetentionPolicyInfo = e.Value("targetFileRetentionPolicyInfo", RetentionPolicyInfo.Read),
        SourceStorageSystemInfo = e.List("sourceStorageSystemInfo", "extraInfoArray", ExtraInfo.Read),
        TargetStorageSystemInfo = e.List("targetStorageSystemInfo", "extraInfoArray", ExtraInfo.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.List("arrayOfFileRequests", "requestArray", FileRequests);
        output.Text("userRequestDescription", UserRequestDescription);
        output.Enum("overwriteOption", OverwriteOption, Wire.OverwriteMode);
        output.Number("desiredTotalRequestTime", DesiredTotalRequestTime);
        output.Number("desiredTargetSURLLifeTime", DesiredTargetSurlLifeTime);
        output.Enum("targetFileStorageType", TargetFileStorageType, Wire.FileStorageType);
        output.Text("targetSpaceToken", TargetSpaceToken);
        output.Value("targetFileRetentionPolicyInfo", TargetFileRetentionPolicyInfo);
        output.List("sourceStorageSystemInfo", "extraInfoArray", SourceStorageSystemInfo);
        output.List("targetStorageSystemInfo", "extraInfoArray", TargetStorageSystemInfo);
    }
}

/// <summary>The request and what became of each file so far (srmCopy, §5.7).</summary>
public sealed record CopyResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.Copy;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public string? RequestToken { get; init; }

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<CopyRequestFileStatus>? FileStatuses { get; init; }

    /// <summary>Seconds until the host gives the request up.</summary>
    public int? RemainingTotalRequestTime { get; init; }

    internal static CopyResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        RequestToken = e.Text("requestToken"),
        FileStatuses = e.List("arrayOfFileStatuses", "statusArray", CopyRequestFileStatus.Read),
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

/// <summary>srmStatusOfCopyRequest (SRM v2.2 §5.8): asks how far a copy is.</summary>
public sealed record StatusOfCopyRequestRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfCopyRequest;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public required string RequestToken { get; init; }

    public IReadOnlyList<string>? SourceSurls { get; init; }

    public IReadOnlyList<string>? TargetSurls { get; init; }

    internal static StatusOfCopyRequestRequest Read(SoapElement e) => new()
    {
        RequestToken = e.RequiredText("requestToken"),
        AuthorizationId = e.Text("authorizationID"),
        SourceSurls = e.List("arrayOfSourceSURLs", "urlArray", SoapElement.ReadText),
        TargetSurls = e.List("arrayOfTargetSURLs", "urlArray", SoapElement.ReadText),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("requestToken", RequestToken);
        output.Text("authorizationID", AuthorizationId);
        output.List("arrayOfSourceSURLs", "urlArray", SourceSurls);
        output.List("arrayOfTargetSURLs", "urlArray", TargetSurls);
    }
}

/// <summary>What became of each file so far (srmStatusOfCopyRequest, §5.8).</summary>
public sealed record StatusOfCopyRequestResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfCopyRequest;

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<CopyRequestFileStatus>? FileStatuses { get; init; }

    /// <summary>Seconds until the host gives the request up.</summary>
    public int? RemainingTotalRequestTime { get; init; }

    internal static StatusOfCopyRequestResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        FileStatuses = e.List("arrayOfFileStatuses", "statusArray", CopyRequestFileStatus.Read),
        RemainingTotalRequestTime = e.Int("remainingTotalRequestTime"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.List("arrayOfFileStatuses", "statusArray", FileStatuses);
        output.Number("remainingTotalRequestTime", RemainingTotalRequestTime);
    }
}
