using System.Buffers;
using System.IO.Pipelines;
using Mdm.Srm.Messages;

namespace Mdm.Srm.Soap;

/// <summary>
/// Writes SRM v2.2 messages into SOAP 1.1 envelopes, in the one shape that gSOAP and ARC both read: a qualified element,
/// one unqualified part, values in the order of the WSDL, no <c>xsi:type</c>, nothing where there is nothing.
/// </summary>
public static class SoapWriter
{
    // Large enough that a listing of thousands leaves in few writes, small enough that many of them fit in memory.
    private const int FlushAtBytes = 64 * 1024;

    /// <summary>The media type of what is written.</summary>
    public const string ContentType = "text/xml; charset=utf-8";

    private static ReadOnlySpan<byte> Head =>
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><SOAP-ENV:Envelope xmlns:SOAP-ENV=\"http://schemas.xmlsoap.org/soap/envelope/\"><SOAP-ENV:Body>"u8;

    private static ReadOnlySpan<byte> Tail => "</SOAP-ENV:Body></SOAP-ENV:Envelope>"u8;

    /// <summary>Writes a request.</summary>
    public static void WriteRequest(IBufferWriter<byte> buffer, SrmRequest request)
    {
        var output = new SoapOutput(buffer);
        Begin(output, request.Operation.Name, request.Operation.RequestPart);
        request.Write(output);
        End(output, request.Operation.Name, request.Operation.RequestPart);
    }

    /// <summary>Writes a response as a whole.</summary>
    public static void WriteResponse(IBufferWriter<byte> buffer, SrmResponse response)
    {
        var output = new SoapOutput(buffer);
        var name = response.Operation.ResponseName;
        Begin(output, name, name);
        response.Write(output);
        End(output, name, name);
    }

    /// <summary>Writes a response and flushes it; a long listing is flushed as it is written, so that it never stands in memory as text.</summary>
    public static async ValueTask WriteResponseAsync(PipeWriter pipe, SrmResponse response, CancellationToken cancellationToken)
    {
        var output = new SoapOutput(pipe);
        var name = response.Operation.ResponseName;
        Begin(output, name, name);
        switch (response)
        {
            case LsResponse ls:
                ls.WriteHead(output);
                await WriteDetailsAsync(pipe, output, LsResponse.DetailsElement, ls.Details, cancellationToken).ConfigureAwait(false);
                break;
            case StatusOfLsRequestResponse ls:
                ls.WriteHead(output);
                await WriteDetailsAsync(pipe, output, LsResponse.DetailsElement, ls.Details, cancellationToken).ConfigureAwait(false);
                break;
            default:
                response.Write(output);
                break;
        }
        End(output, name, name);
        await pipe.FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a SOAP fault, for what is not SRM over SOAP. Clients retry on faults, so nothing else is answered by one.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="isCallersFault">True for <c>Client</c>, false for <c>Server</c>.</param>
    /// <param name="reason">A sentence; shown to the user.</param>
    public static void WriteFault(IBufferWriter<byte> buffer, bool isCallersFault, string reason)
    {
        var output = new SoapOutput(buffer);
        output.Raw(Head);
        output.Raw("<SOAP-ENV:Fault>"u8);
        output.Text("faultcode", isCallersFault ? "SOAP-ENV:Client" : "SOAP-ENV:Server");
        output.Text("faultstring", reason);
        output.Raw("</SOAP-ENV:Fault>"u8);
        output.Raw(Tail);
    }

    private static async ValueTask WriteDetailsAsync(
        PipeWriter pipe, SoapOutput output, string wrapper, IReadOnlyList<MetaDataPathDetail>? details, CancellationToken cancellationToken)
    {
        if (details is null)
            return;
        output.Open(wrapper);
        foreach (var detail in details)
        {
            output.Open(MetaDataPathDetail.ItemElement);
            detail.WriteHead(output);
            await WriteDetailsAsync(pipe, output, MetaDataPathDetail.SubPathsElement, detail.SubPaths, cancellationToken).ConfigureAwait(false);
            output.Close(MetaDataPathDetail.ItemElement);
            if (output.Pending < FlushAtBytes)
                continue;
            var flush = await pipe.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (flush.IsCompleted)
                throw new IOException("The peer went away while a listing was written.");
            output.Pending = 0;
        }
        output.Close(wrapper);
    }

    private static void Begin(SoapOutput output, string element, string part)
    {
        output.Raw(Head);
        output.Raw("<srm:"u8);
        output.Raw(element);
        output.Raw(" xmlns:srm=\"http://srm.lbl.gov/StorageResourceManager\">"u8);
        output.Open(part);
    }

    private static void End(SoapOutput output, string element, string part)
    {
        output.Close(part);
        output.Raw("</srm:"u8);
        output.Raw(element);
        output.Raw(">"u8);
        output.Raw(Tail);
    }
}
