using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Views: some attributes and rows of a directory under a path of their own. A view gives nobody a right that he does not have below it.</summary>
internal static class ViewCommands
{
    public static readonly CommandEntry[] All =
    [
        new("view_create", "view", "NAME DIR ATTR… 'CONDITION'", 3, CommandEntry.Any, static async (session, arguments, _, cancellationToken) =>
            await session.WriteAsync(request => Create(request, session, arguments), cancellationToken).ConfigureAwait(false)),
        new("view_remove", "view", "NAME", 1, 1, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            if (request.Known(request.Absolute(arguments[0])) is not { View: not null } view)
                throw Request.NoEntry(arguments[0]);
            request.Directory(AmgaPath.Parent(view.Path), Bits.Write);
            DirectoryCommands.Remove(request, view);
        }, cancellationToken).ConfigureAwait(false)),
    ];

    private static void Create(Request request, Session session, Arguments arguments)
    {
        var path = request.Absolute(arguments[0]);
        var parent = request.Directory(AmgaPath.Parent(path), Bits.Write);
        var directory = request.Directory(arguments[1], Bits.Read);
        if (path == "/" || request.Tree.Find(path) is not null)
            throw new AmgaException(AmgaError.DirectoryExists, "There is a directory or view of that name already.");
        if (Glob.Is(path) || DirectoryCommands.IsEntry(request, parent, AmgaPath.Name(path)))
            throw new AmgaException(AmgaError.Exists, "There is an entry of that name already, or the name has wild cards.");
        var view = request.View(directory, Bits.Read);
        var attributes = arguments.From(2).Take(arguments.Count - 3).Select(name => request.Attribute(view, name)).ToList();
        var condition = arguments[arguments.Count - 1];
        ViewConditions.Compile(request, directory, condition);
        var number = request.Sql.Scalar<long>("INSERT INTO dirs (parent, path, owner, bits, options, has_files, view_of, condition) VALUES ($1, $2, $3, $4, 0, 0, $5, $6) RETURNING dir",
            parent.Number, path, request.Who.User, (long)session.OwnerBits, directory.Number, condition);
        for (var i = 0; i < attributes.Count; i++)
            request.Sql.Execute("INSERT INTO view_attrs (dir, position, attr) VALUES ($1, $2, $3)", number, i, attributes[i].Number);
        foreach (var (group, bits) in directory.Acl)
            request.Sql.Execute("INSERT INTO acl (dir, grp, bits, is_declared) VALUES ($1, $2, $3, 0)", number, group, (long)(bits & ~Bits.Write));
        request.Tree.Changed();
    }
}
