using System.Net.Http.Headers;
using System.Text;
using Mdm.Abstractions;

namespace Mdm.Plugins.DicomWeb.Http;

/// <summary>What the archive is shown of us in each request: a token or a password out of a file, which somebody renews while we run. Safe for concurrent use.</summary>
internal sealed class Credentials(string scheme, string file)
{
    /// <summary>Bytes of the file. Tokens with many claims have some 4,000.</summary>
    public const int MaxLength = 16 * 1024;

    private const string BasicScheme = "Basic";
    private Loaded? _loaded;

    public static Credentials? Of(string? tokenFile, string? basicFile) =>
        tokenFile is not null ? new Credentials("Bearer", tokenFile) : basicFile is not null ? new Credentials(BasicScheme, basicFile) : null;

    /// <exception cref="MdmException">Unavailable: the file cannot be read, or is none.</exception>
    public AuthenticationHeaderValue Header()
    {
        try
        {
            var info = new FileInfo(file);
            var (written, length) = (info.LastWriteTimeUtc, info.Length);
            // Whoever replaces the file between these lines is seen with the next request: its time is another one.
            if (_loaded is { } loaded && loaded.Written == written && loaded.Length == length)
                return loaded.Header;
            if (length > MaxLength)
                throw new MdmException(MdmErrorKind.Unavailable, $"The file of the archive's {scheme} credential is longer than {MaxLength} bytes (limit MaxLength).");
            var text = File.ReadAllText(file, Encoding.UTF8).Trim();
            if (text.Length == 0 || text.Any(char.IsControl) || (scheme == BasicScheme ? !text.Contains(':', StringComparison.Ordinal) : text.Any(letter => letter is <= ' ' or > '~')))
                throw new MdmException(MdmErrorKind.Unavailable, $"The file of the archive's {scheme} credential holds one line: {(scheme == BasicScheme ? "user:password" : "the token")}.");
            var header = new AuthenticationHeaderValue(scheme, scheme == BasicScheme ? Convert.ToBase64String(Encoding.UTF8.GetBytes(text)) : text);
            _loaded = new Loaded(written, length, header);
            return header;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MdmException(MdmErrorKind.Unavailable, $"The file of the archive's {scheme} credential cannot be read.", exception);
        }
    }

    private sealed record Loaded(DateTime Written, long Length, AuthenticationHeaderValue Header);
}
