using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>srmLs (SRM v2.2 §4.4): lists, or describes one entry.</summary>
public sealed record LsRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.Ls;

    /// <summary>The files or directories.</summary>
    public required IReadOnlyList<string> Surls { get; init; }

    public IReadOnlyList<ExtraInfo>? StorageSystemInfo { get; init; }

    public FileStorageType? FileStorageType { get; init; }

    /// <summary>True for owners, permissions, lifetimes, locality and checksums.</summary>
    public bool? FullDetailedList { get; init; }

    /// <summary>True for the whole tree.</summary>
    public bool? AllLevelRecursive { get; init; }

    /// <summary>Levels below the path: 0 the path itself, 1 (the default) its entries too.</summary>
    public int? NumOfLevels { get; init; }

    /// <summary>Entries to leave out from the start.</summary>
    public int? Offset { get; init; }

    /// <summary>Entries to return at most.</summary>
    public int? Count { get; init; }

    internal static LsRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        Surls = e.RequiredList("arrayOfSURLs", "urlArray", SoapElement.ReadText),
        StorageSystemInfo = e.List("storageSystemInfo", "extraInfoArray", ExtraInfo.Read),
        FileStorageType = e.Enum("fileStorageType", Wire.FileStorageType),
        FullDetailedList = e.Bool("fullDetailedList"),
        AllLevelRecursive = e.Bool("allLevelRecursive"),
        NumOfLevels = e.Int("numOfLevels"),
        Offset = e.Int("offset"),
        Count = e.Int("count"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.List("arrayOfSURLs", "urlArray", Surls);
        output.List("storageSystemInfo", "extraInfoArray", StorageSystemInfo);
        output.Enum("fileStorageType", FileStorageType, Wire.FileStorageType);
        output.Bool("fullDetailedList", FullDetailedList);
        output.Bool("allLevelRecursive", AllLevelRecursive);
        output.Number("numOfLevels", NumOfLevels);
        output.Number("offset", Offset);
        output.Number("count", Count);
    }
}

/// <summary>The listing (srmLs, §4.4).</summary>
public sealed record LsResponse : SrmStatusResponse
{
    internal const string DetailsElement = "details";

    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.Ls;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public string? RequestToken { get; init; }

    /// <summary>One entry for each path asked, with what is below it.</summary>
    public IReadOnlyList<MetaDataPathDetail>? Details { get; init; }

    internal static LsResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        RequestToken = e.Text("requestToken"),
        Details = e.List(LsResponse.DetailsElement, MetaDataPathDetail.ItemElement, MetaDataPathDetail.Read),
    };

    internal override void Write(SoapOutput output)
    {
        WriteHead(output);
        output.List(DetailsElement, MetaDataPathDetail.ItemElement, Details);
    }

    /// <summary>All but the listing, which stands last.</summary>
    internal void WriteHead(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.Text("requestToken", RequestToken);
    }
}

/// <summary>srmStatusOfLsRequest (SRM v2.2 §4.5): asks for a listing that was promised.</summary>
public sealed record StatusOfLsRequestRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfLsRequest;

    /// <summary>The name of the request, as the host gave it: opaque, case-sensitive.</summary>
    public required string RequestToken { get; init; }

    /// <summary>Entries to leave out from the start.</summary>
    public int? Offset { get; init; }

    /// <summary>Entries to return at most.</summary>
    public int? Count { get; init; }

    internal static StatusOfLsRequestRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        RequestToken = e.RequiredText("requestToken"),
        Offset = e.Int("offset"),
        Count = e.Int("count"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.Text("requestToken", RequestToken);
        output.Number("offset", Offset);
        output.Number("count", Count);
    }
}

/// <summary>The listing (srmStatusOfLsRequest, §4.5).</summary>
public sealed record StatusOfLsRequestResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.StatusOfLsRequest;

    /// <summary>One entry for each path asked, with what is below it.</summary>
    public IReadOnlyList<MetaDataPathDetail>? Details { get; init; }

    internal static StatusOfLsRequestResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        Details = e.List(LsResponse.DetailsElement, MetaDataPathDetail.ItemElement, MetaDataPathDetail.Read),
    };

    internal override void Write(SoapOutput output)
    {
        WriteHead(output);
        output.List(LsResponse.DetailsElement, MetaDataPathDetail.ItemElement, Details);
    }

    /// <summary>All but the listing, which stands last.</summary>
    internal void WriteHead(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
    }
}
