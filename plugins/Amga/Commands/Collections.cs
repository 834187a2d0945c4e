using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>The directories that somebody can search: whose attributes he may list and whose values he may read.</summary>
internal static class Collections
{
    public static List<string> Of(Request request) => request.Sql.Query("SELECT path FROM dirs WHERE view_of IS NULL ORDER BY path", static row => row.GetString(0))
        .Where(path => request.Known(path) is { } directory
            && (Access.Of(request.Who, directory) & (Bits.Execute | Bits.Read)) == (Bits.Execute | Bits.Read)
            && !Access.Attributes(request.Who, directory).IsEmpty).ToList();
}
