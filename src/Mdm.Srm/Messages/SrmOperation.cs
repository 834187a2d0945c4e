using System.Collections.Frozen;
using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>One of the 39 operations of SRM v2.2: its name and how its two messages are read.</summary>
public sealed class SrmOperation
{
    private SrmOperation(
        string name,
        Func<SoapElement, SrmRequest> readRequest,
        Func<SoapElement, SrmResponse> readResponse,
        Func<ReturnStatus, SrmResponse> answer)
    {
        Name = name;
        ResponseName = name + "Response";
        RequestPart = name + "Request";
        ReadRequest = readRequest;
        ReadResponse = readResponse;
        this.answer = answer;
    }

    private readonly Func<ReturnStatus, SrmResponse> answer;

    // §2: space management functions.
    public static readonly SrmOperation ReserveSpace = new(
        "srmReserveSpace", ReserveSpaceRequest.Read, ReserveSpaceResponse.Read, s => new ReserveSpaceResponse { ReturnStatus = s });
    public static readonly SrmOperation StatusOfReserveSpaceRequest = new(
        "srmStatusOfReserveSpaceRequest", StatusOfReserveSpaceRequestRequest.Read, StatusOfReserveSpaceRequestResponse.Read, s => new StatusOfReserveSpaceRequestResponse { ReturnStatus = s });
    public static readonly SrmOperation ReleaseSpace = new(
        "srmReleaseSpace", ReleaseSpaceRequest.Read, ReleaseSpaceResponse.Read, s => new ReleaseSpaceResponse { ReturnStatus = s });
    public static readonly SrmOperation UpdateSpace = new(
        "srmUpdateSpace", UpdateSpaceRequest.Read, UpdateSpaceResponse.Read, s => new UpdateSpaceResponse { ReturnStatus = s });
    public static readonly SrmOperation StatusOfUpdateSpaceRequest = new(
        "srmStatusOfUpdateSpaceRequest", StatusOfUpdateSpaceRequestRequest.Read, StatusOfUpdateSpaceRequestResponse.Read, s => new StatusOfUpdateSpaceRequestResponse { ReturnStatus = s });
    public static readonly SrmOperation GetSpaceMetaData = new(
        "srmGetSpaceMetaData", GetSpaceMetaDataRequest.Read, GetSpaceMetaDataResponse.Read, s => new GetSpaceMetaDataResponse { ReturnStatus = s });
    public static readonly SrmOperation ChangeSpaceForFiles = new(
        "srmChangeSpaceForFiles", ChangeSpaceForFilesRequest.Read, ChangeSpaceForFilesResponse.Read, s => new ChangeSpaceForFilesResponse { ReturnStatus = s });
    public static readonly SrmOperation StatusOfChangeSpaceForFilesRequest = new(
        "srmStatusOfChangeSpaceForFilesRequest", StatusOfChangeSpaceForFilesRequestRequest.Read, StatusOfChangeSpaceForFilesRequestResponse.Read, s => new StatusOfChangeSpaceForFilesRequestResponse { ReturnStatus = s });
    public static readonly SrmOperation ExtendFileLifeTimeInSpace = new(
        "srmExtendFileLifeTimeInSpace", ExtendFileLifeTimeInSpaceRequest.Read, ExtendFileLifeTimeInSpaceResponse.Read, s => new ExtendFileLifeTimeInSpaceResponse { ReturnStatus = s });
    public static readonly SrmOperation PurgeFromSpace = new(
        "srmPurgeFromSpace", PurgeFromSpaceRequest.Read, PurgeFromSpaceResponse.Read, s => new PurgeFromSpaceResponse { ReturnStatus = s });
    public static readonly SrmOperation GetSpaceTokens = new(
        "srmGetSpaceTokens", GetSpaceTokensRequest.Read, GetSpaceTokensResponse.Read, s => new GetSpaceTokensResponse { ReturnStatus = s });

