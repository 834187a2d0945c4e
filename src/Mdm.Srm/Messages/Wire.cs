using Mdm.Srm.Soap;

namespace Mdm.Srm.Messages;

/// <summary>How the enumerations of the WSDL are spelled on the wire.</summary>
internal static class Wire
{
    public static readonly WireNames<FileStorageType> FileStorageType = new("VOLATILE", "DURABLE", "PERMANENT");

    public static readonly WireNames<FileType> FileType = new("FILE", "DIRECTORY", "LINK");

    public static readonly WireNames<RetentionPolicy> RetentionPolicy = new("REPLICA", "OUTPUT", "CUSTODIAL");

    public static readonly WireNames<AccessLatency> AccessLatency = new("ONLINE", "NEARLINE");

    // gfal-chmod sends the digits.
    public static readonly WireNames<PermissionMode> PermissionMode = new("NONE", "X", "W", "WX", "R", "RX", "RW", "RWX") { AcceptsNumbers = true };

    public static readonly WireNames<PermissionType> PermissionType = new("ADD", "REMOVE", "CHANGE");

    public static readonly WireNames<RequestType> RequestType = new(
        "PREPARE_TO_GET", "PREPARE_TO_PUT", "COPY", "BRING_ONLINE", "RESERVE_SPACE", "UPDATE_SPACE", "CHANGE_SPACE_FOR_FILES",
        "LS");

    public static readonly WireNames<OverwriteMode> OverwriteMode = new("NEVER", "ALWAYS", "WHEN_FILES_ARE_DIFFERENT");

    public static readonly WireNames<FileLocality> FileLocality = new("ONLINE", "NEARLINE", "ONLINE_AND_NEARLINE", "LOST", "NONE", "UNAVAILABLE");

    public static readonly WireNames<AccessPattern> AccessPattern = new("TRANSFER_MODE", "PROCESSING_MODE");

    public static readonly WireNames<ConnectionType> ConnectionType = new("WAN", "LAN");

    // A code that another host made up is still an answer.
    public static readonly WireNames<StatusCode> StatusCode = new(
        "SRM_SUCCESS", "SRM_FAILURE", "SRM_AUTHENTICATION_FAILURE", "SRM_AUTHORIZATION_FAILURE", "SRM_INVALID_REQUEST",
        "SRM_INVALID_PATH", "SRM_FILE_LIFETIME_EXPIRED", "SRM_SPACE_LIFETIME_EXPIRED", "SRM_EXCEED_ALLOCATION",
        "SRM_NO_USER_SPACE", "SRM_NO_FREE_SPACE", "SRM_DUPLICATION_ERROR", "SRM_NON_EMPTY_DIRECTORY", "SRM_TOO_MANY_RESULTS",
        "SRM_INTERNAL_ERROR", "SRM_FATAL_INTERNAL_ERROR", "SRM_NOT_SUPPORTED", "SRM_REQUEST_QUEUED", "SRM_REQUEST_INPROGRESS",
        "SRM_REQUEST_SUSPENDED", "SRM_ABORTED", "SRM_RELEASED", "SRM_FILE_PINNED", "SRM_FILE_IN_CACHE", "SRM_SPACE_AVAILABLE",
        "SRM_LOWER_SPACE_GRANTED", "SRM_DONE", "SRM_PARTIAL_SUCCESS", "SRM_REQUEST_TIMED_OUT", "SRM_LAST_COPY", "SRM_FILE_BUSY",
        "SRM_FILE_LOST", "SRM_FILE_UNAVAILABLE", "SRM_CUSTOM_STATUS") { Unknown = Mdm.Srm.Messages.StatusCode.CustomStatus };
}
