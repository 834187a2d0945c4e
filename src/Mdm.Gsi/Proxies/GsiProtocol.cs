using System.Formats.Asn1;
using Mdm.Gsi.Native;

namespace Mdm.Gsi.Proxies;

/// <summary>
/// What GSI puts between TLS and HTTP: one byte in a record of its own. <c>0</c>: no delegation. <c>D</c>: the server writes a PKCS#10 request and the client answers
/// with one proxy certificate, both in DER without a length before it. Anything else is plain https.
/// </summary>
internal static class GsiProtocol
{
    public const byte NoDelegation = (byte)'0', Delegation = (byte)'D';

    /// <summary>Largest proxy certificate taken from a client, in bytes.</summary>
    public const int MaxProxyLength = 32 * 1024;

    /// <summary>Largest certificate request taken from a server, in bytes.</summary>
    public const int MaxRequestLength = 16 * 1024;

    /// <summary>The length of the DER value at the start, once its header is there; null before. Pure.</summary>
    /// <exception cref="AsnContentException">No DER sequence, or longer than <paramref name="limit"/>.</exception>
    public static int? EncodedLength(ReadOnlySpan<byte> data, int limit)
    {
        if (data.Length < 2)
            return null;
        if (data[0] != 0x30)
            throw new AsnContentException("Not a DER sequence.");
        int length = data[1];
        var header = 2;
        if (length >= 0x80)
        {
            var bytes = length & 0x7F;
            if (bytes is 0 or > 3)
                throw new AsnContentException("Not a DER length that is accepted here.");
            if (data.Length < 2 + bytes)
                return null;
            length = 0;
            foreach (var b in data.Slice(2, bytes))
                length = (length << 8) | b;
            header += bytes;
        }
        return header + length <= limit ? header + length : throw new AsnContentException($"More than {limit} bytes.");
    }

    /// <summary>Reads exactly one DER sequence.</summary>
    public static async Task<byte[]> ReadEncodedAsync(TlsStream stream, int limit, CancellationToken cancellationToken)
    {
        var buffer = new byte[limit];
        var count = 0;
        try
        {
            while (true)
            {
                var total = EncodedLength(buffer.AsSpan(0, count), limit);
                if (total is { } length && count >= length)
                    return count == length ? buffer[..length] : throw new IOException("The peer sent more than was asked for.");
                // Never past the value: what follows it is HTTP.
                var wanted = total is { } known ? known - count : Math.Max(1, 5 - count);
                var read = await stream.ReadRecordAsync(buffer.AsMemory(count, wanted), cancellationToken);
                if (read == 0)
                    throw new IOException("The peer closed the connection during the delegation.");
                count += read;
            }
        }
        catch (AsnContentException e)
        {
            throw new IOException($"The delegation is not what GSI says: {e.Message}", e);
        }
    }
}
