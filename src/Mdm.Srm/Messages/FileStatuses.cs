using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>What became of a file to get. The size stands before the status here, and nowhere else.</summary>
public sealed record GetRequestFileStatus : SrmValue
{
    public required string SourceSurl { get; init; }

    public long? FileSize { get; init; }

    /// <summary>A TURL comes with <see cref="StatusCode.FilePinned"/> or <see cref="StatusCode.SpaceAvailable"/> only.</summary>
    public required ReturnStatus Status { get; init; }

    /// <summary>Seconds until it is worth asking again.</summary>
    public int? EstimatedWaitTime { get; init; }

    /// <summary>Seconds until the TURL ends.</summary>
    public int? RemainingPinTime { get; init; }

    /// <summary>Where the bytes are; percent-encoded.</summary>
    public string? TransferUrl { get; init; }

    public IReadOnlyList<ExtraInfo>? TransferProtocolInfo { get; init; }

    internal static GetRequestFileStatus Read(SoapElement e) => new()
    {
        SourceSurl = e.RequiredText("sourceSURL"),
        FileSize = e.Size("fileSize"),
        Status = e.RequiredValue("status", ReturnStatus.Read),
        EstimatedWaitTime = e.Int("estimatedWaitTime"),
        RemainingPinTime = e.Int("remainingPinTime"),
        TransferUrl = e.Text("transferURL"),
        TransferProtocolInfo = e.List("transferProtocolInfo", "extraInfoArray", ExtraInfo.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("sourceSURL", SourceSurl);
        output.Number("fileSize", FileSize);
        output.Value("status", Status);
        output.Number("estimatedWaitTime", EstimatedWaitTime);
        output.Number("remainingPinTime", RemainingPinTime);
        output.Text("transferURL", TransferUrl);
        output.List("transferProtocolInfo", "extraInfoArray", TransferProtocolInfo);
    }
}

/// <summary>What became of a file to bring online.</summary>
public sealed record BringOnlineRequestFileStatus : SrmValue
{
    public required string SourceSurl { get; init; }

    /// <summary>A TURL comes with <see cref="StatusCode.FilePinned"/> or <see cref="StatusCode.SpaceAvailable"/> only.</summary>
    public required ReturnStatus Status { get; init; }

    public long? FileSize { get; init; }

    /// <summary>Seconds until it is worth asking again.</summary>
    public int? EstimatedWaitTime { get; init; }

    /// <summary>Seconds until the TURL ends.</summary>
    public int? RemainingPinTime { get; init; }

    internal static BringOnlineRequestFileStatus Read(SoapElement e) => new()
    {
        SourceSurl = e.RequiredText("sourceSURL"),
        Status = e.RequiredValue("status", ReturnStatus.Read),
        FileSize = e.Size("fileSize"),
        EstimatedWaitTime = e.Int("estimatedWaitTime"),
        RemainingPinTime = e.Int("remainingPinTime"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("sourceSURL", SourceSurl);
        output.Value("status", Status);
        output.Number("fileSize", FileSize);
        output.Number("estimatedWaitTime", EstimatedWaitTime);
        output.Number("remainingPinTime", RemainingPinTime);
    }
}

/// <summary>What became of a file to put.</summary>
public sealed record PutRequestFileStatus : SrmValue
{
    public required string Surl { get; init; }

    /// <summary>A TURL comes with <see cref="StatusCode.FilePinned"/> or <see cref="StatusCode.SpaceAvailable"/> only.</summary>
    public required ReturnStatus Status { get; init; }

    public long? FileSize { get; init; }

    /// <summary>Seconds until it is worth asking again.</summary>
    public int? EstimatedWaitTime { get; init; }

    /// <summary>Seconds until the TURL ends.</summary>
    public int? RemainingPinLifetime { get; init; }

    public int? RemainingFileLifetime { get; init; }

    /// <summary>Where the bytes are; percent-encoded.</summary>
    public string? TransferUrl { get; init; }

    public IReadOnlyList<ExtraInfo>? TransferProtocolInfo { get; init; }

    internal static PutRequestFileStatus Read(SoapElement e) => new()
    {
        Surl = e.RequiredText("SURL"),
        Status = e.RequiredValue("status", ReturnStatus.Read),
        FileSize = e.Size("fileSize"),
        EstimatedWaitTime = e.Int("estimatedWaitTime"),
        RemainingPinLifetime = e.Int("remainingPinLifetime"),
        RemainingFileLifetime = e.Int("remainingFileLifetime"),
        TransferUrl = e.Text("transferURL"),
        TransferProtocolInfo = e.List("transferProtocolInfo", "extraInfoArray", ExtraInfo.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("SURL", Surl);
        output.Value("status", Status);
        output.Number("fileSize", FileSize);
        output.Number("estimatedWaitTime", EstimatedWaitTime);
        output.Number("remainingPinLifetime", RemainingPinLifetime);
        output.Number("remainingFileLifetime", RemainingFileLifetime);
        output.Text("transferURL", TransferUrl);
        output.List("transferProtocolInfo", "extraInfoArray", TransferProtocolInfo);
    }
}

/// <summary>What became of a file to copy.</summary>
public sealed record CopyRequestFileStatus : SrmValue
{
    public required string SourceSurl { get; init; }

    public required string TargetSurl { get; init; }

    /// <summary>A TURL comes with <see cref="StatusCode.FilePinned"/> or <see cref="StatusCode.SpaceAvailable"/> only.</summary>
    public required ReturnStatus Status { get; init; }

    public long? FileSize { get; init; }

    /// <summary>Seconds until it is worth asking again.</summary>
    public int? EstimatedWaitTime { get; init; }

    public int? RemainingFileLifetime { get; init; }

    internal static CopyRequestFileStatus Read(SoapElement e) => new()
    {
        SourceSurl = e.RequiredText("sourceSURL"),
        TargetSurl = e.RequiredText("targetSURL"),
        Status = e.RequiredValue("status", ReturnStatus.Read),
        FileSize = e.Size("fileSize"),
        EstimatedWaitTime = e.Int("estimatedWaitTime"),
        RemainingFileLifetime = e.Int("remainingFileLifetime"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("sourceSURL", SourceSurl);
        output.Text("targetSURL", TargetSurl);
        output.Value("status", Status);
        output.Number("fileSize", FileSize);
        output.Number("estimatedWaitTime", EstimatedWaitTime);
        output.Number("remainingFileLifetime", RemainingFileLifetime);
    }
}
