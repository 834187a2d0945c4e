using System.Security.Cryptography;
using System.Text;

namespace Mdm.Host.Members;

/// <summary>Something that all hosts of a store must have alike, by its fingerprint.</summary>
/// <param name="Name">As the configuration or documentation names it.</param>
/// <param name="Fingerprint">Tells whether it is the same, and nothing else.</param>
/// <param name="Otherwise">What would happen if it were not.</param>
/// <param name="IsForGood">False for what may be replaced while no other host is alive.</param>
internal sealed record AgreedValue(string Name, string Fingerprint, string Otherwise, bool IsForGood)
{
    private static readonly byte[] Purpose = Encoding.ASCII.GetBytes("mdm-agreement-v1");

    /// <summary>A secret: of the fingerprint nobody finds it out, and it is used for nothing else.</summary>
    public static AgreedValue Secret(string name, ReadOnlySpan<byte> secret, string otherwise, bool isForGood) =>
        new(name, Convert.ToHexStringLower(HMACSHA256.HashData(secret, Purpose).AsSpan(0, 16)), otherwise, isForGood);

    /// <summary>A store: on a server it is all hosts', a file is one host's.</summary>
    public static AgreedValue Store(string name, Sql.SqlStoreAddress address, ThisHost host) =>
        new(name, address.Dialect == Sql.SqlDialect.Postgres ? "server" : "file of " + host.Id, "each host would know a part only; put it on the server as well", IsForGood: false);
}
