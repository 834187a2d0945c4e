namespace Mdm.Plugins.Dicom.UpperLayer;

/// <summary>Numbers of PS3.7: command fields (annex E.1), statuses (annex C), markers.</summary>
internal static class Dimse
{
    public const ushort StoreRequest = 0x0001;
    public const ushort StoreResponse = 0x8001;
    public const ushort GetRequest = 0x0010;
    public const ushort GetResponse = 0x8010;
    public const ushort FindRequest = 0x0020;
    public const ushort FindResponse = 0x8020;
    public const ushort MoveRequest = 0x0021;
    public const ushort MoveResponse = 0x8021;
    public const ushort EchoRequest = 0x0030;
    public const ushort EchoResponse = 0x8030;
    public const ushort CancelRequest = 0x0FFF;

    /// <summary>(0000,0800): no data set follows; every other value says that one does.</summary>
    public const ushort NoDataSet = 0x0101;
    public const ushort HasDataSet = 0x0000;

    public const ushort Success = 0x0000;
    public const ushort Cancelled = 0xFE00;
    public const ushort Pending = 0xFF00;
    public const ushort PendingWithUnsupportedKeys = 0xFF01;
    public const ushort OutOfResources = 0xA700;
    public const ushort OutOfResourcesForSuboperations = 0xA702;
    public const ushort MoveDestinationUnknown = 0xA801;
    public const ushort IdentifierDoesNotMatch = 0xA900;
    public const ushort SuboperationsWithFailures = 0xB000;
    public const ushort UnableToProcess = 0xC000;
    public const ushort NotAuthorized = 0x0124;
    public const ushort SopClassNotSupported = 0x0122;
    public const ushort ResourceLimitation = 0x0213;
    public const ushort DuplicateInstance = 0x0111;
    public const ushort UnrecognizedOperation = 0x0211;

    public static bool IsPending(ushort status) => status is Pending or PendingWithUnsupportedKeys;
}
