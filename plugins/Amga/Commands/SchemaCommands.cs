using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Sessions;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Attributes of directories.</summary>
internal static class SchemaCommands
{
    /// <summary>Most attributes of a directory: PostgreSQL has 1,600 columns for a table, counting those that went.</summary>
    public const int MaxAttributes = 1000;

    public static readonly CommandEntry[] All =
    [
        new("addattr", "schema", "DIR NAME TYPE [NAME TYPE]…", 3, CommandEntry.Any, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            if (arguments.Count % 2 == 0)
                throw new AmgaException(AmgaError.IllegalCommand, "Each name is followed by its type.");
            DemandWhole(request, request.Directory(arguments[0], Bits.Write));
            for (var i = 1; i < arguments.Count; i += 2)
                Add(request, request.Directory(arguments[0], Bits.Write), TypeName.Attribute(arguments[i]), TypeName.Parse(arguments[i + 1]), string.Empty);
        }, cancellationToken).ConfigureAwait(false)),
        new("removeattr", "schema", "DIR NAME", 2, 2, static async (session, arguments, _, cancellationToken) =>
            await session.WriteLongAsync(request => Remove(request, arguments[0], arguments[1]), cancellationToken).ConfigureAwait(false)),
        new("listattr", "schema", "DIR_OR_ENTRY", 0, 1, static async (session, arguments, answer, cancellationToken) =>
            await answer.WriteAllAsync(await session.ReadAsync(request => List(request, arguments.Or(0, ".")), cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false)),
    ];

    /// <summary>Adds an attribute; nobody is asked.</summary>
    public static AmgaAttribute Add(Request request, AmgaDirectory directory, string name, AmgaType type, string group)
    {
        if (request.Sql.Scalar<long>("SELECT count(*) FROM attrs WHERE dir = $1 AND name = $2", directory.Number, name) != 0)
            throw new AmgaException(AmgaError.Exists, "That name is taken.");
        if (request.Sql.Scalar<long>("SELECT count(*) FROM attrs WHERE dir = $1", directory.Number) >= MaxAttributes)
            throw new AmgaException(AmgaError.IllegalKey, $"A directory has at most {MaxAttributes} attributes (MaxAttributes).");
        var number = request.Sql.Scalar<long>("INSERT INTO attrs (dir, name, kind, declared, length, scale, attr_group, is_multi) VALUES ($1, $2, $3, $4, $5, $6, $7, 0) RETURNING attr",
            directory.Number, name, (long)type.Kind, type.Declared, type.Length, type.Scale, group);
        var attribute = new AmgaAttribute(number, name, type, group, IsMulti: false);
        EntryTable.AddColumn(request.Sql, directory, attribute);
        request.Tree.Changed();
        return attribute;
    }

    /// <summary>Who may not know of all attributes does not change which there are, nor what is made of them: names that are taken would tell him. The refusal is the same whatever he names.</summary>
    public static void DemandWhole(Request request, AmgaDirectory directory)
    {
        if (Access.Attributes(request.Who, directory).Length != directory.Attributes.Length)
            throw new AmgaException(AmgaError.PermissionDenied, "The right to write there does not reach for its schema; ask the owner.");
    }

    private static void Remove(Request request, string path, string name)
    {
        var directory = request.Directory(path, Bits.Write);
        DemandWhole(request, directory);
        var attribute = request.Writable(request.View(directory, Bits.None), name);
        var isNeeded = request.Sql.Scalar<long>("SELECT count(*) FROM view_attrs WHERE attr = $1", attribute.Number)
            + request.Sql.Scalar<long>("SELECT count(*) FROM rules WHERE attr = $1 OR ref_attr = $1", attribute.Number);
        // Conditions of views and checks name attributes in their text. Being too careful by a name that only looks like it is better than a view that no longer opens.
        isNeeded += request.Sql.Query("SELECT condition FROM dirs WHERE view_of = $1 UNION ALL SELECT expression FROM rules WHERE dir = $1 AND expression IS NOT NULL", static row => row.GetString(0), directory.Number)
            .Count(text => Words(text).Contains(attribute.Name));
        var indices = IndexCommands.Of(request, directory).Count(index => index.Attributes.Contains(attribute.Number));
        if (isNeeded + indices > 0)
            throw new AmgaException(AmgaError.NotEmpty, "An index, view or rule needs that attribute; remove it first.");
        EntryTable.DropColumn(request.Sql, directory, attribute);
        request.Sql.Execute("DELETE FROM attrs WHERE attr = $1", attribute.Number);
        request.Tree.Changed();
    }

    private static List<string> List(Request request, string path)
    {
        var shown = request.Known(request.Absolute(path)) ?? EntryDirectory(request, path);
        var table = shown.View is { } view ? request.Tree.Find(view.Of)! : shown;
        if ((Access.Of(request.Who, shown) & (Bits.Execute | Bits.Read)) == 0)
            throw Request.Denied(Bits.Execute);
        var attributes = Access.Attributes(request.Who, table);
        if (shown.View is not null)
            attributes = [.. shown.View.Attributes.Select(number => attributes.FirstOrDefault(attribute => attribute.Number == number)).OfType<AmgaAttribute>()];
        return [.. attributes.SelectMany(static attribute => (string[])[attribute.Name, attribute.Type.Declared])];
    }

    // An entry has its directory's attributes, if it is there for him.
    private static AmgaDirectory EntryDirectory(Request request, string path)
    {
        var rows = EntryRows.Of(request, path, Bits.Read);
        return request.Sql.Scalar<long>(new Mdm.Sql.BuiltSql($"SELECT count(*) FROM {rows.View.Table.Table} WHERE {rows.Where}"), rows.Values) > 0 ? rows.View.Shown : throw Request.NoEntry(path);
    }

    private static HashSet<string> Words(string text) =>
        [.. System.Text.RegularExpressions.Regex.Split(text, "[^A-Za-z0-9_]+", System.Text.RegularExpressions.RegexOptions.NonBacktracking)];
}
