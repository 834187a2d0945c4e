using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>srmChangeSpaceForFiles (SRM v2.2 §2.7): moves files to another space.</summary>
public sealed record ChangeSpaceForFilesRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.ChangeSpaceForFiles;

    /// <summary>The files or directories.</summary>
    public required IReadOnlyList<string> Surls { get; init; }

    /// <summary>The space to use; absent or empty for none.</summary>
    public required string TargetSpaceToken { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    internal static ChangeSpaceForFilesRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        Surls = e.RequiredList("arrayOfSURLs", "urlArray", SoapElement.ReadText),
        TargetSpaceToken = e.RequiredText("targetSpaceToken"),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.List("arrayOfSURLs", "urlArray", Surls);
        output.Text("targetSpaceToken", TargetSpaceToken);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
    }
}

/// <summary>What became of each file (srmChangeSpaceForFiles, §2.7).</summary>
public sealed record ChangeSpaceForFilesResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.ChangeSpaceForFiles;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public string? RequestToken { get; init; }

    /// <summary>Seconds until it is worth asking again.</summary>
    public int? EstimatedProcessingTime { get; init; }

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<SurlReturnStatus>? FileStatuses { get; init; }

    internal static ChangeSpaceForFilesResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        RequestToken = e.Text("requestToken"),
        EstimatedProcessingTime = e.Int("estimatedProcessingTime"),
        FileStatuses = e.List("arrayOfFileStatuses", "statusArray", SurlReturnStatus.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.Text("requestToken", RequestToken);
        output.Number("estimatedProcessingTime", EstimatedProcessingTime);
        output.List("arrayOfFileStatuses", "statusArray", FileStatuses);
    }
}

/// <summary>srmStatusOfChangeSpaceForFilesRequest (SRM v2.2 §2.8): asks how far a move between spaces is.</summary>
public sealed record StatusOfChangeSpaceForFilesRequestRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfChangeSpaceForFilesRequest;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public required string RequestToken { get; init; }

    internal static StatusOfChangeSpaceForFilesRequestRequest Read(SoapElement e) => new()
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

/// <summary>What became of each file (srmStatusOfChangeSpaceForFilesRequest, §2.8).</summary>
public sealed record StatusOfChangeSpaceForFilesRequestResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfChangeSpaceForFilesRequest;

    /// <summary>Seconds until it is worth asking again.</summary>
    public int? EstimatedProcessingTime { get; init; }

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<SurlReturnStatus>? FileStatuses { get; init; }

    internal static StatusOfChangeSpaceForFilesRequestResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        EstimatedProcessingTime = e.Int("estimatedProcessingTime"),
        FileStatuses = e.List("arrayOfFileStatuses", "statusArray", SurlReturnStatus.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.Number("estimatedProcessingTime", EstimatedProcessingTime);
        output.List("arrayOfFileStatuses", "statusArray", FileStatuses);
    }
}

/// <summary>srmExtendFileLifeTimeInSpace (SRM v2.2 §2.9): lets files stay longer in a space.</summary>
public sealed record ExtendFileLifeTimeInSpaceRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.ExtendFileLifeTimeInSpace;

    /// <summary>The reserved space.</summary>
    public required string SpaceToken { get; init; }

    /// <summary>The files or directories.</summary>
    public IReadOnlyList<string>? Surls { get; init; }

    /// <summary>Seconds from now; −1 without end.</summary>
    public int? NewLifeTime { get; init; }

    internal static ExtendFileLifeTimeInSpaceRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        SpaceToken = e.RequiredText("spaceToken"),
        Surls = e.List("arrayOfSURLs", "urlArray", SoapElement.ReadText),
        NewLifeTime = e.Int("newLifeTime"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.Text("spaceToken", SpaceToken);
        output.List("arrayOfSURLs", "urlArray", Surls);
        output.Number("newLifeTime", NewLifeTime);
    }
}

/// <summary>What became of each file (srmExtendFileLifeTimeInSpace, §2.9).</summary>
public sealed record ExtendFileLifeTimeInSpaceResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.ExtendFileLifeTimeInSpace;

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<SurlLifetimeReturnStatus>? FileStatuses { get; init; }

    internal static ExtendFileLifeTimeInSpaceResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        FileStatuses = e.List("arrayOfFileStatuses", "statusArray", SurlLifetimeReturnStatus.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.List("arrayOfFileStatuses", "statusArray", FileStatuses);
    }
}

/// <summary>srmPurgeFromSpace (SRM v2.2 §2.10): removes copies from a space.</summary>
public sealed record PurgeFromSpaceRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.PurgeFromSpace;

    /// <summary>The files or directories.</summary>
    public required IReadOnlyList<string> Surls { get; init; }

    /// <summary>The reserved space.</summary>
    public required string SpaceToken { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    internal static PurgeFromSpaceRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        Surls = e.RequiredList("arrayOfSURLs", "urlArray", SoapElement.ReadText),
        SpaceToken = e.RequiredText("spaceToken"),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.List("arrayOfSURLs", "urlArray", Surls);
        output.Text("spaceToken", SpaceToken);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
    }
}

/// <summary>What became of each file (srmPurgeFromSpace, §2.10).</summary>
public sealed record PurgeFromSpaceResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.PurgeFromSpace;

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<SurlReturnStatus>? FileStatuses { get; init; }

    internal static PurgeFromSpaceResponse Read(SoapElement e) => new()
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
