using Mdm.Abstractions;

namespace Mdm.Client.Keys;

/// <summary>The kinds of keystores that this client speaks with.</summary>
internal static class KeySources
{
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Unsupported"/>.</exception>
    public static IContentKeySource Of(ServiceAnnouncement keys, HttpMessageInvoker http, TimeProvider clock) => keys.Type switch
    {
        KeystoreSetting.Type => HydraKeys.Of(keys, http, clock),
        _ => throw new MdmException(MdmErrorKind.Unsupported, $"The keys are in keystores of the type '{keys.Type}', which this client does not speak."),
    };
}
