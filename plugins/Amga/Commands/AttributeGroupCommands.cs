using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>
/// Groups of attributes, and who may know of them. Not of the original, whose attributes had their directory's rights: a group that <c>attracl_add</c> ever named is there only for
/// whom it names, the owner and root; taking away the last right opens nothing.
/// </summary>
internal static class AttributeGroupCommands
{
    private const string NoGroup = "none";

    public static readonly CommandEntry[] All =
    [
        new("attrgroup_set", "acl", "DIR ATTR GROUP|none", 3, 3, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            var directory = Governed(request, arguments[0]);
            var attribute = directory.Attribute(arguments[1]) ?? throw Request.NoKey(arguments[1]);
            request.Sql.Execute("UPDATE attrs SET attr_group = $1 WHERE attr = $2", arguments[2] == NoGroup ? string.Empty : Name(arguments[2]), attribute.Number);
            request.Tree.Changed();
        }, cancellationToken).ConfigureAwait(false)),
        new("attrgroup_show", "acl", "DIR", 0, 1, static async (session, arguments, answer, cancellationToken) =>
            await answer.WriteAllAsync(await session.ReadAsync(request =>
            {
                var directory = request.Directory(arguments.Or(0, "."), Bits.Execute);
                return Access.Attributes(request.Who, directory).Select(static attribute => $"{attribute.Name} {(attribute.Group.Length == 0 ? NoGroup : attribute.Group)}").ToList();
            }, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false)),
        new("attracl_add", "acl", "DIR ATTRGROUP GROUP r|rw|-", 4, 4, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            var directory = Governed(request, arguments[0]);
            var bits = arguments[3] switch
            {
                "r" => Bits.Read,
                "rw" => Bits.Read | Bits.Write,
                "-" => Bits.None,
                _ => throw new AmgaException(AmgaError.IllegalCommand, "Rights on attributes are r, rw or -."),
            };
            Restrict(request, directory, Name(arguments[1]), GroupName.Of(request.Who, arguments[2]), bits, isDeclared: false);
            request.Tree.Changed();
        }, cancellationToken).ConfigureAwait(false)),
        new("attracl_remove", "acl", "DIR ATTRGROUP GROUP", 3, 3, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            var directory = Governed(request, arguments[0]);
            if (request.Sql.Execute("DELETE FROM attr_acl WHERE dir = $1 AND attr_group = $2 AND grp = $3", directory.Number, arguments[1], GroupName.Of(request.Who, arguments[2])) == 0)
                throw Request.NoEntry(arguments[2]);
            request.Tree.Changed();
        }, cancellationToken).ConfigureAwait(false)),
        new("attracl_show", "acl", "DIR", 0, 1, static async (session, arguments, answer, cancellationToken) =>
            await answer.WriteAllAsync(await session.ReadAsync(request => Governed(request, arguments.Or(0, ".")).AttributeAcl
                .SelectMany(static restricted => restricted.Value.Select(right => $"{restricted.Key} {right.Key} {Text(right.Value)}")).ToList(), cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false)),
    ];

    /// <summary>Gives a right on an attribute group, which from then on is there only for whom rights name.</summary>
    public static void Restrict(Request request, AmgaDirectory directory, string attributes, string group, Bits bits, bool isDeclared)
    {
        request.Sql.Execute("INSERT INTO attr_groups (dir, attr_group) VALUES ($1, $2) ON CONFLICT (dir, attr_group) DO NOTHING", directory.Number, attributes);
        request.Sql.Execute("""
            INSERT INTO attr_acl (dir, attr_group, grp, bits, is_declared) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (dir, attr_group, grp) DO UPDATE SET bits = excluded.bits, is_declared = excluded.is_declared
            """, directory.Number, attributes, group, (long)bits, isDeclared);
    }

    public static string Text(Bits bits) => (bits & Bits.Write) != 0 ? "rw" : (bits & Bits.Read) != 0 ? "r" : "-";

    /// <summary>A name of an attribute group.</summary>
    public static string Name(string name) => name != NoGroup && name.Length is >= 1 and <= TypeName.MaxNameLength && name.All(char.IsAsciiLetterLower) ? name
        : throw new AmgaException(AmgaError.IllegalKey, $"An attribute group's name is lower-case letters, at most {TypeName.MaxNameLength} (MaxNameLength), and not 'none'.");

    private static AmgaDirectory Governed(Request request, string path) => request.Governed(path) is { View: null } directory ? directory
        : throw new AmgaException(AmgaError.NotEmpty, "That is a view; rights on attributes are given where they are.");
}
