using Mdm.Abstractions;
using Mdm.Client;
using Mdm.Srm.Messages;

namespace Mdm.Cli.Lfc;

/// <summary>What the name server's library said of an error: the words of <c>strerror</c>, which scripts look for; then what the host says, where that is more.</summary>
internal static class PosixWords
{
    private const string NotFound = "No such file or directory";

    /// <param name="e">What the host refused.</param>
    /// <param name="place">About what, if about one name; it stands before these words anyway.</param>
    public static string Of(SrmException e, NamePlace? place)
    {
        var words = e.Status switch
        {
            StatusCode.InvalidPath => NotFound,
            StatusCode.AuthenticationFailure or StatusCode.AuthorizationFailure => "Permission denied",
            StatusCode.DuplicationError => "File exists",
            StatusCode.NonEmptyDirectory => "Directory not empty",
            StatusCode.InvalidRequest => "Invalid argument",
            StatusCode.NotSupported => "Operation not supported",
            StatusCode.FileBusy => "Device or resource busy",
            StatusCode.NoFreeSpace => "No space left on device",
            null => "Communication error",
            _ => "Refused",
        };
        // These say all that there is to say.
        return e.Status is StatusCode.InvalidPath or StatusCode.DuplicationError or StatusCode.NonEmptyDirectory ? words : $"{words} ({Sentence(e.Message, place)})";
    }

    public static string Of(MdmException e) => e.Kind switch
    {
        MdmErrorKind.IsADirectory => "Is a directory",
        _ => $"Invalid argument ({e.Message})",
    };

    // The host's sentence alone: the name before it, and the code behind it, are said already.
    private static string Sentence(string message, NamePlace? place)
    {
        foreach (var subject in place is null ? [] : (string[])[place.Surl.ToString(), place.Surl.Path.ToString()])
        {
            if (message.StartsWith($"{subject}: ", StringComparison.Ordinal))
                message = message[(subject.Length + 2)..];
        }
        var code = message.LastIndexOf(" [SRM_", StringComparison.Ordinal);
        return (code > 0 && message[^1] == ']' ? message[..code] : message).TrimEnd('.');
    }
}
