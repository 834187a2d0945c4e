using System.Net.Http.Headers;
using Mdm.Abstractions;
using Mdm.Client.Keys;
using Mdm.Formats.Sealed;

namespace Mdm.Client.Files;

/// <summary>Decides of a file that arrives whether it is sealed, and deciphers it then.</summary>
/// <param name="part">What has arrived.</param>
/// <param name="destination">Where the plaintext is to be.</param>
/// <param name="keys">The host's keys; null when sealed files are to be left as they come.</param>
internal sealed class SealedIntake(PartialFile part, string destination, SiteKeys? keys) : IDisposable
{
    private Decipherment? _decipherment;
    private bool _isDecided = keys is null;

    /// <summary>True when as much has arrived as it takes to decide, and nothing was decided yet.</summary>
    public bool IsDue(int more = 0) => !_isDecided && part.Length + more >= SealedFormat.HeaderLength;

    /// <summary>Decides, and has the key brought.</summary>
    /// <exception cref="MdmException">The key cannot be had.</exception>
    public async ValueTask DecideAsync(MediaTypeHeaderValue? mediaType, CancellationToken cancellationToken)
    {
        if (!IsDue())
            return;
        var header = Header();
        if (header is not null && await IsSealedAsync(mediaType?.MediaType, keys!, cancellationToken).ConfigureAwait(false))
        {
            using var key = await keys!.GetAsync(header.KeyId, cancellationToken).ConfigureAwait(false);
            _decipherment = new Decipherment(part, destination, header, key);
        }
        _isDecided = true;
    }

    /// <summary>
    /// Whether a file that begins as a sealed one is one. A host of ours says so. Where another does not (an SRM that a sealed file was copied to), the type must be one
    /// that the content could have, or none, and the host's site must have keys at all. Canonical DICOM cannot begin so, whatever the type.
    /// </summary>
    public static async ValueTask<bool> IsSealedAsync(string? mediaType, SiteKeys keys, CancellationToken cancellationToken) => mediaType switch
    {
        SealedFormat.MediaType => true,
        null or "application/octet-stream" or "application/dicom" => await keys.AreKnownAsync(cancellationToken).ConfigureAwait(false),
        _ => false,
    };

    /// <summary>Deciphers as far as that is possible.</summary>
    public void Advance() => _decipherment?.Advance();

    /// <summary>What had arrived was forgotten.</summary>
    public void Reset()
    {
        _decipherment?.Dispose();
        (_decipherment, _isDecided) = (null, keys is null);
    }

    /// <summary>Puts in place what arrived, which is complete: the plaintext of a sealed file, the file itself otherwise.</summary>
    /// <returns>Bytes of plaintext; null when the file was not deciphered.</returns>
    public long? Complete(bool replace)
    {
        if (_decipherment is null)
        {
            part.Complete(replace);
            return null;
        }
        var length = _decipherment.Complete(replace);
        part.Discard();
        return length;
    }

    public void Dispose() => _decipherment?.Dispose();

    private SealedHeader? Header()
    {
        Span<byte> bytes = stackalloc byte[SealedFormat.HeaderLength];
        part.Read(0, bytes);
        return SealedHeader.TryParse(bytes, out var header) ? header : null;
    }
}
