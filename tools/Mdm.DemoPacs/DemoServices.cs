using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Services;
using Mdm.Plugins.Dicom.UpperLayer;

namespace Mdm.DemoPacs;

/// <summary>PS3.4 annexes A to C as a provider, over a phantom archive.</summary>
internal sealed class DemoServices(DemoPacsOptions options)
{
    private readonly PhantomArchive _archive = new(options);
    private readonly DemoFaults _faults = options.Faults;
    private int _objects;
    private int _sent;
    private int _queries;
    private int _cancels;
    private int _hanging;

    public int ObjectsSent => Volatile.Read(ref _sent);

    public int Queries => Volatile.Read(ref _queries);

    public int Cancels => Volatile.Read(ref _cancels);

    public int Hanging => Volatile.Read(ref _hanging);

    public bool Offers(string sopClass) => sopClass switch
    {
        SopClasses.Verification or SopClasses.StudyRootFind or SopClasses.StudyRootMove => true,
        SopClasses.StudyRootGet => !_faults.NoGet,
        // Over C-GET the peer stores; over C-STORE we do.
        _ => DicomDictionary.StorageClasses.Contains(sopClass),
    };

    public async ValueTask AnswerAsync(Association association, DimseMessage message, CancellationToken cancellationToken)
    {
        if (_faults.Slow > TimeSpan.Zero)
            await Task.Delay(_faults.Slow, cancellationToken);
        switch (message.Command.GetUInt16(Tags.CommandField))
        {
            case Dimse.EchoRequest:
                await ServiceProvider.AnswerEchoAsync(association, message, cancellationToken);
                break;
            case Dimse.FindRequest:
                await FindAsync(association, message, cancellationToken);
                break;
            case Dimse.GetRequest:
                await RetrieveAsync(association, message, association, Dimse.GetResponse, null, cancellationToken);
                break;
            case Dimse.MoveRequest:
                await MoveAsync(association, message, cancellationToken);
                break;
            case Dimse.StoreRequest when message.DataSet is { } dataSet:
                await StoreAsync(association, message, dataSet, cancellationToken);
                break;
            case Dimse.CancelRequest:
                // It came after the operation had ended.
                Interlocked.Increment(ref _cancels);
                break;
            default:
                throw new MdmException(MdmErrorKind.Corrupt, "Not a message of this server.");
        }
    }

    private async ValueTask FindAsync(Association association, DimseMessage message, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _queries);
        var (keys, level) = await ReadKeysAsync(message, cancellationToken);
        var syntax = TransferSyntax.Find(message.Context.TransferSyntax)!;
        var answers = 0;
        foreach (var entry in Matching(keys, level))
        {
            if (_faults.CapFind > 0 && answers == _faults.CapFind)
                break;
            answers++;
            var answer = new AttributeSet().Set(new DicomAttribute(Tags.SpecificCharacterSet, Vr.CS, "ISO_IR 192"u8.ToArray()));
            foreach (var key in keys.Attributes)
            {
                var isHidden = _faults.HideClasses && (key.Tag == Tags.SopClassUid || key.Tag == Tags.SopClassesInStudy);
                if (!isHidden && key.Tag != Tags.SpecificCharacterSet)
                    answer.Set(entry[key.Tag] ?? new DicomAttribute(key.Tag, key.Vr, default));
            }

            answer.Set(Tags.QueryRetrieveLevel, level.Name()).Set(Tags.RetrieveAeTitle, options.AeTitle);
            await association.SendAsync(message.Context, ServiceProvider.Response(message, Dimse.FindResponse, Dimse.Pending), answer.ToArray(syntax.Encoding), cancellationToken);
            if (!association.IsAlive && await IsCancelledAsync(association, cancellationToken))
            {
                await EndAsync(association, message, Dimse.FindResponse, Dimse.Cancelled, cancellationToken);
                return;
            }
        }

