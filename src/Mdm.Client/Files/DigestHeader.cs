using System.Net.Http.Headers;

namespace Mdm.Client.Files;

/// <summary>The header <c>Digest</c> (RFC 3230 §4.3.2): <c>adler32=0a1b2c3d,md5=...</c>.</summary>
internal static class DigestHeader
{
    private const string Name = "Digest";
    private const string Algorithm = "adler32=";

    /// <summary>The Adler-32 in it, eight lower-case hexadecimal digits; null when there is none.</summary>
    public static string? Adler32(HttpResponseHeaders headers)
    {
        if (!headers.TryGetValues(Name, out var values))
            return null;
        foreach (var digest in values.SelectMany(v => v.Split(',', StringSplitOptions.TrimEntries)))
        {
            // RFC 3230 §4.1.1: names of algorithms are case-insensitive.
            if (digest.StartsWith(Algorithm, StringComparison.OrdinalIgnoreCase)
                && digest[Algorithm.Length..] is { Length: > 0 and <= 8 } value
                && value.All(char.IsAsciiHexDigit))
                return value.ToLowerInvariant().PadLeft(8, '0');
        }
        return null;
    }
}
