using System.Net;
using Mdm.Abstractions;

namespace Mdm.Plugins.Amga.Sessions;

/// <summary>A client that is logged in, over however many connections.</summary>
internal sealed record Session(ICommands Commands, SessionOwner Owner);

/// <summary>Who may take a session up again: the same identity over TLS, or where there is none, the same address by the same kind of connection.</summary>
internal sealed record SessionOwner(bool IsSecure, GridIdentity? Identity, IPAddress? Address)
{
    public bool IsSame(SessionOwner other) =>
        IsSecure == other.IsSecure && (Identity is null && other.Identity is null ? Equals(Address, other.Address) : Equals(Identity, other.Identity));
}
