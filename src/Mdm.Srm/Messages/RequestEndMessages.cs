using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>srmReleaseFiles (SRM v2.2 §5.9): gives pins back: of a request, of SURLs, or both.</summary>
public sealed record ReleaseFilesRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.ReleaseFiles;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public string? RequestToken { get; init; }

    /// <summary>The files or directories.</summary>
    public IReadOnlyList<string>? Surls { get; init; }

    /// <summary>True to remove the files as well.</summary>
    public bool? DoRemove { get; init; }

    internal static ReleaseFilesRequest Read(SoapElement e) => new()
    {
        RequestToken = e.Text("requestToken"),
        AuthorizationId = e.Text("authorizationID"),
        Surls = e.List("arrayOfSURLs", "urlArray", SoapElement.ReadText),
        DoRemove = e.Bool("doRemove"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("requestToken", RequestToken);
        output.Text("authorizationID", AuthorizationId);
        output.List("arrayOfSURLs", "urlArray", Surls);
        output.Bool("doRemove", DoRemove);
    }
}

/// <summary>What became of each file (srmReleaseFiles, §5.9).</summary>
public sealed record ReleaseFilesResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.ReleaseFiles;

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<SurlReturnStatus>? FileStatuses { get; init; }

    internal static ReleaseFilesResponse Read(SoapElement e) => new()
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

/// <summary>srmAbortRequest (SRM v2.2 §5.11): gives a request up.</summary>
public sealed record AbortRequestRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.AbortRequest;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public required string RequestToken { get; init; }

    internal static AbortRequestRequest Read(SoapElement e) => new()
    {
        RequestToken = e.RequiredText("requestToken"),
        AuthorizationId = e.Text("authorizationID"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("requestToken", RequestToken);
        output.Text("authorizationID", AuthorizationId);
    }
}

/// <summary>Whether it was given up (srmAbortRequest, §5.11).</summary>
public sealed record AbortRequestResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.AbortRequest;

    internal static AbortRequestResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
    }
}

/// <summary>srmAbortFiles (SRM v2.2 §5.12): gives some files of a request up.</summary>
public sealed record AbortFilesRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.AbortFiles;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public required string RequestToken { get; init; }

    /// <summary>The files or directories.</summary>
    public required IReadOnlyList<string> Surls { get; init; }

    internal static AbortFilesRequest Read(SoapElement e) => new()
    {
        RequestToken = e.RequiredText("requestToken"),
        Surls = e.RequiredList("arrayOfSURLs", "urlArray", SoapElement.ReadText),
        AuthorizationId = e.Text("authorizationID"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("requestToken", RequestToken);
        output.List("arrayOfSURLs", "urlArray", Surls);
        output.Text("authorizationID", AuthorizationId);
    }
}

/// <summary>What became of each file (srmAbortFiles, §5.12).</summary>
public sealed record AbortFilesResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.AbortFiles;

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<SurlReturnStatus>? FileStatuses { get; init; }

    internal static AbortFilesResponse Read(SoapElement e) => new()
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
