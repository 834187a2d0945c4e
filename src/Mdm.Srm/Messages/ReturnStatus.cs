using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>An outcome and, for people, why. Clients show the explanation, and nothing else, to their users.</summary>
public sealed record ReturnStatus(StatusCode StatusCode, string? Explanation = null) : SrmValue
{
    internal static ReturnStatus Read(SoapElement e) => new(
        e.RequiredEnum("statusCode", Wire.StatusCode),
        e.Text("explanation"));

    internal override void Write(SoapOutput output)
    {
        output.Enum("statusCode", StatusCode, Wire.StatusCode);
        output.Text("explanation", Explanation);
    }
}

/// <summary>The outcome for one SURL.</summary>
/// <param name="Surl">Byte for byte what the request said.</param>
public sealed record SurlReturnStatus(string Surl, ReturnStatus Status) : SrmValue
{
    internal static SurlReturnStatus Read(SoapElement e) => new(
        e.RequiredText("surl"),
        e.RequiredValue("status", ReturnStatus.Read));

    internal override void Write(SoapOutput output)
    {
        output.Text("surl", Surl);
        output.Value("status", Status);
    }
}

/// <summary>The outcome for one SURL whose lifetime was to be changed, with what is left.</summary>
public sealed record SurlLifetimeReturnStatus : SrmValue
{
    public required string Surl { get; init; }

    public required ReturnStatus Status { get; init; }

    public int? FileLifetime { get; init; }

    public int? PinLifetime { get; init; }

    internal static SurlLifetimeReturnStatus Read(SoapElement e) => new()
    {
        Surl = e.RequiredText("surl"),
        Status = e.RequiredValue("status", ReturnStatus.Read),
        FileLifetime = e.Int("fileLifetime"),
        PinLifetime = e.Int("pinLifetime"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("surl", Surl);
        output.Value("status", Status);
        output.Number("fileLifetime", FileLifetime);
        output.Number("pinLifetime", PinLifetime);
    }
}

/// <summary>How far a request is.</summary>
public sealed record RequestSummary : SrmValue
{
    public required string RequestToken { get; init; }

    public required ReturnStatus Status { get; init; }

    public RequestType? RequestType { get; init; }

    public int? TotalNumFilesInRequest { get; init; }

    public int? NumOfCompletedFiles { get; init; }

    public int? NumOfWaitingFiles { get; init; }

    public int? NumOfFailedFiles { get; init; }

    internal static RequestSummary Read(SoapElement e) => new()
    {
        RequestToken = e.RequiredText("requestToken"),
        Status = e.RequiredValue("status", ReturnStatus.Read),
        RequestType = e.Enum("requestType", Wire.RequestType),
        TotalNumFilesInRequest = e.Int("totalNumFilesInRequest"),
        NumOfCompletedFiles = e.Int("numOfCompletedFiles"),
        NumOfWaitingFiles = e.Int("numOfWaitingFiles"),
        NumOfFailedFiles = e.Int("numOfFailedFiles"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("requestToken", RequestToken);
        output.Value("status", Status);
        output.Enum("requestType", RequestType, Wire.RequestType);
        output.Number("totalNumFilesInRequest", TotalNumFilesInRequest);
        output.Number("numOfCompletedFiles", NumOfCompletedFiles);
        output.Number("numOfWaitingFiles", NumOfWaitingFiles);
        output.Number("numOfFailedFiles", NumOfFailedFiles);
    }
}

/// <summary>A request of the caller.</summary>
public sealed record RequestTokenReturn(string RequestToken, DateTimeOffset? CreatedAtTime = null) : SrmValue
{
    internal static RequestTokenReturn Read(SoapElement e) => new(
        e.RequiredText("requestToken"),
        e.Time("createdAtTime"));

    internal override void Write(SoapOutput output)
    {
        output.Text("requestToken", RequestToken);
        output.Time("createdAtTime", CreatedAtTime);
    }
}
