using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.UpperLayer;

namespace Mdm.Plugins.Dicom.Services;

/// <summary>Answers that every provider gives (PS3.7 §9.3).</summary>
internal static class ServiceProvider
{
    public static ValueTask AnswerEchoAsync(Association association, DimseMessage request, CancellationToken cancellationToken) =>
        association.SendAsync(request.Context, Response(request, Dimse.EchoResponse, Dimse.Success), ReadOnlyMemory<byte>.Empty, cancellationToken);

    /// <summary>The command of an answer: what it answers, to which class, with which status.</summary>
    public static AttributeSet Response(DimseMessage request, ushort field, ushort status) => new AttributeSet()
        .Set(Tags.AffectedSopClassUid, request.Command.GetText(Tags.AffectedSopClassUid))
        .Set(Tags.CommandField, field)
        .Set(Tags.MessageIdBeingRespondedTo, request.Command.GetUInt16(Tags.MessageId) ?? 0)
        .Set(Tags.Status, status);
}
