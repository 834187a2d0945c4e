using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.UpperLayer;

/// <summary>How long to wait for what, and how much to take at once, on one association.</summary>
internal sealed record AssociationOptions
{
    public static readonly AssociationOptions Default = new();

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For the answer to a request for association or release (PS3.8 §9.1.5, the ARTIM timer).</summary>
    public TimeSpan NegotiationTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the next message of an operation that is under way.</summary>
    public TimeSpan MessageTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For the next bytes within a message.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of the P-DATA-TF PDUs that we take. 128 KiB: most peers send no larger ones.</summary>
    public int MaxPduLength { get; init; } = 128 * 1024;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}

/// <summary>A presentation context that both sides agreed on.</summary>
/// <param name="Id">Odd, 1 to 255.</param>
/// <param name="AbstractSyntax">The SOP class.</param>
/// <param name="TransferSyntax">The one that was accepted.</param>
/// <param name="PeerMayStore">Role selection gave the peer the SCU's role too: it may send objects (C-GET).</param>
internal sealed record AgreedContext(byte Id, string AbstractSyntax, string TransferSyntax, bool PeerMayStore);

/// <summary>What a requestor wants to talk about.</summary>
/// <param name="AbstractSyntax">The SOP class.</param>
/// <param name="TransferSyntaxes">Ways to write it; the acceptor picks one.</param>
/// <param name="PeerSends">We take the SCP's role for it: the objects of a C-GET come back on this context.</param>
internal sealed record ContextProposal(string AbstractSyntax, IReadOnlyList<string> TransferSyntaxes, bool PeerSends = false);

/// <summary>A message as it arrives: its command, and its data set as a stream when it has one.</summary>
/// <remarks>The data set must be read before the next message; what is left of it is read and dropped.</remarks>
internal sealed record DimseMessage(AgreedContext Context, AttributeSet Command, Stream? DataSet);
