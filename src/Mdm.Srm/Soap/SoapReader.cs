using System.Buffers;
using Mdm.Srm.Messages;

namespace Mdm.Srm.Soap;

/// <summary>
/// Reads SRM v2.2 messages out of SOAP 1.1 envelopes. Formally rpc/encoded; what clients send is one qualified element named
/// after the operation, one part in it, and plain values in any order. Headers, <c>encodingStyle</c>, <c>xsi:type</c> and what is
/// not known are ignored.
/// </summary>
public static class SoapReader
{
    private const int FirstBufferLength = 4096;

    /// <summary>Reads a request from a stream that ends with it, for example the body of a POST.</summary>
    /// <exception cref="SoapException">What came is not an SRM request at all.</exception>
    public static async ValueTask<SoapRequest> ReadRequestAsync(Stream body, SoapLimits limits, CancellationToken cancellationToken)
    {
        var (buffer, length) = await ReadToEndAsync(body, limits.MaxBytes, cancellationToken).ConfigureAwait(false);
        try
        {
            return ReadRequest(buffer.AsMemory(0, length), limits);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads a request. A wrong or missing value inside it is the result's <see cref="SoapRequest.Refusal"/>.</summary>
    /// <exception cref="SoapException">What came is not an SRM request at all.</exception>
    public static SoapRequest ReadRequest(ReadOnlyMemory<byte> message, SoapLimits limits)
    {
        var call = BodyOf(message, limits);
        var operation = IsSrm(call) ? SrmOperation.Find(call.Name) : null;
        if (operation is null)
            throw new SoapException(SoapError.UnknownOperation, "The body does not name an operation of SRM v2.2.");
        try
        {
            return new SoapRequest(operation, operation.ReadRequest(Part(call)), null);
        }
        catch (SoapValueException e)
        {
            return new SoapRequest(operation, null, e.Message);
        }
    }

    /// <summary>Reads a response from a stream that ends with it.</summary>
    /// <exception cref="SoapException">What came is a fault, or not an SRM response.</exception>
    public static async ValueTask<SrmResponse> ReadResponseAsync(Stream body, SoapLimits limits, CancellationToken cancellationToken)
    {
        var (buffer, length) = await ReadToEndAsync(body, limits.MaxBytes, cancellationToken).ConfigureAwait(false);
        try
        {
            return ReadResponse(buffer.AsMemory(0, length), limits);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads a response.</summary>
    /// <exception cref="SoapException">What came is a fault, or not an SRM response.</exception>
    public static SrmResponse ReadResponse(ReadOnlyMemory<byte> message, SoapLimits limits)
    {
        var answer = BodyOf(message, limits);
        if (answer.Name == "Fault")
            throw new SoapException(SoapError.Fault, answer.Text("faultstring") ?? "The host answered with a fault and gave no reason.");
        var operation = IsSrm(answer) ? SrmOperation.FindResponse(answer.Name) : null;
        if (operation is null)
            throw new SoapException(SoapError.UnknownOperation, "The body is not an answer of SRM v2.2.");
        try
        {
            return operation.ReadResponse(Part(answer));
        }
        catch (SoapValueException e)
        {
            throw new SoapException(SoapError.Malformed, $"The answer to {operation.Name} cannot be used: {e.Message}", e);
        }
    }

    private static SoapElement BodyOf(ReadOnlyMemory<byte> message, SoapLimits limits)
    {
        var envelope = SoapTree.Parse(message, limits).Root;
        try
        {
            if (envelope.Name == "Envelope" && envelope.Child("Body")?.FirstChild() is { } content)
                return content;
        }
        catch (SoapValueException e)
        {
            throw new SoapException(SoapError.Malformed, e.Message, e);
        }
        throw new SoapException(SoapError.Malformed, "The message is not a SOAP envelope with a body.");
    }

    // A client that forgets the namespace is understood; one that speaks another SRM is not.
    private static bool IsSrm(SoapElement element) => element.Namespace is SoapNamespaces.Srm or "";

    // An empty call stands for an empty part: srmPing has nothing to say.
    private static SoapElement Part(SoapElement call) => call.FirstChild() ?? call;

    private static async ValueTask<(byte[] Buffer, int Length)> ReadToEndAsync(Stream body, int maxBytes, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBufferLength);
        var length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                    buffer = Grow(buffer, length);
                var read = await body.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    return (buffer, length);
                length += read;
                if (length > maxBytes)
                    throw new SoapException(SoapError.TooLarge, $"The message is larger than {maxBytes} bytes.");
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    private static byte[] Grow(byte[] buffer, int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
