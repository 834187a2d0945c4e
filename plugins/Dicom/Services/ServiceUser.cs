// PS3.7 §9 and PS3.4 annexes A, B, C as a service class user: C-ECHO, C-STORE, C-FIND, C-GET, C-MOVE, each over an association that is open already.
using System.Globalization;
using System.Runtime.CompilerServices;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.UpperLayer;

namespace Mdm.Plugins.Dicom.Services;

/// <summary>An object on its way in. Its stream is read, or left, before the next one comes.</summary>
/// <param name="SopClassUid">As the command says.</param>
/// <param name="SopInstanceUid">As the command says.</param>
/// <param name="TransferSyntaxUid">Of the context it comes on.</param>
/// <param name="DataSet">From the socket.</param>
internal sealed record ReceivedObject(string SopClassUid, string SopInstanceUid, string TransferSyntaxUid, Stream DataSet);

/// <summary>What an archive said at the end of a C-GET or C-MOVE. It is a hint: only the objects received prove anything.</summary>
internal sealed record RetrieveOutcome(ushort Status, int Completed, int Failed, int Warning)
{
    // DCMTK says A702 also when every object lacked a presentation context: then it counts them as failed.
    public bool IsBusy => Status is Dimse.OutOfResources or 0xA701 || (Status == Dimse.OutOfResourcesForSuboperations && Failed == 0);
}

internal static class ServiceUser
{
    /// <summary>How long a cancelled operation may take to end before the association is given up. The contract allows one second.</summary>
    private static readonly TimeSpan CancelGrace = TimeSpan.FromMilliseconds(600);

    /// <summary>What is read and dropped of an object nobody wants, before closing the association is cheaper.</summary>
    private const int MaxDrain = 16 << 20;

    /// <summary>C-ECHO.</summary>
    /// <exception cref="MdmException">Unavailable or Refused.</exception>
    public static async ValueTask EchoAsync(Association association, CancellationToken cancellationToken)
    {
        var context = Context(association, SopClasses.Verification);
        var command = Request(Dimse.EchoRequest, SopClasses.Verification, 1);
        command.Remove(Tags.Priority);
        await association.SendAsync(context, command, ReadOnlyMemory<byte>.Empty, cancellationToken);
        var response = await ReceiveAsync(association, cancellationToken);
        if (response.Command.GetUInt16(Tags.CommandField) != Dimse.EchoResponse || Status(response) != Dimse.Success)
            throw new MdmException(MdmErrorKind.Unavailable, string.Create(CultureInfo.InvariantCulture, $"The archive answered C-ECHO with status {Status(response):X4}."));
    }

    /// <summary>C-FIND in the study root. Answers that do not match the keys are left out.</summary>
    /// <exception cref="MdmException">Busy: out of resources. Unavailable: any other failure, also after answers.</exception>
    public static async IAsyncEnumerable<AttributeSet> FindAsync(Association association, AttributeSet identifier, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var context = Context(association, SopClasses.StudyRootFind);
        var syntax = Syntax(context);
        const ushort messageId = 1;
        await association.SendAsync(context, Request(Dimse.FindRequest, SopClasses.StudyRootFind, messageId), identifier.ToArray(syntax.Encoding), cancellationToken);
        var ended = false;
        try
        {
            while (true)
            {
                var message = await ReceiveAsync(association, cancellationToken);
                var status = Status(message);
                if (message.Command.GetUInt16(Tags.CommandField) != Dimse.FindResponse)
                    throw new MdmException(MdmErrorKind.Corrupt, "The archive answered C-FIND with another message.");
                if (!Dimse.IsPending(status))
                {
                    ended = true;
                    ThrowUnlessSuccess("C-FIND", status);
                    yield break;
                }

                if (message.DataSet is null)
                    continue;
                var answer = AttributeSet.Parse(await ReadAllAsync(message.DataSet, cancellationToken), syntax.Encoding);
                if (Query.Matches(identifier, answer))
                    yield return answer;
            }
        }
        finally
        {
            if (!ended)
                await CancelAsync(association, context, messageId);
        }
    }

