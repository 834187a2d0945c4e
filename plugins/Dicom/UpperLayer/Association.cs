using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.UpperLayer;

/// <summary>
/// An open association (PS3.8 §7 to 9): messages in both directions, each read as a stream, nothing buffered beyond one PDU.
/// One caller may receive while another sends; receiving itself is not thread-safe.
/// </summary>
internal sealed partial class Association : IAsyncDisposable
{
    /// <summary>Bytes of one command. Real ones have some 200.</summary>
    public const int MaxCommandLength = 64 * 1024;

    private const int DataHeaderLength = 12; // PDU header, then length, context and flags of the PDV.
    private const int ReceiveBufferLength = 128 * 1024;

    // Some peers forget to count the six bytes of PDV header into the limit we named.
    private const int ToleratedExcess = 64;

    private readonly Transport _transport;
    private readonly AssociationOptions _options;
    private readonly Dictionary<byte, AgreedContext> _contexts;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly int _sendLimit;
    
    // Not pooled: a read may still be under way in it when the association is closed from elsewhere.
    private readonly byte[] _buffer = new byte[ReceiveBufferLength];
    private int _start;
    private int _end;
    private uint _pduRemaining;
    private uint _pdvRemaining;
    private bool _pdvIsCommand;
    private bool _pdvIsLast;
    private byte _pdvContext;
    private ValueStream? _open;

    /// <param name="transport">Negotiated; owned by the association from now on.</param>
    /// <param name="options">Times and sizes.</param>
    /// <param name="peerMaxPduLength">What the peer takes, 0 for no limit.</param>
    /// <param name="contexts">What was agreed.</param>
    /// <param name="callingAeTitle">The requestor.</param>
    /// <param name="calledAeTitle">The acceptor.</param>
    public Association(Transport transport, AssociationOptions options, uint peerMaxPduLength, IReadOnlyList<AgreedContext> contexts, string callingAeTitle, string calledAeTitle)
    {
        _transport = transport;
        _options = options;
        _contexts = contexts.ToDictionary(context => context.Id);
        _sendLimit = peerMaxPduLength == 0 ? LargestSend : (int)Math.Clamp(peerMaxPduLength, SmallestSend, LargestSend);
        Contexts = contexts;
        CallingAeTitle = callingAeTitle;
        CalledAeTitle = calledAeTitle;
    }

    public IReadOnlyList<AgreedContext> Contexts { get; }

    public string CallingAeTitle { get; }

    public string CalledAeTitle { get; }

    public System.Net.EndPoint? Remote => _transport.RemoteEndPoint;

    /// <summary>True until it is released, aborted or broken.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>True when the association ended in the middle of a data set.</summary>
    public bool LastObjectBroke => !IsOpen && _open is { IsAtEnd: false };

    /// <summary>True when the peer did not end it: nothing came in time.</summary>
    public bool WentSilent => _transport.WasSilent;

    /// <summary>True when an operation may begin: open, and the peer has neither closed nor aborted meanwhile.</summary>
    public bool IsAlive => IsOpen && _transport.IsQuiet;

    /// <summary>True when the connection is still in step after a cancelled receive.</summary>
    public bool SurvivesCancellation => _transport.SurvivesCancellation;

    /// <summary>The first agreed context of a SOP class, or null.</summary>
    public AgreedContext? Find(string abstractSyntax) => Contexts.FirstOrDefault(context => context.AbstractSyntax == abstractSyntax);

    /// <summary>The next message.</summary>
    /// <returns>Null when the peer has released the association, which is then answered and closed.</returns>
    /// <exception cref="MdmException">Unavailable: silent, aborted, broken. Corrupt: not DICOM. Refused: over a limit.</exception>
    public async ValueTask<DimseMessage?> ReceiveAsync(CancellationToken cancellationToken)
    {
        if (_open is { } open)
            await open.DrainAsync(cancellationToken);
        if (!IsOpen)
            throw Closed();
        _open = null;
        try
        {
            return await ReceiveMessageAsync(cancellationToken);
        }
        catch (MdmException)
        {
            Close();
            throw;
        }
    }