    // §3: permission functions.
    public static readonly SrmOperation SetPermission = new(
        "srmSetPermission", SetPermissionRequest.Read, SetPermissionResponse.Read, s => new SetPermissionResponse { ReturnStatus = s });
    public static readonly SrmOperation CheckPermission = new(
        "srmCheckPermission", CheckPermissionRequest.Read, CheckPermissionResponse.Read, s => new CheckPermissionResponse { ReturnStatus = s });
    public static readonly SrmOperation GetPermission = new(
        "srmGetPermission", GetPermissionRequest.Read, GetPermissionResponse.Read, s => new GetPermissionResponse { ReturnStatus = s });

    // §4: directory functions.
    public static readonly SrmOperation Mkdir = new(
        "srmMkdir", MkdirRequest.Read, MkdirResponse.Read, s => new MkdirResponse { ReturnStatus = s });
    public static readonly SrmOperation Rmdir = new(
        "srmRmdir", RmdirRequest.Read, RmdirResponse.Read, s => new RmdirResponse { ReturnStatus = s });
    public static readonly SrmOperation Rm = new(
        "srmRm", RmRequest.Read, RmResponse.Read, s => new RmResponse { ReturnStatus = s });
    public static readonly SrmOperation Ls = new(
        "srmLs", LsRequest.Read, LsResponse.Read, s => new LsResponse { ReturnStatus = s });
    public static readonly SrmOperation StatusOfLsRequest = new(
        "srmStatusOfLsRequest", StatusOfLsRequestRequest.Read, StatusOfLsRequestResponse.Read, s => new StatusOfLsRequestResponse { ReturnStatus = s });
    public static readonly SrmOperation Mv = new(
        "srmMv", MvRequest.Read, MvResponse.Read, s => new MvResponse { ReturnStatus = s });

    // §5: data transfer functions.
    public static readonly SrmOperation PrepareToGet = new(
        "srmPrepareToGet", PrepareToGetRequest.Read, PrepareToGetResponse.Read, s => new PrepareToGetResponse { ReturnStatus = s });
    public static readonly SrmOperation StatusOfGetRequest = new(
        "srmStatusOfGetRequest", StatusOfGetRequestRequest.Read, StatusOfGetRequestResponse.Read, s => new StatusOfGetRequestResponse { ReturnStatus = s });
    public static readonly SrmOperation BringOnline = new(
        "srmBringOnline", BringOnlineRequest.Read, BringOnlineResponse.Read, s => new BringOnlineResponse { ReturnStatus = s });
    public static readonly SrmOperation StatusOfBringOnlineRequest = new(
        "srmStatusOfBringOnlineRequest", StatusOfBringOnlineRequestRequest.Read, StatusOfBringOnlineRequestResponse.Read, s => new StatusOfBringOnlineRequestResponse { ReturnStatus = s });
    public static readonly SrmOperation PrepareToPut = new(
        "srmPrepareToPut", PrepareToPutRequest.Read, PrepareToPutResponse.Read, s => new PrepareToPutResponse { ReturnStatus = s });
    public static readonly SrmOperation StatusOfPutRequest = new(
        "srmStatusOfPutRequest", StatusOfPutRequestRequest.Read, StatusOfPutRequestResponse.Read, s => new StatusOfPutRequestResponse { ReturnStatus = s });
    public static readonly SrmOperation Copy = new(
        "srmCopy", CopyRequest.Read, CopyResponse.Read, s => new CopyResponse { ReturnStatus = s });
    public static readonly SrmOperation StatusOfCopyRequest = new(
        "srmStatusOfCopyRequest", StatusOfCopyRequestRequest.Read, StatusOfCopyRequestResponse.Read, s => new StatusOfCopyRequestResponse { ReturnStatus = s });
    public static readonly SrmOperation ReleaseFiles = new(
        "srmReleaseFiles", ReleaseFilesRequest.Read, ReleaseFilesResponse.Read, s => new ReleaseFilesResponse { ReturnStatus = s });
    public static readonly SrmOperation PutDone = new(
        "srmPutDone", PutDoneRequest.Read, PutDoneResponse.Read, s => new PutDoneResponse { ReturnStatus = s });
    public static readonly SrmOperation AbortRequest = new(
        "srmAbortRequest", AbortRequestRequest.Read, AbortRequestResponse.Read, s => new AbortRequestResponse { ReturnStatus = s });
    public static readonly SrmOperation AbortFiles = new(
        "srmAbortFiles", AbortFilesRequest.Read, AbortFilesResponse.Read, s => new AbortFilesResponse { ReturnStatus = s });
    public static readonly SrmOperation SuspendRequest = new(
        "srmSuspendRequest", SuspendRequestRequest.Read, SuspendRequestResponse.Read, s => new SuspendRequestResponse { ReturnStatus = s });
    public static readonly SrmOperation ResumeRequest = new(
        "srmResumeRequest", ResumeRequestRequest.Read, ResumeRequestResponse.Read, s => new ResumeRequestResponse { ReturnStatus = s });
    public static readonly SrmOperation GetRequestSummary = new(
        "srmGetRequestSummary", GetRequestSummaryRequest.Read, GetRequestSummaryResponse.Read, s => new GetRequestSummaryResponse { ReturnStatus = s });
    public static readonly SrmOperation ExtendFileLifeTime = new(
        "srmExtendFileLifeTime", ExtendFileLifeTimeRequest.Read, ExtendFileLifeTimeResponse.Read, s => new ExtendFileLifeTimeResponse { ReturnStatus = s });
    public static readonly SrmOperation GetRequestTokens = new(
        "srmGetRequestTokens", GetRequestTokensRequest.Read, GetRequestTokensResponse.Read, s => new GetRequestTokensResponse { ReturnStatus = s });

