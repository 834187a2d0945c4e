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

/// <summary>srmLs of one file as bytes over httpg, with no more client than is needed: what is measured is the host.</summary>
internal sealed class RawSrm : IDisposable
{
    private readonly TrustStore _trust;
    private readonly GridTlsClient _client;
    private readonly GridCredential _credential;
    private readonly byte[] _request;
    private readonly int _port;

    public RawSrm(TestGrid grid, int port, string surl)
    {
        _port = port;
        _trust = new TrustStore(new TrustOptions { CertificateDirectory = grid.CertificateDirectory, ReloadInterval = TimeSpan.Zero }, NullLogger<TrustStore>.Instance);
        _client = new GridTlsClient(_trust) { HandshakeTimeLimit = TimeSpan.FromSeconds(60) };
        _credential = GridCredential.LoadProxy(grid.PhysicianProxy);
        var body = new ArrayBufferWriter<byte>();
        SoapWriter.WriteRequest(body, new LsRequest { Surls = [surl], FullDetailedList = true, NumOfLevels = 0 });
        var head = string.Create(CultureInfo.InvariantCulture, $"POST /srm/managerv2 HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: text/xml; charset=utf-8\r\nSOAPAction: \"srmLs\"\r\nContent-Length: {body.WrittenCount}\r\n\r\n");
        _request = [.. Encoding.ASCII.GetBytes(head), .. body.WrittenSpan];
    }

    public Task<Stream> ConnectAsync() => _client.ConnectAsync("localhost", _port, _credential, GridTlsMode.Httpg);

    /// <summary>One call; true when the file's entry came back whole.</summary>
    public async Task<bool> CallAsync(Stream stream, byte[] buffer)
    {
        await stream.WriteAsync(_request);
        await stream.FlushAsync();
        var length = 0;
        while (length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length));
            if (read == 0)
                return false;
            length += read;
            // The end of the envelope is the end of the answer, but for the end of the chunks.
            if (IsWhole(buffer.AsSpan(0, length)))
                return buffer.AsSpan(0, length).IndexOf("SRM_SUCCESS"u8) > 0 && buffer.AsSpan(0, length).IndexOf("<pathDetailArray>"u8) > 0;
        }
        return false;
    }

    public void Dispose()
    {
        _credential.Dispose();
        _client.Dispose();
        _trust.Dispose();
    }

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
