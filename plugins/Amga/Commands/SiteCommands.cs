using System.Globalization;
using Mdm.Abstractions;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Other servers, and which of them have which files' rows. What is told here is for clients, which ask the sites themselves.</summary>
internal static class SiteCommands
{
    /// <summary>Longest name or address.</summary>
    public const int MaxLength = 256;

    public static readonly CommandEntry[] All =
    [
        new("site_add", "replication", "SITE [SERVER]", 1, 2, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            request.DemandRoot();
            if (arguments[0].All(char.IsAsciiDigit))
                throw new AmgaException(AmgaError.IllegalKey, "A site's name is no number: clients name sites by their numbers, too.");
            if (request.Sql.Execute("INSERT INTO sites (name, server) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", Word(arguments[0]), Word(arguments.Or(1, arguments[0]))) == 0)
                throw new AmgaException(AmgaError.Exists, "There is a site of that name already.");
        }, cancellationToken).ConfigureAwait(false)),
        new("site_remove", "replication", "SITE", 1, 1, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            request.DemandRoot();
            var site = Site(request, arguments[0]);
            request.Sql.Execute("DELETE FROM replicas WHERE site = $1", site);
            request.Sql.Execute("DELETE FROM sites WHERE site = $1", site);
        }, cancellationToken).ConfigureAwait(false)),
        new("site_list", "replication", "", 0, 0, GroupCommands.List(static (request, _) => request.Sql.Query("SELECT site, name, server FROM sites ORDER BY site",
            static row => $"{row.GetInt64(0).ToString(CultureInfo.InvariantCulture)} {row.GetString(1)} {row.GetString(2)}"))),
        new("replica_register", "replication", "[-c] GUID SITE [GUID SITE]…", 2, CommandEntry.Any, RegisterAsync),
        new("replica_add", "replication", "GUID SITE [GUID SITE]…", 2, CommandEntry.Any, RegisterAsync),
        new("replica_unregister", "replication", "[-d] GUID SITE", 2, 3, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            request.DemandRoot();
            var words = arguments.From(0).Where(static word => word != "-d").ToList();
            if (words.Count != 2)
                throw new AmgaException(AmgaError.IllegalCommand, "It is written as: replica_unregister [-d] GUID SITE");
            if (request.Sql.Execute("DELETE FROM replicas WHERE guid = $1 AND site = $2", words[0], Site(request, words[1])) == 0)
                throw new AmgaException(AmgaError.NoSuchEntry, "There is no such replica.");
        }, cancellationToken).ConfigureAwait(false)),
        // One line for each that was asked for: the Python client keeps one of each.
        new("replica_list", "replication", "[-l] GUID…", 1, CommandEntry.Any, GroupCommands.List(static (request, arguments) => [.. arguments.From(0).Where(static word => word != "-l").Select(guid =>
            string.Join(' ', request.Sql.Query("SELECT site FROM replicas WHERE guid = $1 ORDER BY site", static row => row.GetInt64(0).ToString(CultureInfo.InvariantCulture), guid).Prepend(guid)))])),
    ];

    private static async ValueTask RegisterAsync(Session session, Arguments arguments, Sessions.IAnswer answer, CancellationToken cancellationToken) => await session.WriteAsync(request =>
    {
        request.DemandRoot();
        var words = arguments.From(0).Where(static word => word != "-c").ToList();
        if (words.Count == 0 || words.Count % 2 != 0)
            throw new AmgaException(AmgaError.IllegalCommand, "Each GUID is followed by one site that has it.");
        foreach (var pair in words.Chunk(2))
            request.Sql.Execute("INSERT INTO replicas (guid, site) VALUES ($1, $2) ON CONFLICT (guid, site) DO NOTHING", Word(pair[0]), Site(request, pair[1]));
    }, cancellationToken).ConfigureAwait(false);

    // Clients that have seen the list name a site by its number there.
    private static long Site(Request request, string name) => request.Sql.Scalar<long>("SELECT site FROM sites WHERE name = $1", name) is not 0 and var site ? site
        : long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && request.Sql.Scalar<long>("SELECT count(*) FROM sites WHERE site = $1", number) == 1 ? number
        : throw new AmgaException(AmgaError.NoSuchEntry, "There is no such site; see site_list.");

    // A list of sites has three fields in a line.
    private static string Word(string text) => text.Length is >= 1 and <= MaxLength && PrintableText.Is(text) && !text.Any(char.IsWhiteSpace) ? text
        : throw new AmgaException(AmgaError.IllegalKey, $"That is 1 to {MaxLength} characters (MaxLength) without white space.");
}