        await EndAsync(association, message, Dimse.FindResponse, Dimse.Success, cancellationToken);
    }

    private async ValueTask MoveAsync(Association association, DimseMessage message, CancellationToken cancellationToken)
    {
        var destination = message.Command.GetText(Tags.MoveDestination);
        if (!options.Destinations.TryGetValue(destination, out var place))
        {
            await ServiceUser.ReadAllAsync(message.DataSet ?? Stream.Null, cancellationToken);
            await EndAsync(association, message, Dimse.MoveResponse, Dimse.MoveDestinationUnknown, cancellationToken);
            return;
        }

        // All this server sends is uncompressed, unless it was stored otherwise.
        var proposals = SopClasses.StorageByFrequency.Take(PduCodec.MaxContexts)
            .Select(uid => new ContextProposal(uid, [TransferSyntax.ExplicitLittleEndianUid, TransferSyntax.ImplicitLittleEndianUid])).ToArray();
        Association target;
        try
        {
            target = await Negotiation.RequestAsync(new DicomPeer(place.Host, place.Port, destination, options.AeTitle), proposals, AssociationOptions.Default, cancellationToken);
        }
        catch (MdmException)
        {
            await ServiceUser.ReadAllAsync(message.DataSet ?? Stream.Null, cancellationToken);
            await EndAsync(association, message, Dimse.MoveResponse, Dimse.OutOfResourcesForSuboperations, cancellationToken);
            return;
        }

        await using (target)
        {
            await RetrieveAsync(association, message, target, Dimse.MoveResponse, association.CallingAeTitle, cancellationToken);
            await target.ReleaseAsync(cancellationToken);
        }
    }

    /// <summary>Sends what matches over <paramref name="target"/>, which is the same association for C-GET and another one for C-MOVE.</summary>
    private async ValueTask RetrieveAsync(Association association, DimseMessage message, Association target, ushort responseField, string? moveOriginator, CancellationToken cancellationToken)
    {
        var (keys, level) = await ReadKeysAsync(message, cancellationToken);
        // Retrieval is by unique keys alone: everything below the level belongs to it.
        var (completed, failed, messageId) = ((ushort)0, (ushort)0, (ushort)1);
        foreach (var entry in Matching(keys, QueryLevel.Image, level))
        {
            var isSent = await SendAsync(target, entry, messageId++, moveOriginator, message.Command.GetUInt16(Tags.MessageId) ?? 0, cancellationToken);
            if (isSent is null)
            {
                await EndAsync(association, message, responseField, Dimse.Cancelled, cancellationToken);
                return;
            }

            completed += isSent.Value ? (ushort)1 : (ushort)0;
            failed += isSent.Value ? (ushort)0 : (ushort)1;
            if (target != association && !association.IsAlive && await IsCancelledAsync(association, cancellationToken))
            {
                await EndAsync(association, message, responseField, Dimse.Cancelled, cancellationToken);
                return;
            }
        }

        var response = ServiceProvider.Response(message, responseField, failed == 0 ? Dimse.Success : Dimse.SuboperationsWithFailures)
            .Set(Tags.RemainingSuboperations, (ushort)0).Set(Tags.CompletedSuboperations, completed)
            .Set(Tags.FailedSuboperations, failed).Set(Tags.WarningSuboperations, (ushort)0);
        await association.SendAsync(message.Context, response, ReadOnlyMemory<byte>.Empty, cancellationToken);
    }

    /// <summary>True when stored, false when not; null when the peer cancelled instead of answering.</summary>
    private async ValueTask<bool?> SendAsync(Association target, AttributeSet entry, ushort messageId, string? moveOriginator, ushort originatorMessageId, CancellationToken cancellationToken)
    {
        var number = Interlocked.Increment(ref _objects);
        if (_faults.DropEvery > 0 && number % _faults.DropEvery == 0)
            return true;
        var uid = entry.GetText(Tags.SopInstanceUid);
        if (uid == _faults.DieOn)
            throw new MdmException(MdmErrorKind.Unavailable, "This object ends the connection, as it was told to.");
        if (_faults.Slow > TimeSpan.Zero)
            await Task.Delay(_faults.Slow, cancellationToken);
        if (_archive.Find(entry) is not { } found || Context(target, found.SopClass, found.TransferSyntax, moveOriginator is null) is not { } context)
            return false;
        var command = new AttributeSet()
            .Set(Tags.AffectedSopClassUid, found.SopClass).Set(Tags.CommandField, Dimse.StoreRequest).Set(Tags.MessageId, messageId)
            .Set(Tags.Priority, (ushort)0).Set(Tags.AffectedSopInstanceUid, uid);
        if (moveOriginator is not null)
            command.Set(Tags.MoveOriginatorAeTitle, moveOriginator).Set(Tags.MoveOriginatorMessageId, originatorMessageId);
        await using var dataSet = found.Open(TransferSyntax.Find(context.TransferSyntax)!.Encoding);
        Stream sent = number == _faults.HangInObject ? new HangingStream(dataSet, () => Interlocked.Increment(ref _hanging)) : dataSet;
        await target.SendAsync(context, command, sent, cancellationToken);
        while (await target.ReceiveAsync(cancellationToken) is { } answer)
        {
            switch (answer.Command.GetUInt16(Tags.CommandField))
            {
                case Dimse.CancelRequest:
                    Interlocked.Increment(ref _cancels);
                    return null;
                case Dimse.StoreResponse:
                    Interlocked.Increment(ref _sent);
                    return answer.Command.GetUInt16(Tags.Status) == Dimse.Success;
            }
        }

        throw new MdmException(MdmErrorKind.Unavailable, "The peer released the association in the middle of an operation.");
    }

    private async ValueTask StoreAsync(Association association, DimseMessage message, Stream dataSet, CancellationToken cancellationToken)
    {
        var status = options.AcceptsStore ? (ushort)_faults.StoreStatus : Dimse.NotAuthorized;
        // PS3.7 annex C: Bxxx only warns.
        if (status != Dimse.Success && (status & 0xF000) != 0xB000)
        {
            await ServiceUser.DrainAsync(dataSet, cancellationToken);
            await ServiceUser.AnswerStoreAsync(association, message, status, cancellationToken);
            return;
        }

        var bytes = await ServiceUser.ReadAllAsync(dataSet, cancellationToken);
        var syntax = TransferSyntax.Find(message.Context.TransferSyntax)!;
        var inflated = syntax.IsDeflated
            ? await ServiceUser.ReadAllAsync(new System.IO.Compression.DeflateStream(new MemoryStream(bytes), System.IO.Compression.CompressionMode.Decompress), cancellationToken)
            : bytes;
        var attributes = AttributeSet.Parse(inflated, syntax.Encoding);
        attributes.Remove(Tags.PixelData);
        var received = ServiceUser.Received(message, dataSet);
        _archive.Store(received.SopInstanceUid, new StoredObject(received.SopClassUid, received.TransferSyntaxUid, attributes, bytes));
        await ServiceUser.AnswerStoreAsync(association, message, status, cancellationToken);
    }

    /// <param name="keys">The request's.</param>
    /// <param name="listed">What is listed.</param>
    /// <param name="level">What the keys speak about; by default the same.</param>
    private IEnumerable<AttributeSet> Matching(AttributeSet keys, QueryLevel listed, QueryLevel? level = null)
    {
        var entries = _archive.Entries(listed, keys.GetText(Tags.StudyInstanceUid), (level ?? listed) >= QueryLevel.Series ? keys.GetText(Tags.SeriesInstanceUid) : "");
        return _faults.IgnoreKeys && level is null ? entries : entries.Where(entry => Query.Matches(keys, entry));
    }

    private static AgreedContext? Context(Association target, string sopClass, string? transferSyntax, bool needsRole)
    {
        var usable = target.Contexts.Where(context => context.AbstractSyntax == sopClass && (!needsRole || context.PeerMayStore)).ToArray();
        return transferSyntax is not null
            ? Array.Find(usable, context => context.TransferSyntax == transferSyntax)
            : Array.Find(usable, context => context.TransferSyntax == TransferSyntax.ExplicitLittleEndianUid)
                ?? Array.Find(usable, context => context.TransferSyntax == TransferSyntax.ImplicitLittleEndianUid);
    }

    private static async ValueTask<(AttributeSet Keys, QueryLevel Level)> ReadKeysAsync(DimseMessage message, CancellationToken cancellationToken)
    {
        var syntax = TransferSyntax.Find(message.Context.TransferSyntax)!;
        var keys = AttributeSet.Parse(await ServiceUser.ReadAllAsync(message.DataSet ?? Stream.Null, cancellationToken), syntax.Encoding);
        return (keys, keys.GetText(Tags.QueryRetrieveLevel) switch { "STUDY" => QueryLevel.Study, "SERIES" => QueryLevel.Series, _ => QueryLevel.Image });
    }

    private async ValueTask<bool> IsCancelledAsync(Association association, CancellationToken cancellationToken)
    {
        var message = await association.ReceiveAsync(cancellationToken)
            ?? throw new MdmException(MdmErrorKind.Unavailable, "The peer released the association in the middle of an operation.");
        if (message.Command.GetUInt16(Tags.CommandField) != Dimse.CancelRequest)
            return false;
        Interlocked.Increment(ref _cancels);
        return true;
    }

    private static ValueTask EndAsync(Association association, DimseMessage message, ushort field, ushort status, CancellationToken cancellationToken) =>
        association.SendAsync(message.Context, ServiceProvider.Response(message, field, status), ReadOnlyMemory<byte>.Empty, cancellationToken);

    /// <summary>Gives the first half and then nothing more, for ever.</summary>
    private sealed class HangingStream(Stream content, Action hangs) : ReadOnlyByteStream
    {
        private const int FirstPart = 400 * 1024;
        private int _remaining = FirstPart;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_remaining == 0)
                await HangAsync(cancellationToken);
            var count = await content.ReadAsync(buffer[..Math.Min(buffer.Length, _remaining)], cancellationToken);
            if (count == 0)
                await HangAsync(cancellationToken);
            _remaining -= count;
            return count;
        }

        private Task HangAsync(CancellationToken cancellationToken)
        {
            hangs();
            return Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
    }
}
