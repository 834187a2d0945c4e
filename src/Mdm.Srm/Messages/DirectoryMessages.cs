using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>srmMkdir (SRM v2.2 §4.1): makes one directory; its parent exists.</summary>
public sealed record MkdirRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.Mkdir;

    public required string Surl { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    internal static MkdirRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        Surl = e.RequiredText("SURL"),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.Text("SURL", Surl);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
    }
}

/// <summary>Whether it was made (srmMkdir, §4.1).</summary>
public sealed record MkdirResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.Mkdir;

    internal static MkdirResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
    }
}

/// <summary>srmRmdir (SRM v2.2 §4.2): removes a directory.</summary>
public sealed record RmdirRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.Rmdir;

    public required string Surl { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    /// <summary>True to remove what is in the directory too.</summary>
    public bool? Recursive { get; init; }

    internal static RmdirRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        Surl = e.RequiredText("SURL"),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
        Recursive = e.Bool("recursive"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.Text("SURL", Surl);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
        output.Bool("recursive", Recursive);
    }
}

/// <summary>Whether it was removed (srmRmdir, §4.2).</summary>
public sealed record RmdirResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.Rmdir;

    internal static RmdirResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
    }
}

/// <summary>srmRm (SRM v2.2 §4.3): removes files.</summary>
public sealed record RmRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.Rm;

    /// <summary>The files or directories.</summary>
    public required IReadOnlyList<string> Surls { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    internal static RmRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        Surls = e.RequiredList("arrayOfSURLs", "urlArray", SoapElement.ReadText),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.List("arrayOfSURLs", "urlArray", Surls);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
    }
}

/// <summary>What became of each file (srmRm, §4.3).</summary>
public sealed record RmResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.Rm;

    /// <summary>What became of each file.</summary>
    public IReadOnlyList<SurlReturnStatus>? FileStatuses { get; init; }

    internal static RmResponse Read(SoapElement e) => new()
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

/// <summary>srmMv (SRM v2.2 §4.6): renames or moves.</summary>
public sealed record MvRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.Mv;

    public required string FromSurl { get; init; }

    public required string ToSurl { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    internal static MvRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        FromSurl = e.RequiredText("fromSURL"),
        ToSurl = e.RequiredText("toSURL"),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.Text("fromSURL", FromSurl);
        output.Text("toSURL", ToSurl);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
    }
}

/// <summary>Whether it was moved (srmMv, §4.6).</summary>
public sealed record MvResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.Mv;

    internal static MvResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
    }
}
