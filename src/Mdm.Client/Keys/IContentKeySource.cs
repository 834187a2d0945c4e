using Mdm.Abstractions;

namespace Mdm.Client.Keys;

/// <summary>Where the keys of sealed files come from: keystores, asked under the user's own credential. Safe for concurrent use.</summary>
public interface IContentKeySource : IDisposable
{
    /// <summary>
    /// For each id, in order, its key or why there is none. Who may not have a key is told what is told where there is none, <see cref="MdmErrorKind.NotFound"/>.
    /// The caller disposes the keys.
    /// </summary>
    /// <exception cref="MdmException">Nothing at all can be told: <see cref="MdmErrorKind.Unavailable"/> when too few keystores answer.</exception>
    ValueTask<IReadOnlyList<KeyOutcome>> GetManyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken);
}