    /// <summary>Ends the association in order, as its requestor (PS3.8 §7.2).</summary>
    public async ValueTask ReleaseAsync(CancellationToken cancellationToken)
    {
        if (!IsOpen)
            return;
        try
        {
            if (_open is { IsAtEnd: false })
            {
                await AbortAsync();
                return;
            }

            await _transport.WriteAsync(PduCodec.EncodeRelease(PduType.ReleaseRequest), _options.NegotiationTimeout, cancellationToken);
            while (true)
            {
                var (type, length) = await ReadPduHeaderAsync(_options.NegotiationTimeout, cancellationToken);
                if (type is PduType.ReleaseResponse or PduType.Abort || length > PduCodec.MaxAssociateLength)
                    break;
                await SkipAsync(length, cancellationToken);
                // §7.2.2.2: both sides asked at once; the requestor answers first.
                if (type == PduType.ReleaseRequest)
                    await _transport.WriteAsync(PduCodec.EncodeRelease(PduType.ReleaseResponse), _options.NegotiationTimeout, cancellationToken);
            }
        }
        catch (MdmException)
        {
            // The peer is gone already, which is what was wanted.
            IsOpen = false;
        }
        finally
        {
            Close();
        }
    }

    /// <summary>Ends the association at once (PS3.8 §7.3).</summary>
    public async ValueTask AbortAsync()
    {
        if (!IsOpen)
            return;
        IsOpen = false;
        try
        {
            // A sender in the middle of a PDU would garble the abort; closing tells the peer as well.
            if (await _sending.WaitAsync(TimeSpan.Zero))
                await _transport.WriteAsync(PduCodec.Encode(new AssociateAbort(0, 0)), TimeSpan.FromSeconds(1), CancellationToken.None);
        }
        catch (MdmException)
        {
            // It is broken already.
            IsOpen = false;
        }
        finally
        {
            Close();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await AbortAsync();
        Close();
    }

    private async ValueTask<DimseMessage?> ReceiveMessageAsync(CancellationToken cancellationToken)
    {
        using var command = new MemoryStream();
        var chunk = ArrayPool<byte>.Shared.Rent(1024);
        try
        {
            byte? contextId = null;
            do
            {
                if (!await NextPdvAsync(contextId is null ? _options.MessageTimeout : _options.StallTimeout, contextId is null, cancellationToken))
                    return null;
                if (!_pdvIsCommand || (contextId ?? _pdvContext) != _pdvContext)
                    throw Corrupt("data where a command must come");
                contextId = _pdvContext;
                if (command.Length + _pdvRemaining > MaxCommandLength)
                    throw new MdmException(MdmErrorKind.Refused, $"The DICOM peer sent a command longer than {MaxCommandLength} bytes (limit MaxCommandLength).");
                while (_pdvRemaining > 0)
                {
                    var count = await ReadPdvAsync(chunk, cancellationToken);
                    command.Write(chunk, 0, count);
                }
            }
            while (!_pdvIsLast);

            if (!_contexts.TryGetValue(contextId.Value, out var context))
                throw Corrupt("a message in a presentation context that was not agreed");
            var set = AttributeSet.ParseCommand(command.GetBuffer().AsSpan(0, (int)command.Length));
            _open = set.GetUInt16(Tags.CommandDataSetType) is null or Dimse.NoDataSet ? null : new ValueStream(this, context.Id);
            return new DimseMessage(context, set, _open);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>Reads up to the value of the next PDV. False when the peer released instead, which only between messages it may.</summary>
    private async ValueTask<bool> NextPdvAsync(TimeSpan limit, bool mayRelease, CancellationToken cancellationToken)
    {
        while (_pduRemaining == 0)
        {
            var (type, length) = await ReadPduHeaderAsync(limit, cancellationToken);
            if (type == PduType.ReleaseRequest && mayRelease)
            {
                await SkipAsync(length, cancellationToken);
                await _transport.WriteAsync(PduCodec.EncodeRelease(PduType.ReleaseResponse), _options.NegotiationTimeout, cancellationToken);
                Close();
                return false;
            }

            if (type == PduType.Abort)
                throw new MdmException(MdmErrorKind.Unavailable, "The DICOM peer aborted the association.");
            if (type != PduType.Data)
                throw Corrupt(string.Create(CultureInfo.InvariantCulture, $"a PDU of type {(byte)type} in the middle of an association"));
            if (length > _options.MaxPduLength + ToleratedExcess)
                throw new MdmException(MdmErrorKind.Refused, string.Create(CultureInfo.InvariantCulture, $"The DICOM peer sent a PDU of {length} bytes, more than the {_options.MaxPduLength} agreed (limit MaxPduLength)."));
            _pduRemaining = length;
        }

        if (_pduRemaining < 6)
            throw Corrupt("a PDV cut short");
        await EnsureAsync(6, _options.StallTimeout, cancellationToken);
        var pdvLength = BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start));
        if (pdvLength < 2 || pdvLength > _pduRemaining - 4)
            throw Corrupt("a PDV that does not fit its PDU");
        _pdvContext = _buffer[_start + 4];
        _pdvIsCommand = (_buffer[_start + 5] & 1) != 0;
        _pdvIsLast = (_buffer[_start + 5] & 2) != 0;
        _pdvRemaining = pdvLength - 2;
        _start += 6;
        _pduRemaining -= 6;
        return true;
    }

    private async ValueTask<int> ReadPdvAsync(Memory<byte> destination, CancellationToken cancellationToken)
    {
        var wanted = (int)Math.Min((uint)destination.Length, _pdvRemaining);
        int count;
        if (_end > _start)
        {
            count = Math.Min(wanted, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(destination.Span);
            _start += count;
        }
        else
        {
            count = await _transport.ReadAsync(destination[..wanted], _options.StallTimeout, cancellationToken);
            if (count == 0)
                throw Closed();
        }

        _pdvRemaining -= (uint)count;
        _pduRemaining -= (uint)count;
        return count;
    }

    private async ValueTask<(PduType Type, uint Length)> ReadPduHeaderAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        await EnsureAsync(PduCodec.HeaderLength, limit, cancellationToken);
        var header = ((PduType)_buffer[_start], BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(_start + 2)));
        _start += PduCodec.HeaderLength;
        return header;
    }

