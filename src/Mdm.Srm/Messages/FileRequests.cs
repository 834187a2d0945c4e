using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>A key and a value outside the specification.</summary>
public sealed record ExtraInfo(string Key, string? Value = null) : SrmValue
{
    internal static ExtraInfo Read(SoapElement e) => new(
        e.RequiredText("key"),
        e.Text("value"));

    internal override void Write(SoapOutput output)
    {
        output.Text("key", Key);
        output.Text("value", Value);
    }
}

/// <summary>How carefully and how close a file is kept.</summary>
public sealed record RetentionPolicyInfo(RetentionPolicy RetentionPolicy, AccessLatency? AccessLatency = null) : SrmValue
{
    internal static RetentionPolicyInfo Read(SoapElement e) => new(
        e.RequiredEnum("retentionPolicy", Wire.RetentionPolicy),
        e.Enum("accessLatency", Wire.AccessLatency));

    internal override void Write(SoapOutput output)
    {
        output.Enum("retentionPolicy", RetentionPolicy, Wire.RetentionPolicy);
        output.Enum("accessLatency", AccessLatency, Wire.AccessLatency);
    }
}

/// <summary>How the client wants to move bytes.</summary>
public sealed record TransferParameters : SrmValue
{
    public AccessPattern? AccessPattern { get; init; }

    public ConnectionType? ConnectionType { get; init; }

    /// <summary>Addresses the client will come from.</summary>
    public IReadOnlyList<string>? ClientNetworks { get; init; }

    /// <summary>In the order in which the client prefers them.</summary>
    public IReadOnlyList<string>? TransferProtocols { get; init; }

    internal static TransferParameters Read(SoapElement e) => new()
    {
        AccessPattern = e.Enum("accessPattern", Wire.AccessPattern),
        ConnectionType = e.Enum("connectionType", Wire.ConnectionType),
        ClientNetworks = e.List("arrayOfClientNetworks", "stringArray", SoapElement.ReadText),
        TransferProtocols = e.List("arrayOfTransferProtocols", "stringArray", SoapElement.ReadText),
    };

    internal override void Write(SoapOutput output)
    {
        output.Enum("accessPattern", AccessPattern, Wire.AccessPattern);
        output.Enum("connectionType", ConnectionType, Wire.ConnectionType);
        output.List("arrayOfClientNetworks", "stringArray", ClientNetworks);
        output.List("arrayOfTransferProtocols", "stringArray", TransferProtocols);
    }
}

/// <summary>Whether a source is a directory, and how far down to go.</summary>
public sealed record DirOption(bool IsSourceADirectory, bool? AllLevelRecursive = null, int? NumOfLevels = null) : SrmValue
{
    internal static DirOption Read(SoapElement e) => new(
        e.Bool("isSourceADirectory") ?? false,
        e.Bool("allLevelRecursive"),
        e.Int("numOfLevels"));

    internal override void Write(SoapOutput output)
    {
        output.Bool("isSourceADirectory", IsSourceADirectory);
        output.Bool("allLevelRecursive", AllLevelRecursive);
        output.Number("numOfLevels", NumOfLevels);
    }
}

/// <summary>A file to get or to bring online.</summary>
public sealed record GetFileRequest(string SourceSurl, DirOption? DirOption = null) : SrmValue
{
    internal static GetFileRequest Read(SoapElement e) => new(
        e.RequiredText("sourceSURL"),
        e.Value("dirOption", DirOption.Read));

    internal override void Write(SoapOutput output)
    {
        output.Text("sourceSURL", SourceSurl);
        output.Value("dirOption", DirOption);
    }
}

/// <summary>A file to put.</summary>
/// <param name="ExpectedFileSize">Bytes the client will send, if it says so.</param>
public sealed record PutFileRequest(string? TargetSurl = null, long? ExpectedFileSize = null) : SrmValue
{
    internal static PutFileRequest Read(SoapElement e) => new(
        e.Text("targetSURL"),
        e.Size("expectedFileSize"));

    internal override void Write(SoapOutput output)
    {
        output.Text("targetSURL", TargetSurl);
        output.Number("expectedFileSize", ExpectedFileSize);
    }
}

/// <summary>A file to copy.</summary>
public sealed record CopyFileRequest(string SourceSurl, string TargetSurl, DirOption? DirOption = null) : SrmValue
{
    internal static CopyFileRequest Read(SoapElement e) => new(
        e.RequiredText("sourceSURL"),
        e.RequiredText("targetSURL"),
        e.Value("dirOption", DirOption.Read));

    internal override void Write(SoapOutput output)
    {
        output.Text("sourceSURL", SourceSurl);
        output.Text("targetSURL", TargetSurl);
        output.Value("dirOption", DirOption);
    }
}

/// <summary>A protocol that the host serves files by.</summary>
public sealed record SupportedTransferProtocol(string TransferProtocol, IReadOnlyList<ExtraInfo>? Attributes = null) : SrmValue
{
    internal static SupportedTransferProtocol Read(SoapElement e) => new(
        e.RequiredText("transferProtocol"),
        e.List("attributes", "extraInfoArray", ExtraInfo.Read));

    internal override void Write(SoapOutput output)
    {
        output.Text("transferProtocol", TransferProtocol);
        output.List("attributes", "extraInfoArray", Attributes);
    }
}
