using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>srmSuspendRequest (SRM v2.2 §5.13): lets a request rest.</summary>
public sealed record SuspendRequestRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.SuspendRequest;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public required string RequestToken { get; init; }

    internal static SuspendRequestRequest Read(SoapElement e) => new()
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

/// <summary>Whether it rests (srmSuspendRequest, §5.13).</summary>
public sealed record SuspendRequestResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.SuspendRequest;

    internal static SuspendRequestResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
    }
}

/// <summary>srmResumeRequest (SRM v2.2 §5.14): lets a request go on.</summary>
public sealed record ResumeRequestRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.ResumeRequest;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public required string RequestToken { get; init; }

    internal static ResumeRequestRequest Read(SoapElement e) => new()
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

/// <summary>Whether it goes on (srmResumeRequest, §5.14).</summary>
public sealed record ResumeRequestResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.ResumeRequest;

    internal static ResumeRequestResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
    }
}

/// <summary>srmGetRequestSummary (SRM v2.2 §5.15): asks how far requests are.</summary>
public sealed record GetRequestSummaryRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.GetRequestSummary;

    public required IReadOnlyList<string> RequestTokens { get; init; }

    internal static GetRequestSummaryRequest Read(SoapElement e) => new()
    {
        RequestTokens = e.RequiredList("arrayOfRequestTokens", "stringArray", SoapElement.ReadText),
        AuthorizationId = e.Text("authorizationID"),
    };

    internal override void Write(SoapOutput output)
    {
        output.List("arrayOfRequestTokens", "stringArray", RequestTokens);
        output.Text("authorizationID", AuthorizationId);
    }
}

/// <summary>How far each is (srmGetRequestSummary, §5.15).</summary>
public sealed record GetRequestSummaryResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.GetRequestSummary;

    public IReadOnlyList<RequestSummary>? RequestSummaries { get; init; }

    internal static GetRequestSummaryResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        RequestSummaries = e.List("arrayOfRequestSummaries", "summaryArray", RequestSummary.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.List("arrayOfRequestSummaries", "summaryArray", RequestSummaries);
    }
}

/// <summary>srmExtendFileLifeTime (SRM v2.2 §5.16): changes lifetimes: of pins with a token, of files without.</summary>
public sealed record ExtendFileLifeTimeRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.ExtendFileLifeTime;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public string? RequestToken { get; init; }

    /// <summary>The files or directories.</summary>
    public required IReadOnlyList<string> Surls { get; init; }

    /// <summary>Seconds from now for the file; −1 without end.</summary>
    public int? NewFileLifeTime { get; init; }

    /// <summary>Seconds from now for the pin.</summary>
    public int? NewPinLifeTime { get; init; }

    internal static ExtendFileLifeTimeRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        RequestToken = e.Text("requestToken"),
        Surls = e.RequiredList("arrayOfSURLs", "urlArray", SoapElement.ReadText),
        NewFileLifeTime = e.Int("newFileLifeTime"),
        NewPinLifeTime = e.Int("newPinLifeTime"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.Text("requestToken", RequestToken);
        output.List("arrayOfSURLs", "urlArray", Surls);
        output.Number("newFileLifeTime", NewFileLifeTime);
        output.Number("newPinLifeTime", NewPinLifeTime);
    }
}

/// <summary>What is left of each (srmExtendFileLifeTime, §5.16).</summary>
public sealed record ExtendFileLifeTimeResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.ExtendFileLifeTime;

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<SurlLifetimeReturnStatus>? FileStatuses { get; init; }

    internal static ExtendFileLifeTimeResponse Read(SoapElement e) => new()
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

/// <summary>srmGetRequestTokens (SRM v2.2 §5.17): asks which requests the caller has.</summary>
public sealed record GetRequestTokensRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.GetRequestTokens;

    /// <summary>A name under which srmGetRequestTokens finds the request again.</summary>
    public string? UserRequestDescription { get; init; }

    internal static GetRequestTokensRequest Read(SoapElement e) => new()
    {
        UserRequestDescription = e.Text("userRequestDescription"),
        AuthorizationId = e.Text("authorizationID"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("userRequestDescription", UserRequestDescription);
        output.Text("authorizationID", AuthorizationId);
    }
}

/// <summary>Their tokens (srmGetRequestTokens, §5.17).</summary>
public sealed record GetRequestTokensResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.GetRequestTokens;

    public IReadOnlyList<RequestTokenReturn>? RequestTokens { get; init; }

    internal static GetRequestTokensResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        RequestTokens = e.List("arrayOfRequestTokens", "tokenArray", RequestTokenReturn.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.List("arrayOfRequestTokens", "tokenArray", RequestTokens);
    }
}
