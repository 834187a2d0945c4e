namespace Mdm.Host.Access;

/// <summary>A connection of the local socket: its other end is a process of the service's own user, or of root. It may give every order, and nothing but orders.</summary>
/// <param name="UserId">Which.</param>
internal sealed record LocalCaller(uint UserId)
{
    /// <summary>How the audit trail names him. No certificate has such a subject: this one is never verified, nor compared with any rule.</summary>
    public GridIdentity Identity { get; } = new(DistinguishedName.Parse(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"/CN=local socket/UID={UserId}")));
}
