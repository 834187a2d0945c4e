using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Mdm.Abstractions;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm;

/// <summary>
/// A SURL: the text as it was sent, because clients match answers byte for byte, and the path that it names here.
/// </summary>
/// <remarks>
/// Taken: <c>srm://host/path</c>, with or without port, and the long form <c>srm://host:port/srm/managerv2?SFN=/path</c>; <c>srm://host</c> is the root.
/// gfal2 sends names as they are, ARC percent-encodes them; both are decoded once, and a <c>%</c> that no two hexadecimal digits follow stands for
/// itself. A name that holds a percent sign before two such digits is therefore sent as <c>%25</c>. An encoded slash is a slash: rights are
/// asked for the path that comes out. Names are compared ordinally, so no Unicode normalisation takes place.
/// </remarks>
internal sealed class Surl
{
    // A path of StoragePath.MaxBytes, every byte of it percent-encoded, behind a host name and an endpoint.
    private const int MaxLength = 3 * StoragePath.MaxBytes + 1024;
    private const string Scheme = "srm://";
    private const string SiteFileName = "?SFN=";

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private Surl(string text, string host, int? port, StoragePath path)
    {
        Text = text;
        Host = host;
        Port = port;
        Path = path;
    }

    /// <summary>Byte for byte what the client sent; what is echoed.</summary>
    public string Text { get; }

    /// <summary>The host as typed: a name, an alias or a bracketed address. Not checked against anything.</summary>
    public string Host { get; }

    /// <summary>The port; clients leave it out on the wire.</summary>
    public int? Port { get; }

    /// <summary>The entry that is meant.</summary>
    public StoragePath Path { get; }

    /// <summary>Parses a SURL; on failure says what to answer for it: <see cref="StatusCode.InvalidRequest"/> for what is no SURL, <see cref="StatusCode.InvalidPath"/> for a path that cannot be.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out Surl? surl, [NotNullWhen(false)] out ReturnStatus? refusal)
    {
        surl = null;
        refusal = null;
        if (text is null || text.Length > MaxLength || !text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            refusal = new ReturnStatus(StatusCode.InvalidRequest, "This is not a SURL; it must look like srm://host/path.");
            return false;
        }
        var authorityEnd = text.AsSpan(Scheme.Length).IndexOfAny('/', '?');
        var authority = authorityEnd < 0 ? text[Scheme.Length..] : text.Substring(Scheme.Length, authorityEnd);
        if (!TrySplit(authority, out var host, out var port))
        {
            refusal = new ReturnStatus(StatusCode.InvalidRequest, "The SURL has no usable host; it must look like srm://host/path.");
            return false;
        }
        try
        {
            var path = StoragePath.Parse(Decode(PathPart(authorityEnd < 0 ? "" : text[(Scheme.Length + authorityEnd)..])));
            surl = new Surl(text, host, port, path);
            return true;
        }
        catch (MdmException e)
        {
            refusal = SrmStatus.OfFile(e);
            return false;
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    private static bool TrySplit(string authority, [NotNullWhen(true)] out string? host, out int? port)
    {
        port = null;
        host = authority;
        // An IPv6 address is in brackets and has colons of its own.
        var colon = authority.LastIndexOf(':');
        if (colon >= 0 && authority.IndexOf(']', StringComparison.Ordinal) < colon)
        {
            if (!ushort.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
                return false;
            port = number;
            host = authority[..colon];
        }
        return host.Length > 0 && Uri.CheckHostName(host) != UriHostNameType.Unknown;
    }

    private static string PathPart(string rest)
    {
        var query = rest.IndexOf(SiteFileName, StringComparison.OrdinalIgnoreCase);
        if (query >= 0)
            rest = rest[(query + SiteFileName.Length)..];
        return rest.StartsWith('/') ? rest : "/" + rest;
    }

    private static string Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
            return text;
        try
        {
            var bytes = StrictUtf8.GetBytes(text);
            var length = 0;
            for (var at = 0; at < bytes.Length; at++)
            {
                if (bytes[at] == '%' && at + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[at + 1]) && char.IsAsciiHexDigit((char)bytes[at + 2]))
                {
                    bytes[length++] = (byte)(HexValue(bytes[at + 1]) << 4 | HexValue(bytes[at + 2]));
                    at += 2;
                }
                else
                {
                    bytes[length++] = bytes[at];
                }
            }
            return StrictUtf8.GetString(bytes, 0, length);
        }
        catch (ArgumentException e)
        {
            throw new MdmException(MdmErrorKind.InvalidName, "The path is not UTF-8 once its percent-encoding is undone.", e);
        }
    }

    private static int HexValue(byte digit) => char.IsAsciiDigit((char)digit) ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
