using System.Buffers;
using System.Globalization;
using System.Text;
using Mdm.Gsi.Client;
using Mdm.Gsi.Trust;
using Mdm.Srm.Messages;
using Mdm.Srm.Soap;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Bench;

/// <summary>SRM calls as bytes over httpg, with no more client than is needed: what is measured is the host.</summary>
internal sealed class RawSrm : IDisposable
{
    private readonly TrustStore _trust;
    private readonly GridTlsClient _client;
    private readonly GridCredential _credential;
    private readonly int _port;

    public RawSrm(TestGrid grid, int port)
    {
        _port = port;
        _trust = new TrustStore(new TrustOptions { CertificateDirectory = grid.CertificateDirectory, ReloadInterval = TimeSpan.Zero }, NullLogger<TrustStore>.Instance);
        _client = new GridTlsClient(_trust) { HandshakeTimeLimit = TimeSpan.FromSeconds(60) };
        _credential = GridCredential.LoadProxy(grid.PhysicianProxy);
    }

    /// <summary>A request with its HTTP head.</summary>
    public byte[] Compose(SrmRequest request)
    {
        var body = new ArrayBufferWriter<byte>();
        SoapWriter.WriteRequest(body, request);
        var head = string.Create(CultureInfo.InvariantCulture, $"POST /srm/managerv2 HTTP/1.1\r\nHost: localhost:{_port}\r\nContent-Type: text/xml; charset=utf-8\r\nSOAPAction: \"{request.Operation.Name}\"\r\nContent-Length: {body.WrittenCount}\r\n\r\n");
        return [.. Encoding.ASCII.GetBytes(head), .. body.WrittenSpan];
    }

    public async Task<RawSession> ConnectAsync() => new(await _client.ConnectAsync("localhost", _port, _credential, GridTlsMode.Httpg));

    public void Dispose()
    {
        _credential.Dispose();
        _client.Dispose();
        _trust.Dispose();
    }
}

/// <summary>A connection that is kept; one call at a time.</summary>
internal sealed class RawSession(Stream stream) : IAsyncDisposable
{
    private const int AnswerLength = 64 * 1024;
    private readonly byte[] _buffer = new byte[AnswerLength];

    /// <summary>One call; its answer, which is good until the next. Empty when the host ended the connection.</summary>
    public async Task<ReadOnlyMemory<byte>> CallAsync(byte[] request)
    {
        await stream.WriteAsync(request);
        await stream.FlushAsync();
        var length = 0;
        while (length < _buffer.Length)
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(length));
            if (read == 0)
                return default;
            length += read;
            // The end of the envelope is the end of the answer, but for the end of the chunks.
            if (IsWhole(_buffer.AsSpan(0, length)))
                return _buffer.AsMemory(0, length);
        }
        return default;
    }

    /// <summary>One call that has to succeed.</summary>
    public async Task<ReadOnlyMemory<byte>> SucceedAsync(byte[] request)
    {
        var answer = await CallAsync(request);
        return answer.Span.IndexOf("SRM_SUCCESS"u8) > 0 ? answer : throw new InvalidOperationException($"a call failed: {Encoding.UTF8.GetString(answer.Span)}");
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        if (answer[..end].IndexOf("chunked"u8) >= 0)
            return answer.EndsWith("\r\n0\r\n\r\n"u8);
        var header = answer[..end].IndexOf("Content-Length: "u8);
        var value = answer[(header + 16)..];
        return header >= 0 && answer.Length >= end + 4 + int.Parse(value[..value.IndexOf((byte)'\r')], NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
