using System.Globalization;
using System.Text;

namespace Mdm.Host.Audit;

/// <summary>RFC 5424 around a message, and RFC 5425's count before it. Left out: structured data.</summary>
internal static class SyslogFormat
{
    public const string Application = "mdm-host";

    /// <summary>PS3.15 A.6: facility 10 (security), severity 5 (notice).</summary>
    private const int Priority = 85;

    /// <summary>PS3.15 A.6.</summary>
    private const string MessageId = "DICOM+RFC3881";

    /// <summary>A syslog message: header, byte order mark (RFC 5424 §6.4: the text is UTF-8), text.</summary>
    public static byte[] Message(DateTimeOffset at, AuditSource source, ReadOnlySpan<byte> text)
    {
        var header = string.Create(CultureInfo.InvariantCulture, $"<{Priority}>1 {at.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ} {source.Id} {Application} {source.ProcessId} {MessageId} - ");
        return [.. Encoding.ASCII.GetBytes(header), 0xEF, 0xBB, 0xBF, .. text];
    }

    /// <summary>RFC 5425 §4.3: the length in bytes, a space, the message.</summary>
    public static void Frame(Stream stream, ReadOnlySpan<byte> message)
    {
        stream.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{message.Length} ")));
        stream.Write(message);
    }
}
