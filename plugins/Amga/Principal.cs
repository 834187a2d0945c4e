using System.Collections.Immutable;
using Mdm.Abstractions;

namespace Mdm.Plugins.Amga;

/// <summary>Whose rights count in a session.</summary>
/// <param name="User">AMGA's name of the user: one from the table of users, or the distinguished name of a grid user who has none there.</param>
/// <param name="Groups">All groups whose entries in access control lists count for him: AMGA's own (<c>owner:name</c>), the FQANs of his proxy as they are (<c>/vo/group/Role=r</c>), those that the configuration maps FQANs to, and <c>system:anyuser</c>.</param>
/// <param name="IsRoot">May do everything.</param>
/// <param name="Identity">The grid identity; null for who logged in with a name and password.</param>
internal sealed record Principal(string User, ImmutableHashSet<string> Groups, bool IsRoot, GridIdentity? Identity);
