using System.Globalization;
using Mdm.Abstractions;
using Mdm.Client.Discovery;

namespace Mdm.Client.Keys;

/// <summary>Keystores as a user names them, against what the host announces: <c>https://a:8443/x,https://b:8443/x;2</c>.</summary>
public static class KeystoreSetting
{
    /// <summary>The type that keystores named so have.</summary>
    public const string Type = "hydra";

    /// <summary>The property that says how many keystores have to answer.</summary>
    public const string Threshold = "threshold";

    /// <summary>Reads addresses, separated by commas, and after a semicolon how many of them have to answer; more than half when that is left out.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>.</exception>
    public static ServiceAnnouncement Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            var parts = text.Split(';', StringSplitOptions.TrimEntries);
            var endpoints = parts[0].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            var threshold = (endpoints.Length / 2) + 1;
            if (parts.Length > 2 || (parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out threshold)) || threshold < 1 || threshold > endpoints.Length)
                throw new FormatException("after a semicolon stands how many of the keystores have to answer");
            return AnnouncementReader.Of(Type, endpoints, [KeyValuePair.Create(Threshold, threshold.ToString(CultureInfo.InvariantCulture))]);
        }
        catch (FormatException e)
        {
            throw new MdmException(MdmErrorKind.InvalidName, $"Keystores are named as https://host:port/path,https://host:port/path;2: {e.Message}.", e);
        }
    }
}
