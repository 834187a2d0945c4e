using System.Net;
using System.Text;
using Mdm.Abstractions;
using Mdm.Formats.Names;
using Mdm.Srm.Messages;

namespace Mdm.Client.Files;

/// <summary>What a host says in the body of an answer that is none.</summary>
internal static class Refusal
{
    /// <summary>Longest sentence that is shown, in bytes.</summary>
    public const int MaxLength = 4096;

    /// <summary>A refusal as the host's SRM would have said it: by its kind where the host tells one, else by the status of HTTP.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="subject">What was refused.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task<SrmException> OfAsync(HttpResponseMessage response, string subject, CancellationToken cancellationToken)
    {
        var kind = response.Headers.TryGetValues(NamesWire.KindHeader, out var said) && Enum.TryParse<MdmErrorKind>(said.First(), out var known) ? known : (MdmErrorKind?)null;
        return new SrmException(StatusOf(kind, response.StatusCode), $"{subject}: {await TextAsync(response, MaxLength, cancellationToken).ConfigureAwait(false)}");
    }

    /// <summary>The text, or the status where there is none. What could steer a terminal is not passed on.</summary>
    public static async Task<string> TextAsync(HttpResponseMessage response, int most, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            var bytes = new byte[most];
            var length = await body.ReadAtLeastAsync(bytes, most, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            var text = new string([.. Encoding.UTF8.GetString(bytes, 0, length).Where(c => !char.IsControl(c))]).Trim();
            return text.Length > 0 ? text : $"HTTP {(int)response.StatusCode} ({response.ReasonPhrase})";
        }
    }

    private static StatusCode? StatusOf(MdmErrorKind? kind, HttpStatusCode status) => kind switch
    {
        MdmErrorKind.NotFound or MdmErrorKind.NotADirectory => StatusCode.InvalidPath,
        MdmErrorKind.InvalidName => StatusCode.InvalidRequest,
        MdmErrorKind.AlreadyExists => StatusCode.DuplicationError,
        MdmErrorKind.AccessDenied => StatusCode.AuthorizationFailure,
        MdmErrorKind.DirectoryNotEmpty => StatusCode.NonEmptyDirectory,
        MdmErrorKind.Unsupported => StatusCode.NotSupported,
        MdmErrorKind.IsADirectory => StatusCode.CustomStatus,
        MdmErrorKind.Refused or MdmErrorKind.Corrupt => StatusCode.Failure,
        MdmErrorKind.Busy => StatusCode.FileBusy,
        MdmErrorKind.Unavailable => StatusCode.FileUnavailable,
        MdmErrorKind.NoSpace => StatusCode.NoFreeSpace,
        _ => status switch
        {
            HttpStatusCode.Unauthorized => StatusCode.AuthenticationFailure,
            HttpStatusCode.Forbidden => StatusCode.AuthorizationFailure,
            HttpStatusCode.ServiceUnavailable => StatusCode.FileUnavailable,
            _ => null,
        },
    };
}
