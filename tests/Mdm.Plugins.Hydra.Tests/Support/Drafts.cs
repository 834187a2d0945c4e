using System.Security.Cryptography;
using Mdm.Abstractions;

namespace Mdm.Plugins.Hydra.Tests.Support;

/// <summary>Keys of files with plausible rights, and people.</summary>
internal static class Drafts
{
    public static DistinguishedName Owner { get; } = DistinguishedName.Parse("/DC=org/DC=testgrid/CN=Paula Physician");

    public static GridIdentity Researcher { get; } = new(DistinguishedName.Parse("/DC=org/DC=testgrid/CN=Rita Researcher"), [Fqan.Parse($"/{TestGrid.Vo}")]);

    public static GridIdentity Physician { get; } = new(Owner, [Fqan.Parse($"/{TestGrid.Vo}/Role=physician"), Fqan.Parse($"/{TestGrid.Vo}")]);

    public static GridIdentity Stranger { get; } = new(DistinguishedName.Parse("/DC=org/DC=testgrid/CN=Oscar Other"), [Fqan.Parse($"/{TestGrid.OtherVo}")]);

    /// <summary>A key of a file that the whole VO may read.</summary>
    public static KeyDraft Readable(KeyId? id = null) => new(id ?? NewId(), Owner, Fqan.Parse($"/{TestGrid.Vo}/Role=physician"), Acl.Parse([$"group:/{TestGrid.Vo}:r-x", "other::---"]));

    /// <summary>The same after the VO lost its right.</summary>
    public static KeyDraft Closed(KeyId id) => Readable(id) with { Acl = Acl.Parse(["user::rwx", "group::r-x", "other::---"]) };

    public static KeyId NewId() => new(RandomNumberGenerator.GetBytes(KeyId.Size));

    /// <summary>The only key of a batch, as bytes.</summary>
    public static byte[] Key(IReadOnlyList<KeyOutcome> outcomes)
    {
        var outcome = Assert.Single(outcomes);
        using var key = outcome.Key ?? throw outcome.Failure!;
        return key.Bytes.ToArray();
    }
}
