using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>srmGetTransferProtocols (SRM v2.2 §6.1): asks by which protocols files are served.</summary>
public sealed record GetTransferProtocolsRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.GetTransferProtocols;

    internal static GetTransferProtocolsRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
    }
}

/// <summary>The protocols (srmGetTransferProtocols, §6.1).</summary>
public sealed record GetTransferProtocolsResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.GetTransferProtocols;

    public IReadOnlyList<SupportedTransferProtocol>? ProtocolInfo { get; init; }

    internal static GetTransferProtocolsResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        ProtocolInfo = e.List("protocolInfo", "protocolArray", SupportedTransferProtocol.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.List("protocolInfo", "protocolArray", ProtocolInfo);
    }
}

/// <summary>srmPing (SRM v2.2 §6.2): asks whether the host is there, and which it is.</summary>
public sealed record PingRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.Ping;

    internal static PingRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
    }
}

/// <summary>The version and facts about the host (srmPing, §6.2).</summary>
public sealed record PingResponse : SrmResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.Ping;

    /// <summary>The version of the interface: <c>v2.2</c>.</summary>
    public required string VersionInfo { get; init; }

    /// <summary>Facts about the host; gfal2 reads <c>backend_type</c>.</summary>
    public IReadOnlyList<ExtraInfo>? OtherInfo { get; init; }

    internal static PingResponse Read(SoapElement e) => new()
    {
        VersionInfo = e.RequiredText("versionInfo"),
        OtherInfo = e.List("otherInfo", "extraInfoArray", ExtraInfo.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("versionInfo", VersionInfo);
        output.List("otherInfo", "extraInfoArray", OtherInfo);
    }
}
