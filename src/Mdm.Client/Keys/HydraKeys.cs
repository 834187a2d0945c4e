using System.Globalization;
using Mdm.Abstractions;
using Mdm.Formats.Keystores;

namespace Mdm.Client.Keys;

/// <summary>Keys that are split among keystores: enough shares are fetched with the user's credential and joined here.</summary>
internal sealed class HydraKeys(KeystoreGroup group) : IContentKeySource
{
    /// <param name="keys">As a host announces them, or a user names them.</param>
    /// <param name="http">Connects with the user's credential and trust; not disposed.</param>
    /// <param name="clock">Runs the limits.</param>
    /// <exception cref="MdmException">What is announced cannot be a group of keystores.</exception>
    public static HydraKeys Of(ServiceAnnouncement keys, HttpMessageInvoker http, TimeProvider clock)
    {
        if (!keys.Properties.TryGetValue(KeystoreSetting.Threshold, out var text) || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var threshold))
            throw new MdmException(MdmErrorKind.Unsupported, "Keystores are announced without how many of them give a key.");
        return new HydraKeys(new KeystoreGroup(keys.Endpoints.Select(address => new KeystoreClient(http, address)), threshold, new KeystoreGroupOptions { Clock = clock }));
    }

    public ValueTask<IReadOnlyList<KeyOutcome>> GetManyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken) => group.GetKeysAsync(ids, null, cancellationToken);

    public void Dispose()
    {
        // The connections are the client's own.
    }
}
