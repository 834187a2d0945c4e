using System.Buffers;
using System.Buffers.Binary;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.UpperLayer;

/// <content>The sending half.</content>
internal sealed partial class Association
{
    // What we write at once to a peer without a limit of its own.
    private const int LargestSend = 128 * 1024;
    private const int SmallestSend = 1024;

    /// <summary>Sends a message whose data set, if it has one, is at hand: command and data leave in one write.</summary>
    /// <exception cref="MdmException">Unavailable.</exception>
    public ValueTask SendAsync(AgreedContext context, AttributeSet command, ReadOnlyMemory<byte> dataSet, CancellationToken cancellationToken) =>
        SendAsync(context, command, dataSet.IsEmpty ? null : new PrefixedStream(dataSet, Stream.Null), cancellationToken);

    /// <summary>Sends a message, reading its data set as the peer takes it.</summary>
    /// <exception cref="MdmException">Unavailable.</exception>
    public async ValueTask SendAsync(AgreedContext context, AttributeSet command, Stream? dataSet, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(2 * (_sendLimit + DataHeaderLength));
        try
        {
            var filled = WriteCommand(buffer, context.Id, command, dataSet is not null);
            if (dataSet is not null)
                filled = await SendDataAsync(context.Id, dataSet, buffer, filled, cancellationToken);
            await _transport.WriteAsync(buffer.AsMemory(0, filled), _options.StallTimeout, cancellationToken);
        }
        catch
        {
            // A message that was sent in part cannot be followed by anything.
            Close();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
            _sending.Release();
        }
    }

    private int WriteCommand(byte[] buffer, byte contextId, AttributeSet command, bool hasDataSet)
    {
        command.Set(Tags.CommandDataSetType, hasDataSet ? Dimse.HasDataSet : Dimse.NoDataSet);
        command.Remove(Tags.CommandGroupLength);
        var elements = command.ToArray(DataEncoding.ImplicitLittleEndian);
        var length = new AttributeSet().Set(Tags.CommandGroupLength, (uint)elements.Length).ToArray(DataEncoding.ImplicitLittleEndian);
        byte[] whole = [.. length, .. elements];
        if (whole.Length > _sendLimit - 6)
            throw new MdmException(MdmErrorKind.Refused, "The DICOM peer takes PDUs too short for a command.");
        WriteDataHeader(buffer, contextId, whole.Length, isCommand: true, isLast: true);
        whole.CopyTo(buffer, DataHeaderLength);
        return DataHeaderLength + whole.Length;
    }

    /// <summary>Sends all but the last fragment; that one stays in the buffer, since only the end of the stream shows that it is the last.</summary>
    private async ValueTask<int> SendDataAsync(byte contextId, Stream dataSet, byte[] buffer, int filled, CancellationToken cancellationToken)
    {
        var next = ArrayPool<byte>.Shared.Rent(_sendLimit);
        try
        {
            var room = _sendLimit - 6;
            var count = await dataSet.ReadAtLeastAsync(next.AsMemory(0, room), room, throwOnEndOfStream: false, cancellationToken);
            while (true)
            {
                next.AsSpan(0, count).CopyTo(buffer.AsSpan(filled + DataHeaderLength));
                var following = count < room ? 0 : await dataSet.ReadAtLeastAsync(next.AsMemory(0, room), room, throwOnEndOfStream: false, cancellationToken);
                WriteDataHeader(buffer.AsSpan(filled), contextId, count, isCommand: false, isLast: following == 0);
                filled += DataHeaderLength + count;
                if (following == 0)
                    return filled;
                await _transport.WriteAsync(buffer.AsMemory(0, filled), _options.StallTimeout, cancellationToken);
                filled = 0;
                count = following;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(next, clearArray: true);
        }
    }

    private static void WriteDataHeader(Span<byte> buffer, byte contextId, int length, bool isCommand, bool isLast)
    {
        buffer[0] = (byte)PduType.Data;
        buffer[1] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(buffer[2..], (uint)length + 6);
        BinaryPrimitives.WriteUInt32BigEndian(buffer[6..], (uint)length + 2);
        buffer[10] = contextId;
        buffer[11] = (byte)((isCommand ? 1 : 0) | (isLast ? 2 : 0));
    }
}
