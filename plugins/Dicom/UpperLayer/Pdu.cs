namespace Mdm.Plugins.Dicom.UpperLayer;

/// <summary>The first byte of a protocol data unit (PS3.8 §9.3).</summary>
internal enum PduType : byte
{
    AssociateRequest = 1,
    AssociateAccept = 2,
    AssociateReject = 3,
    Data = 4,
    ReleaseRequest = 5,
    ReleaseResponse = 6,
    Abort = 7,
}

/// <summary>What an acceptor says to one proposed context (PS3.8 §9.3.3.2).</summary>
internal enum ContextResult : byte
{
    Accepted = 0,
    UserRejected = 1,
    NoReason = 2,
    AbstractSyntaxNotSupported = 3,
    TransferSyntaxesNotSupported = 4,
}

/// <summary>A proposed presentation context.</summary>
internal sealed record ProposedContext(byte Id, string AbstractSyntax, IReadOnlyList<string> TransferSyntaxes);

/// <summary>The answer to a proposed context. The transfer syntax counts only when accepted.</summary>
internal sealed record ContextAnswer(byte Id, ContextResult Result, string TransferSyntax);

/// <summary>SCP/SCU role selection (PS3.7 §D.3.3.4).</summary>
internal sealed record RoleSelection(string SopClassUid, bool ScuRole, bool ScpRole);

/// <summary>The user information both sides exchange. <paramref name="MaximumLength"/>: of the P-DATA-TF PDUs the sender takes, 0 for no limit.</summary>
internal sealed record UserInformation(uint MaximumLength, string ImplementationClassUid, IReadOnlyList<RoleSelection> Roles);

internal sealed record AssociateRequest(string CalledAeTitle, string CallingAeTitle, IReadOnlyList<ProposedContext> Contexts, UserInformation User);

internal sealed record AssociateAccept(string CalledAeTitle, string CallingAeTitle, IReadOnlyList<ContextAnswer> Contexts, UserInformation User);

/// <summary>PS3.8 §9.3.4. <paramref name="Result"/> 1 permanent, 2 transient.</summary>
internal sealed record AssociateReject(byte Result, byte Source, byte Reason)
{
    public static readonly AssociateReject CalledAeTitleNotRecognized = new(1, 1, 7);
    public static readonly AssociateReject CallingAeTitleNotRecognized = new(1, 1, 3);
    public static readonly AssociateReject LocalLimitExceeded = new(2, 3, 2);

    public bool IsTransient => Result == 2;

    public string Explanation => (Source, Reason) switch
    {
        (1, 1) => "no reason given",
        (1, 2) => "application context not supported",
        (1, 3) => "calling AE title not recognized",
        (1, 7) => "called AE title not recognized",
        (2, 2) => "protocol version not supported",
        (3, 1) => "temporary congestion",
        (3, 2) => "local limit exceeded",
        _ => "unknown reason",
    };
}

/// <summary>PS3.8 §9.3.8. Source 0 the user of the service, 2 the provider.</summary>
internal sealed record AssociateAbort(byte Source, byte Reason);
