using System.Collections.Immutable;
using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Plugins.Amga.Commands;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Files;

/// <summary>Makes collections as publications want them, and their readers' rights. What users added stays: attributes, and rights of theirs.</summary>
internal static class Declaration
{
    // A path is made of the names that lead to the object.
    private const string Identifier = "identifier";

    private const Bits Reading = Bits.Read | Bits.Execute;

    /// <returns>The collection's own id.</returns>
    public static Guid Make(Request request, MetadataCollection collection, ImmutableArray<MetadataGrant> readers)
    {
        var groups = readers.Select(static reader => (Group: GroupOf(reader), reader.AttributeGroups)).ToList();
        var directory = Directory(request, collection.Path.ToString(), groups.ConvertAll(static grant => grant.Group));
        if (directory.View is not null)
            throw new AmgaException(AmgaError.Exists, $"'{collection.Path}' is a view already.");
        var changes = Columns(request, directory, collection);
        changes += request.Sql.Execute("UPDATE dirs SET has_files = 1 WHERE dir = $1 AND has_files = 0", directory.Number);
        changes += Acl(request, directory, groups);
        changes += AttributeAcl(request, directory, collection, groups);
        request.Sql.Execute("UPDATE dirs SET declared_id = $1 WHERE dir = $2 AND declared_id IS NULL", Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), directory.Number);
        if (changes > 0)
            request.Tree.Changed();
        return Guid.ParseExact(request.Sql.Scalar<string>("SELECT declared_id FROM dirs WHERE dir = $1", directory.Number)!, "N");
    }

    private static string GroupOf(MetadataGrant reader) => reader.User?.ToString() ?? reader.Group?.ToString() ?? Principals.AnyUser;

    private static AmgaDirectory Directory(Request request, string path, List<string> groups)
    {
        path = request.Absolute(path);
        if (request.Tree.Find(path) is { } there)
            return there;
        var parent = Directory(request, AmgaPath.Parent(path), groups);
        if (parent.View is not null || DirectoryCommands.IsEntry(request, parent, AmgaPath.Name(path)))
            throw new AmgaException(AmgaError.Exists, $"There is an entry or view where '{path}' would be.");
        var directory = DirectoryCommands.Insert(request, parent, path, Principals.Root, Bits.All, DirectoryOptions.None);
        // Who may read a collection may see the way to it; what else lies there is no more open than it says itself.
        foreach (var group in groups.Distinct(StringComparer.Ordinal))
            request.Sql.Execute("INSERT INTO acl (dir, grp, bits, is_declared) VALUES ($1, $2, $3, 0)", directory.Number, group, (long)Bits.Execute);
        request.Sql.Execute("UPDATE acl SET is_declared = 1 WHERE dir = $1", directory.Number);
        request.Tree.Changed();
        return directory;
    }

    private static int Columns(Request request, AmgaDirectory directory, MetadataCollection collection)
    {
        var changes = 0;
        var there = request.Tree.Find(directory.Path)!.Attributes.ToDictionary(static attribute => attribute.Name, StringComparer.Ordinal);
        if (collection.Columns.Any(static column => column.Name == AmgaMetadataStore.PathAttribute))
            throw new AmgaException(AmgaError.IllegalKey, $"'{AmgaMetadataStore.PathAttribute}' is the path of the file and no attribute of an archive.");
        foreach (var (name, type, group) in collection.Columns.Select(static column => (column.Name, column.Type, column.Group)).Prepend((AmgaMetadataStore.PathAttribute, "text", Identifier)))
        {
            var parsed = TypeName.Parse(type);
            var checkedGroup = group.Length == 0 ? group : AttributeGroupCommands.Name(group);
            if (!there.TryGetValue(name, out var attribute))
            {
                SchemaCommands.Add(request, directory, TypeName.Attribute(name), parsed, checkedGroup);
                changes++;
                continue;
            }
            if ((attribute.Type.Kind, attribute.Type.Length, attribute.Type.Scale) != (parsed.Kind, parsed.Length, parsed.Scale))
                throw new AmgaException(AmgaError.WrongType, $"The attribute '{name}' of '{directory.Path}' is there as {attribute.Type.Declared}, not as {type}.");
            if (attribute.Group != checkedGroup)
                changes += request.Sql.Execute("UPDATE attrs SET attr_group = $1 WHERE attr = $2", checkedGroup, attribute.Number);
        }
        return changes;
    }

    private static int Acl(Request request, AmgaDirectory directory, List<(string Group, ImmutableArray<string> Attributes)> grants)
    {
        var changes = 0;
        var wanted = grants.Select(static grant => grant.Group).ToHashSet(StringComparer.Ordinal);
        foreach (var group in request.Sql.Query("SELECT grp FROM acl WHERE dir = $1 AND is_declared = 1", static row => row.GetString(0), directory.Number).Where(group => !wanted.Contains(group)))
            changes += request.Sql.Execute("DELETE FROM acl WHERE dir = $1 AND grp = $2", directory.Number, group);
        foreach (var group in wanted)
        {
            changes += request.Sql.Execute("""
                INSERT INTO acl (dir, grp, bits, is_declared) VALUES ($1, $2, $3, 1)
                ON CONFLICT (dir, grp) DO UPDATE SET bits = excluded.bits WHERE acl.is_declared = 1 AND acl.bits <> excluded.bits
                """, directory.Number, group, (long)Reading);
        }
        return changes;
    }

    private static int AttributeAcl(Request request, AmgaDirectory directory, MetadataCollection collection, List<(string Group, ImmutableArray<string> Attributes)> grants)
    {
        var changes = 0;
        var groups = collection.Columns.Select(static column => column.Group).Append(Identifier).Where(static group => group.Length > 0).Distinct().ToList();
        foreach (var group in groups)
            changes += request.Sql.Execute("INSERT INTO attr_groups (dir, attr_group) VALUES ($1, $2) ON CONFLICT (dir, attr_group) DO NOTHING", directory.Number, group);
        var wanted = grants.SelectMany(grant => groups.Where(group => grant.Attributes.IsDefaultOrEmpty || grant.Attributes.Contains(group)).Select(group => (Attributes: group, grant.Group))).ToHashSet();
        foreach (var (attributes, group) in request.Sql.Query("SELECT attr_group, grp FROM attr_acl WHERE dir = $1 AND is_declared = 1", static row => (row.GetString(0), row.GetString(1)), directory.Number))
        {
            if (!wanted.Contains((attributes, group)))
                changes += request.Sql.Execute("DELETE FROM attr_acl WHERE dir = $1 AND attr_group = $2 AND grp = $3", directory.Number, attributes, group);
        }
        foreach (var (attributes, group) in wanted)
        {
            changes += request.Sql.Execute("INSERT INTO attr_acl (dir, attr_group, grp, bits, is_declared) VALUES ($1, $2, $3, $4, 1) ON CONFLICT (dir, attr_group, grp) DO NOTHING",
                directory.Number, attributes, group, (long)Bits.Read);
        }
        return changes;
    }
}
