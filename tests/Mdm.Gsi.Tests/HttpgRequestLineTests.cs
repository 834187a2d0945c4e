using System.Text;
using Mdm.Gsi.Server;

namespace Mdm.Gsi.Tests;

public sealed class HttpgRequestLineTests
{
    [Theory]
    [InlineData("POST httpg://h:1/p HTTP/1.1\r\n\r\n", "POST https://h:1/p HTTP/1.1\r\n\r\n")]
    [InlineData("\r\nGET httpg://h/ HTTP/1.1\r\n\r\nGET httpg://h/2 HTTP/1.1\r\n\r\n", "\r\nGET https://h/ HTTP/1.1\r\n\r\nGET https://h/2 HTTP/1.1\r\n\r\n")]
    [InlineData("GET /httpg://h HTTP/1.1\r\nX: httpg://h\r\n\r\n", "GET /httpg://h HTTP/1.1\r\nX: httpg://h\r\n\r\n")]
    [InlineData("PUT /x HTTP/1.1\r\ncontent-LENGTH: 24\r\n\r\nPOST httpg://h/ HTTP/1.1GET httpg://h HTTP/1.1\r\n\r\n", "PUT /x HTTP/1.1\r\ncontent-LENGTH: 24\r\n\r\nPOST httpg://h/ HTTP/1.1GET https://h HTTP/1.1\r\n\r\n")]
    [InlineData("PUT httpg://h/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10;a=b\r\nGET httpg://h/ 12\r\n3\r\nabc\r\n0\r\nT: v\r\n\r\nGET httpg://h/ HTTP/1.1\r\n\r\n", "PUT https://h/x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n10;a=b\r\nGET httpg://h/ 12\r\n3\r\nabc\r\n0\r\nT: v\r\n\r\nGET https://h/ HTTP/1.1\r\n\r\n")]
    public void Changes_request_lines_and_nothing_else_however_the_bytes_come(string sent, string expected)
    {
        foreach (var step in (int[])[1, 2, 3, 7, 4096])
        {
            var bytes = Encoding.ASCII.GetBytes(sent);
            var line = new HttpgRequestLine();
            for (var i = 0; i < bytes.Length; i += step)
                line.Patch(bytes.AsSpan(i, Math.Min(step, bytes.Length - i)));
            Encoding.ASCII.GetString(bytes).Should().Be(expected, $"in steps of {step}");
        }
    }
}
