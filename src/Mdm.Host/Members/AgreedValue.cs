using System.Security.Cryptography;
using System.Text;

namespace Mdm.Host.Members;

/// <summary>What happens when a host has another.</summary>
internal enum Weight
{
    /// <summary>It may be so while a site is changed host by host: administrators are told.</summary>
    Told,

    /// <summary>It is refused while another host lives that has another.</summary>
    Shared,

    /// <summary>It is refused for good: what is in the stores was made with it.</summary>
    ForGood,
}

/// <summary>Something that all hosts of a store must have alike, by its fingerprint.</summary>
/// <param name="Name">As the configuration or documentation names it.</param>
/// <param name="Fingerprint">Tells whether it is the same, and nothing else; null where there is none yet.</param>
/// <param name="Otherwise">What would happen if it were not.</param>
/// <param name="Weight">How much it matters.</param>
internal sealed record AgreedValue(string Name, string? Fingerprint, string Otherwise, Weight Weight)
{
    private const int FingerprintBytes = 16;
    private static readonly byte[] Purpose = Encoding.ASCII.GetBytes("mdm-agreement-v1");

    /// <summary>A secret: of the fingerprint nobody finds it out, and it is used for nothing else.</summary>
    public static AgreedValue Secret(string name, byte[]? secret, string otherwise, bool isForGood) =>
        new(name, secret is null ? null : Shortened(HMACSHA256.HashData(secret, Purpose)), otherwise, isForGood ? Weight.ForGood : Weight.Shared);

    /// <summary>A store: on a server it is that of all hosts which name the same database and namespace; a file is one host's.</summary>
    public static AgreedValue Store(string name, Sql.SqlStoreAddress address, ThisHost host) =>
        new(name, address.Place is { } place ? "server: " + place : "file of " + host.Id, "each host would know a part only; put it on the server as well, in one namespace for all", Weight.Shared);

    /// <summary>A part of the configuration, by its keys and values.</summary>
    public static AgreedValue Rules(string name, IEnumerable<KeyValuePair<string, string>> values, string otherwise)
    {
        var text = string.Join('\n', values.Select(value => $"{value.Key.ToUpperInvariant()}={value.Value}").Order(StringComparer.Ordinal));
        return new AgreedValue(name, Shortened(SHA256.HashData(Encoding.UTF8.GetBytes(text))), otherwise, Weight.Told);
    }

    private static string Shortened(byte[] hash) => Convert.ToHexStringLower(hash.AsSpan(0, FingerprintBytes));
}