    // §6: discovery functions.
    public static readonly SrmOperation GetTransferProtocols = new(
        "srmGetTransferProtocols", GetTransferProtocolsRequest.Read, GetTransferProtocolsResponse.Read, s => new GetTransferProtocolsResponse { ReturnStatus = s });
    public static readonly SrmOperation Ping = new(
        "srmPing", PingRequest.Read, PingResponse.Read, _ => new PingResponse { VersionInfo = InterfaceVersion });

    /// <summary>What srmPing says of the interface.</summary>
    public const string InterfaceVersion = "v2.2";

    private static readonly FrozenDictionary<string, SrmOperation> ByName = List().ToFrozenDictionary(o => o.Name);
    private static readonly FrozenDictionary<string, SrmOperation> ByResponseName = List().ToFrozenDictionary(o => o.ResponseName);

    /// <summary>All of them, in the order of the specification.</summary>
    public static IReadOnlyList<SrmOperation> All { get; } = List();

    /// <summary>The name on the wire, for example <c>srmLs</c>.</summary>
    public string Name { get; }

    /// <summary>The element around a response, and the one part in it: SRM names both alike.</summary>
    internal string ResponseName { get; }

    /// <summary>The one part of a request.</summary>
    internal string RequestPart { get; }

    internal Func<SoapElement, SrmRequest> ReadRequest { get; }

    internal Func<SoapElement, SrmResponse> ReadResponse { get; }

    /// <summary>An answer that holds nothing but how it went: a refusal. srmPing, which has no status, answers its version.</summary>
    public SrmResponse Answer(ReturnStatus status) => answer(status);

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal static SrmOperation? Find(string name) => ByName.GetValueOrDefault(name);

    internal static SrmOperation? FindResponse(string name) => ByResponseName.GetValueOrDefault(name);

    private static SrmOperation[] List() =>
    [
        ReserveSpace, StatusOfReserveSpaceRequest, ReleaseSpace, UpdateSpace, StatusOfUpdateSpaceRequest, GetSpaceMetaData,
        ChangeSpaceForFiles, StatusOfChangeSpaceForFilesRequest, ExtendFileLifeTimeInSpace, PurgeFromSpace, GetSpaceTokens,
        SetPermission, CheckPermission, GetPermission, Mkdir, Rmdir, Rm, Ls, StatusOfLsRequest, Mv, PrepareToGet,
        StatusOfGetRequest, BringOnline, StatusOfBringOnlineRequest, PrepareToPut, StatusOfPutRequest, Copy,
        StatusOfCopyRequest, ReleaseFiles, PutDone, AbortRequest, AbortFiles, SuspendRequest, ResumeRequest,
        GetRequestSummary, ExtendFileLifeTime, GetRequestTokens, GetTransferProtocols, Ping,
    ];
}
