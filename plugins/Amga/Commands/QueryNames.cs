using Mdm.Plugins.Amga.Query;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>What names in a query stand for, for whom a request is.</summary>
/// <param name="request">Whose.</param>
/// <param name="main">The directory whose rows are shown or changed.</param>
/// <param name="needed">The rights that its rows need; those of others are read.</param>
internal sealed class QueryNames(Request request, string main, Bits needed = Bits.Read) : IQueryNames
{
    public QueryCollection? Find(string path)
    {
        if (request.Known(path) is not { } found)
            return null;
        var table = found.View is { } view ? request.Tree.Find(view.Of)! : found;
        var rights = path == main ? needed : Bits.Read;
        return table.HasAcls || (Access.Of(request.Who, table) & rights) == rights ? request.View(found, rights).Collection : null;
    }

    public string Absolute(string path) => request.Absolute(path);

    public QueryContext Context() => new(this, main, request.Sql.Dialect, request.Now);
}
