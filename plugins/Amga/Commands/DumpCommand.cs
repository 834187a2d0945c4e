using System.Globalization;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>The commands that make a tree again: first what there is, then what is made of it and has to hold, then whose it is.</summary>
internal static class DumpCommand
{
    public static readonly CommandEntry[] All =
    [
        new("dump", "directory", "[DIR]", 0, 1, static (session, arguments, answer, cancellationToken) => session.StreamAsync((request, spool) =>
        {
            var top = request.Directory(arguments.Or(0, "."), Bits.Execute);
            var tree = Walk(request, top).ToList();
            foreach (var directory in tree.Where(static directory => directory.View is null))
                Content(request, directory, spool);
            foreach (var directory in tree)
                Made(request, directory, spool);
            foreach (var directory in tree)
                Rights(request, directory, spool);
        }, answer, cancellationToken)),
        new("dir_setoptions", "directory", "DIR 'acls, inherit, shared'", 2, 2, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            var directory = request.Governed(arguments[0]);
            request.Sql.Execute("UPDATE dirs SET options = $1 WHERE dir = $2", (long)(DirectoryCommands.Options([arguments[1]]) | (directory.Options & DirectoryOptions.FileReaders)), directory.Number);
            request.Tree.Changed();
        }, cancellationToken).ConfigureAwait(false)),
    ];

    private static IEnumerable<AmgaDirectory> Walk(Request request, AmgaDirectory directory)
    {
        yield return directory;
        foreach (var below in request.Tree.Below(directory))
        {
            if (request.Known(below) is not { } known)
                continue;
            foreach (var one in Walk(request, known))
                yield return one;
        }
    }

    private static void Content(Request request, AmgaDirectory directory, Spool spool)
    {
        var attributes = (Access.Of(request.Who, directory) & (Bits.Execute | Bits.Read)) == 0 ? [] : Access.Attributes(request.Who, directory);
        if (directory.Path != "/")
            spool.Write(directory.HasAcls ? Quoting.Line("createdir", directory.Path, "acls") : Quoting.Line("createdir", directory.Path));
        foreach (var attribute in attributes)
            spool.Write(Quoting.Line("addattr", directory.Path, attribute.Name, attribute.Type.Declared));
        if (!directory.HasAcls && (Access.Of(request.Who, directory) & Bits.Read) == 0)
            return;
        var rows = new EntryRows(request, request.View(directory, Bits.Read), "*");
        request.TellSearch(attributes.Select(static attribute => attribute.Name));
        request.Sql.ForEach(EntryTable.Select(directory, attributes, rows.Where), row =>
        {
            var words = new List<string> { "addentry", AmgaPath.Child(directory.Path, row.GetString(1)) };
            for (var i = 0; i < attributes.Length; i++)
            {
                if (!row.IsDBNull(i + 2))
                    words.AddRange([attributes[i].Name, AmgaRow.Text(row, i + 2, attributes[i].Type)]);
            }
            spool.Write(Quoting.Line(words));
        }, rows.Values);
    }

    private static void Made(Request request, AmgaDirectory directory, Spool spool)
    {
        if (directory.View is { } view)
        {
            var table = request.View(directory, Bits.None);
            spool.Write(Quoting.Line(["view_create", directory.Path, view.Of, .. table.Attributes.Select(static attribute => attribute.Name), view.Condition]));
            return;
        }
        if ((Access.Of(request.Who, directory) & Bits.Execute) == 0)
            return;
        foreach (var index in IndexCommands.Shown(request, directory))
            spool.Write(Quoting.Line("index_create", index.Name, directory.Path, string.Join(' ', IndexCommands.Names(directory, index)), index.Kind));
        foreach (var rule in directory.Rules.Where(rule => RuleCheck.IsKnown(request, directory, rule)))
        {
            var attribute = directory.Attributes.FirstOrDefault(attribute => attribute.Number == rule.Attribute)?.Name ?? string.Empty;
            if (rule.Kind == RuleKind.Reference && RuleCommands.Referred(request, rule) is null)
                continue;
            spool.Write(rule.Kind switch
            {
                RuleKind.NotNull => Quoting.Line("constraint_add_not_null", directory.Path, attribute, rule.Name),
                RuleKind.Unique => Quoting.Line("constraint_add_unique", directory.Path, attribute, rule.Name),
                RuleKind.Reference => Quoting.Line("constraint_add_reference", directory.Path, attribute, RuleCommands.Referred(request, rule)!, rule.Name),
                _ => Quoting.Line("constraint_add_check", directory.Path, rule.Expression!, rule.Name),
            });
        }
        if (Access.Governs(request.Who, directory) || (Access.Of(request.Who, directory) & Bits.Write) != 0)
        {
            foreach (var (name, increment, next) in request.Sql.Query("SELECT name, increment, next FROM sequences WHERE dir = $1 ORDER BY name",
                static row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2)), directory.Number))
                spool.Write(Quoting.Line("sequence_create", name, directory.Path, increment.ToString(CultureInfo.InvariantCulture), next.ToString(CultureInfo.InvariantCulture)));
        }
    }

    private static void Rights(Request request, AmgaDirectory directory, Spool spool)
    {
        if (directory.View is null)
            Links(request, directory, spool);
        if (!Access.Governs(request.Who, directory))
            return;
        if (directory.View is null)
        {
            foreach (var attribute in directory.Attributes.Where(static attribute => attribute.Group.Length > 0))
                spool.Write(Quoting.Line("attrgroup_set", directory.Path, attribute.Name, attribute.Group));
            foreach (var (attributes, rights) in directory.AttributeAcl)
            {
                // A group that nobody has rights on any more stays closed.
                if (rights.IsEmpty)
                    spool.Write(Quoting.Line("attracl_add", directory.Path, attributes, Principals.AnyUser, "-"));
                foreach (var (group, bits) in rights)
                    spool.Write(Quoting.Line("attracl_add", directory.Path, attributes, group, AttributeGroupCommands.Text(bits)));
            }
            if (directory.HasAcls)
                EntryRights(request, directory, spool);
        }
        foreach (var (group, bits) in directory.Acl)
            spool.Write(Quoting.Line("acl_add", directory.Path, group, bits == Bits.None ? "-" : BitText.Of(bits)));
        if ((directory.Options & ~DirectoryOptions.FileReaders) != DirectoryOptions.None)
        {
            spool.Write(Quoting.Line("dir_setoptions", directory.Path, string.Join(", ", Enum.GetValues<DirectoryOptions>()
                .Where(option => option is not (DirectoryOptions.None or DirectoryOptions.FileReaders) && (directory.Options & option) != 0).Select(static option => option.ToString().ToLowerInvariant()))));
        }
        spool.Write(Quoting.Line("chmod", directory.Path, directory.OwnerBits == Bits.None ? "-" : BitText.Of(directory.OwnerBits)));
        spool.Write(Quoting.Line("chown", directory.Path, directory.Owner));
    }

    private static void Links(Request request, AmgaDirectory directory, Spool spool)
    {
        if (!directory.HasAcls && (Access.Of(request.Who, directory) & Bits.Read) == 0)
            return;
        var rows = new EntryRows(request, request.View(directory, Bits.Read), "*");
        foreach (var (name, target) in request.Sql.Query(new BuiltSql($"SELECT name, target FROM {directory.Table} WHERE target IS NOT NULL AND {rows.Where} ORDER BY id"),
            static row => (row.GetString(0), row.GetString(1)), rows.Values))
        {
            spool.Write(Quoting.Line("rm", AmgaPath.Child(directory.Path, name)));
            spool.Write(Quoting.Line("link", AmgaPath.Child(directory.Path, name), target));
        }
    }

    private static void EntryRights(Request request, AmgaDirectory directory, Spool spool)
    {
        foreach (var (entry, name, owner, bits, hasAcl) in request.Sql.Query(new BuiltSql($"SELECT id, name, owner, bits, acl FROM {directory.Table} ORDER BY id"),
            static row => (row.GetInt64(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), (Bits)row.GetInt32(3), row.GetInt32(4) != 0)))
        {
            var path = AmgaPath.Child(directory.Path, name);
            if (hasAcl)
            {
                foreach (var (group, rights) in EntryAcl.Of(request, directory, entry))
                    spool.Write(Quoting.Line("acl_add", path, group, rights == Bits.None ? "-" : BitText.Of(rights)));
            }
            if (bits != Bits.All)
                spool.Write(Quoting.Line("chmod", path, bits == Bits.None ? "-" : BitText.Of(bits)));
            if (owner is not null)
                spool.Write(Quoting.Line("chown", path, owner));
        }
    }
}
