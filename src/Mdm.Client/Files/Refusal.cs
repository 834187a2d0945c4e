using System.Text;

namespace Mdm.Client.Files;

/// <summary>What a host says in an answer's body.</summary>
internal static class Refusal
{
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
}