    /// <summary>C-GET in the study root: objects in the order of arrival.</summary>
    /// <param name="association">With contexts on which the archive may store.</param>
    /// <param name="identifier">What to get: level and UIDs.</param>
    /// <param name="ended">Told what the archive said at the end.</param>
    /// <param name="cancellationToken">Ends it; the archive is told.</param>
    /// <exception cref="MdmException">Unavailable or Corrupt: the association broke.</exception>
    public static async IAsyncEnumerable<ReceivedObject> GetAsync(
        Association association, AttributeSet identifier, Action<RetrieveOutcome> ended, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var context = Context(association, SopClasses.StudyRootGet);
        const ushort messageId = 1;
        await association.SendAsync(context, Request(Dimse.GetRequest, SopClasses.StudyRootGet, messageId), identifier.ToArray(Syntax(context).Encoding), cancellationToken);
        var isOver = false;
        try
        {
            while (!isOver)
            {
                var message = await ReceiveAsync(association, cancellationToken);
                switch (message.Command.GetUInt16(Tags.CommandField))
                {
                    case Dimse.GetResponse when Dimse.IsPending(Status(message)):
                        break;
                    case Dimse.GetResponse:
                        isOver = true;
                        ended(Outcome(message));
                        break;
                    case Dimse.StoreRequest when message.DataSet is { } dataSet:
                        yield return Received(message, dataSet);
                        await AnswerStoreAsync(association, message, await DrainAsync(dataSet, cancellationToken) ? Dimse.Success : Dimse.UnableToProcess, cancellationToken);
                        break;
                    default:
                        throw new MdmException(MdmErrorKind.Corrupt, "The archive answered C-GET with another message.");
                }
            }
        }
        finally
        {
            if (!isOver)
                await CancelAsync(association, context, messageId);
        }
    }

    /// <summary>C-MOVE in the study root: returns when the archive says that it is done. The objects come elsewhere.</summary>
    /// <exception cref="MdmException">Unavailable or Corrupt: the association broke.</exception>
    public static async ValueTask<RetrieveOutcome> MoveAsync(Association association, AttributeSet identifier, string destination, CancellationToken cancellationToken)
    {
        var context = Context(association, SopClasses.StudyRootMove);
        const ushort messageId = 1;
        var command = Request(Dimse.MoveRequest, SopClasses.StudyRootMove, messageId).Set(Tags.MoveDestination, destination);
        await association.SendAsync(context, command, identifier.ToArray(Syntax(context).Encoding), cancellationToken);
        var isOver = false;
        try
        {
            while (true)
            {
                var message = await ReceiveAsync(association, cancellationToken);
                if (message.Command.GetUInt16(Tags.CommandField) != Dimse.MoveResponse)
                    throw new MdmException(MdmErrorKind.Corrupt, "The archive answered C-MOVE with another message.");
                if (Dimse.IsPending(Status(message)))
                    continue;
                isOver = true;
                return Outcome(message);
            }
        }
        finally
        {
            if (!isOver)
                await CancelAsync(association, context, messageId);
        }
    }

    /// <summary>C-STORE: sends an object as its source gives it. When that fails in the middle, the association is closed and the archive has nothing.</summary>
    /// <returns>The archive's status.</returns>
    /// <exception cref="MdmException">Unavailable or Corrupt: the association broke. What the source says.</exception>
    public static async ValueTask<ushort> StoreAsync(Association association, AgreedContext context, string sopInstance, Stream dataSet, CancellationToken cancellationToken)
    {
        const ushort messageId = 1;
        var command = Request(Dimse.StoreRequest, context.AbstractSyntax, messageId).Set(Tags.AffectedSopInstanceUid, sopInstance);
        await association.SendAsync(context, command, dataSet, cancellationToken);
        var response = await ReceiveAsync(association, cancellationToken);
        if (response.Command.GetUInt16(Tags.CommandField) != Dimse.StoreResponse || response.Command.GetUInt16(Tags.MessageIdBeingRespondedTo) != messageId)
            throw new MdmException(MdmErrorKind.Corrupt, "The archive answered C-STORE with another message.");
        return Status(response);
    }

    /// <summary>Answers a C-STORE request.</summary>
    public static ValueTask AnswerStoreAsync(Association association, DimseMessage request, ushort status, CancellationToken cancellationToken)
    {
        var response = new AttributeSet()
            .Set(Tags.AffectedSopClassUid, request.Command.GetText(Tags.AffectedSopClassUid))
            .Set(Tags.CommandField, Dimse.StoreResponse)
            .Set(Tags.MessageIdBeingRespondedTo, request.Command.GetUInt16(Tags.MessageId) ?? 0)
            .Set(Tags.Status, status)
            .Set(Tags.AffectedSopInstanceUid, request.Command.GetText(Tags.AffectedSopInstanceUid));
        return association.SendAsync(request.Context, response, ReadOnlyMemory<byte>.Empty, cancellationToken);
    }

    /// <summary>The object that a C-STORE request brings.</summary>
    public static ReceivedObject Received(DimseMessage message, Stream dataSet) => new(
        message.Command.GetText(Tags.AffectedSopClassUid), message.Command.GetText(Tags.AffectedSopInstanceUid), message.Context.TransferSyntax, dataSet);