    private async ValueTask EnsureAsync(int count, TimeSpan limit, CancellationToken cancellationToken)
    {
        while (_end - _start < count)
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _end -= _start;
                _start = 0;
            }

            var read = await _transport.ReadAsync(_buffer.AsMemory(_end), limit, cancellationToken);
            if (read == 0)
                throw Closed();
            _end += read;
        }
    }

    private async ValueTask SkipAsync(uint length, CancellationToken cancellationToken)
    {
        while (length > 0)
        {
            await EnsureAsync(1, _options.StallTimeout, cancellationToken);
            var count = (int)Math.Min(length, (uint)(_end - _start));
            _start += count;
            length -= (uint)count;
        }
    }

    private void Close()
    {
        IsOpen = false;
        _transport.Dispose();
    }

    private static MdmException Corrupt(string what) => new(MdmErrorKind.Corrupt, $"The DICOM peer sent {what}.");

    private static MdmException Closed() => new(MdmErrorKind.Unavailable, "The DICOM peer closed the connection.");

    /// <summary>The data set of the message being received, taken from the socket as it is read.</summary>
    private sealed class ValueStream(Association association, byte contextId) : ReadOnlyByteStream
    {
        public bool IsAtEnd { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.IsEmpty || IsAtEnd)
                return 0;
            if (!association.IsOpen || association._open != this)
                throw new MdmException(MdmErrorKind.Unavailable, "The association ended before the object did.");
            try
            {
                while (association._pdvRemaining == 0)
                {
                    if (_started && association._pdvIsLast)
                    {
                        IsAtEnd = true;
                        return 0;
                    }

                    await association.NextPdvAsync(association._options.StallTimeout, mayRelease: false, cancellationToken);
                    if (association._pdvIsCommand || association._pdvContext != contextId)
                        throw Corrupt("a command in the middle of a data set");
                    _started = true;
                }

                return await association.ReadPdvAsync(buffer, cancellationToken);
            }
            catch (MdmException)
            {
                association.Close();
                throw;
            }
        }

        public async ValueTask DrainAsync(CancellationToken cancellationToken)
        {
            if (IsAtEnd)
                return;
            var scratch = ArrayPool<byte>.Shared.Rent(ReceiveBufferLength);
            try
            {
                while (await ReadAsync(scratch, cancellationToken) > 0)
                    continue;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(scratch);
            }
        }

        private bool _started;
    }
}
