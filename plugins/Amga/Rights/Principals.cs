using System.Collections.Immutable;
using Mdm.Abstractions;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Rights;

/// <summary>Makes of a user and a grid identity the groups whose rights count.</summary>
internal sealed class Principals(AmgaOptions options)
{
    /// <summary>The group that everybody is in who is known.</summary>
    public const string AnyUser = "system:anyuser";

    public const string Root = "root";

    private readonly ImmutableHashSet<string> _administrators = [.. options.Administrators];

    /// <summary>With the groups as they are now.</summary>
    public Principal Of(SqlSession session, string user, GridIdentity? identity)
    {
        var groups = ImmutableHashSet.CreateBuilder<string>(StringComparer.Ordinal);
        groups.Add(AnyUser);
        groups.UnionWith(session.Query("SELECT grp FROM members WHERE name = $1", static row => row.GetString(0), user));
        if (identity is not null)
        {
            // An ACL may name a certificate's subject where it names a group.
            groups.Add(identity.Subject.ToString());
            foreach (var fqan in Fqans(identity))
            {
                groups.Add(fqan);
                if (options.Groups.TryGetValue(fqan, out var mapped))
                    groups.Add(mapped);
            }
        }
        var isRoot = user == Root || (identity is not null && (_administrators.Contains(identity.Subject.ToString()) || Fqans(identity).Any(_administrators.Contains)));
        return new Principal(user, groups.ToImmutable(), isRoot, identity);
    }

    // Who holds a role in a group is a member of it, and of the groups above it.
    private static IEnumerable<string> Fqans(GridIdentity identity)
    {
        foreach (var fqan in identity.Fqans.IsDefault ? [] : identity.Fqans)
        {
            yield return fqan.ToString();
            for (var group = fqan.Group; group.Length > 0; group = group[..group.LastIndexOf('/')])
                yield return group;
        }
    }
}
