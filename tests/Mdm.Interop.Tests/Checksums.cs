using System.Globalization;

namespace Mdm.Interop.Tests;

/// <summary>The checksums of the delivered bytes, written plainly: the judge of the product's own.</summary>
internal static class Checksums
{
    /// <summary>RFC 1950, one byte at a time.</summary>
    public static string Adler32(string file)
    {
        uint a = 1, b = 0;
        foreach (var value in File.ReadAllBytes(file))
        {
            a = (a + value) % 65521;
            b = (b + a) % 65521;
        }
        return ((b << 16) | a).ToString("x8", CultureInfo.InvariantCulture);
    }
}
