using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>srmGetSpaceMetaData (SRM v2.2 §2.6): asks about spaces.</summary>
public sealed record GetSpaceMetaDataRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.GetSpaceMetaData;

    public required IReadOnlyList<string> SpaceTokens { get; init; }

    internal static GetSpaceMetaDataRequest Read(SoapElement e) => new()
    {
        AuthorizationId = e.Text("authorizationID"),
        SpaceTokens = e.RequiredList("arrayOfSpaceTokens", "stringArray", SoapElement.ReadText),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("authorizationID", AuthorizationId);
        output.List("arrayOfSpaceTokens", "stringArray", SpaceTokens);
    }
}

/// <summary>The spaces (srmGetSpaceMetaData, §2.6).</summary>
public sealed record GetSpaceMetaDataResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.GetSpaceMetaData;

    public IReadOnlyList<MetaDataSpace>? SpaceDetails { get; init; }

    internal static GetSpaceMetaDataResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        SpaceDetails = e.List("arrayOfSpaceDetails", "spaceDataArray", MetaDataSpace.Read),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.List("arrayOfSpaceDetails", "spaceDataArray", SpaceDetails);
    }
}

/// <summary>srmGetSpaceTokens (SRM v2.2 §2.11): asks which spaces the caller has.</summary>
public sealed record GetSpaceTokensRequest : SrmRequest
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.GetSpaceTokens;

    /// <summary>The name that was given to the space; absent for all.</summary>
    public string? UserSpaceTokenDescription { get; init; }

    internal static GetSpaceTokensRequest Read(SoapElement e) => new()
    {
        UserSpaceTokenDescription = e.Text("userSpaceTokenDescription"),
        AuthorizationId = e.Text("authorizationID"),
    };

    internal override void Write(SoapOutput output)
    {
        output.Text("userSpaceTokenDescription", UserSpaceTokenDescription);
        output.Text("authorizationID", AuthorizationId);
    }
}

/// <summary>Their tokens (srmGetSpaceTokens, §2.11).</summary>
public sealed record GetSpaceTokensResponse : SrmStatusResponse
{
    /// <inheritdoc/>
    public override SrmOperation Operation => SrmOperation.GetSpaceTokens;

    public IReadOnlyList<string>? SpaceTokens { get; init; }

    internal static GetSpaceTokensResponse Read(SoapElement e) => new()
    {
        ReturnStatus = e.RequiredValue("returnStatus", ReturnStatus.Read),
        SpaceTokens = e.List("arrayOfSpaceTokens", "stringArray", SoapElement.ReadText),
    };

    internal override void Write(SoapOutput output)
    {
        output.Value("returnStatus", ReturnStatus);
        output.List("arrayOfSpaceTokens", "stringArray", SpaceTokens);
    }
}