    /// <summary>Reads what is left of an object. False when it was too much: then the association is better closed.</summary>
    /// <returns>True when nothing of value was left: a reader stopped at its end.</returns>
    public static async ValueTask<bool> DrainAsync(Stream dataSet, CancellationToken cancellationToken)
    {
        var scratch = new byte[4096];
        var first = await dataSet.ReadAsync(scratch, cancellationToken);
        // A deflated object may be followed by its padding.
        if (first <= 1)
            return true;
        long drained = first;
        for (int count; (count = await dataSet.ReadAsync(scratch, cancellationToken)) > 0; drained += count)
        {
            if (drained > MaxDrain)
                throw new MdmException(MdmErrorKind.Unavailable, "An object was given up; the association ends with it.");
        }

        return false;
    }

    /// <summary>A data set in memory.</summary>
    /// <exception cref="MdmException">Refused: longer than <see cref="DataSetLimits.MaxSetInMemory"/>.</exception>
    public static async ValueTask<byte[]> ReadAllAsync(Stream dataSet, CancellationToken cancellationToken)
    {
        var whole = new MemoryStream();
        var chunk = new byte[4096];
        for (int count; (count = await dataSet.ReadAsync(chunk, cancellationToken)) > 0;)
        {
            whole.Write(chunk, 0, count);
            if (whole.Length > DataSetLimits.Default.MaxSetInMemory)
                throw new MdmException(MdmErrorKind.Refused, "The DICOM peer sent an identifier longer than the limit MaxSetInMemory.");
        }

        return whole.ToArray();
    }

    private static AgreedContext Context(Association association, string sopClass) =>
        association.Find(sopClass) ?? throw new MdmException(MdmErrorKind.Refused, $"The archive {association.CalledAeTitle} did not accept {DicomDictionary.FindUid(sopClass)?.Keyword ?? sopClass}.");

    private static TransferSyntax Syntax(AgreedContext context) =>
        TransferSyntax.Find(context.TransferSyntax) ?? throw new MdmException(MdmErrorKind.Corrupt, "The archive uses a transfer syntax that is not supported.");

    private static AttributeSet Request(ushort field, string sopClass, ushort messageId) => new AttributeSet()
        .Set(Tags.AffectedSopClassUid, sopClass)
        .Set(Tags.CommandField, field)
        .Set(Tags.MessageId, messageId)
        .Set(Tags.Priority, (ushort)0);

    private static async ValueTask<DimseMessage> ReceiveAsync(Association association, CancellationToken cancellationToken) =>
        await association.ReceiveAsync(cancellationToken)
        ?? throw new MdmException(MdmErrorKind.Unavailable, "The archive released the association in the middle of an operation.");

    private static ushort Status(DimseMessage message) =>
        message.Command.GetUInt16(Tags.Status) ?? throw new MdmException(MdmErrorKind.Corrupt, "The archive sent an answer without status.");

    private static RetrieveOutcome Outcome(DimseMessage message) => new(
        Status(message),
        message.Command.GetUInt16(Tags.CompletedSuboperations) ?? 0,
        message.Command.GetUInt16(Tags.FailedSuboperations) ?? 0,
        message.Command.GetUInt16(Tags.WarningSuboperations) ?? 0);

    private static void ThrowUnlessSuccess(string operation, ushort status)
    {
        if (status == Dimse.Success)
            return;
        // PS3.4 table C.4-1 and PS3.7 annex C.
        throw status switch
        {
            0xA700 or Dimse.ResourceLimitation => new MdmException(MdmErrorKind.Busy, $"The archive is out of resources for {operation}."),
            Dimse.NotAuthorized => new MdmException(MdmErrorKind.Refused, $"The archive does not authorize {operation}."),
            _ => new MdmException(MdmErrorKind.Unavailable, string.Create(CultureInfo.InvariantCulture, $"The archive ended {operation} with status {status:X4}.")),
        };
    }

    /// <summary>C-CANCEL, then a short wait for the operation's end; if it does not come, the association is aborted.</summary>
    private static async ValueTask CancelAsync(Association association, AgreedContext context, ushort messageId)
    {
        if (!association.IsOpen)
            return;
        if (!association.SurvivesCancellation)
        {
            await association.AbortAsync();
            return;
        }

        using var grace = new CancellationTokenSource(CancelGrace);
        try
        {
            var cancel = new AttributeSet().Set(Tags.CommandField, Dimse.CancelRequest).Set(Tags.MessageIdBeingRespondedTo, messageId);
            await association.SendAsync(context, cancel, ReadOnlyMemory<byte>.Empty, grace.Token);
            while (await association.ReceiveAsync(grace.Token) is { } message)
            {
                if (message.Command.GetUInt16(Tags.CommandField) == Dimse.StoreRequest)
                    await AnswerStoreAsync(association, message, Dimse.OutOfResources, grace.Token);
                else if (message.Command.GetUInt16(Tags.Status) is { } status && !Dimse.IsPending(status))
                    return;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or MdmException)
        {
            await association.AbortAsync();
        }
    }
}
