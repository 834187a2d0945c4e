using System.Globalization;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Sessions;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Where and who one is, and help.</summary>
internal static class SessionCommands
{
    public static readonly CommandEntry[] All =
    [
        new("cd", "directory", "DIR", 0, 1, CdAsync),
        new("pwd", "directory", "", 0, 0, static (session, _, answer, cancellationToken) => answer.WriteAsync(session.Directory, cancellationToken)),
        new("collections", "directory", "", 0, 0, CollectionsAsync),
        new("whoami", "user", "", 0, 0, static (session, _, answer, cancellationToken) => answer.WriteAsync(session.Who.User, cancellationToken)),
        new("sudo", "user", "USER", 1, 1, SudoAsync),
        new("statistics", "metadata-optional", "", 0, 0, StatisticsAsync),
        new("execute", "replication", "SITE COMMAND…", 1, CommandEntry.Any, ExecuteAsync),
        new("help", "metadata", "[commands|TOPIC|COMMAND]", 0, 1, HelpAsync),
        new("quit", "metadata", "", 0, 0, static (_, _, _, _) => ValueTask.CompletedTask),
        new("exit", "metadata", "", 0, 0, static (_, _, _, _) => ValueTask.CompletedTask),
    ];

    private static async ValueTask CdAsync(Session session, Arguments arguments, IAnswer answer, CancellationToken cancellationToken) =>
        session.Directory = await session.ReadAsync(request => request.Existing(arguments.Or(0, "/")).Path, cancellationToken).ConfigureAwait(false);

    // Not of AMGA: so a client that searches everything need not walk through all entries.
    private static async ValueTask CollectionsAsync(Session session, Arguments arguments, IAnswer answer, CancellationToken cancellationToken) =>
        await answer.WriteAllAsync(await session.ReadAsync(Collections.Of, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    private static async ValueTask SudoAsync(Session session, Arguments arguments, IAnswer answer, CancellationToken cancellationToken) =>
        session.Become(await session.ReadAsync(request =>
        {
            request.DemandRoot();
            var name = arguments[0];
            return request.Sql.Scalar<long>("SELECT count(*) FROM users WHERE name = $1", name) != 0 ? request.Work.Principals.Of(request.Sql, name, null)
                : throw new AmgaException(AmgaError.NoSuchUser, "There is no such user.");
        }, cancellationToken).ConfigureAwait(false));

    // Numbers of what everybody may know of; what lies in the store otherwise is nobody's but root's.
    private static async ValueTask StatisticsAsync(Session session, Arguments arguments, IAnswer answer, CancellationToken cancellationToken)
    {
        var lines = await session.ReadAsync(request =>
        {
            var directories = request.Sql.Query("SELECT path FROM dirs ORDER BY path", static row => row.GetString(0)).Count(path => request.Known(path) is not null);
            return new[] { $"directories {directories.ToString(CultureInfo.InvariantCulture)}", $"user {request.Who.User}" };
        }, cancellationToken).ConfigureAwait(false);
        await answer.WriteAllAsync(lines, cancellationToken).ConfigureAwait(false);
        if (session.Who.IsRoot)
            await answer.WriteAsync("store " + await session.Store.DescribeAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask ExecuteAsync(Session session, Arguments arguments, IAnswer answer, CancellationToken cancellationToken)
    {
        var isKnown = await session.ReadAsync(request => request.Sql.Scalar<long>("SELECT count(*) FROM sites WHERE name = $1", arguments[0]) != 0, cancellationToken).ConfigureAwait(false);
        throw isKnown
            ? new AmgaException(AmgaError.IllegalCommand, "This server hands no commands on to other sites: it would have to act in your name there. Ask the site itself; a client can ask any number at once.")
            : new AmgaException(AmgaError.NoSuchEntry, "There is no such site; see site_list.");
    }

    private static async ValueTask HelpAsync(Session session, Arguments arguments, IAnswer answer, CancellationToken cancellationToken)
    {
        var word = arguments.Or(0, string.Empty);
        IEnumerable<string> lines = word switch
        {
            "" => ["Topics: " + string.Join(' ', Topics), "help TOPIC, help COMMAND, help commands"],
            "commands" => CommandTable.All.Select(static command => command.Name).Order(StringComparer.Ordinal),
            _ when Topics.Contains(word) => CommandTable.All.Where(command => command.Topic == word).Select(static command => $"{command.Name} {command.Usage}".TrimEnd()),
            _ when CommandTable.ByName.TryGetValue(word, out var command) => [$"{command.Name} {command.Usage}".TrimEnd()],
            _ => throw new AmgaException(AmgaError.NoSuchEntry, "There is no help on that; the topics are " + string.Join(' ', Topics) + "."),
        };
        await answer.WriteAllAsync(lines, cancellationToken).ConfigureAwait(false);
    }

    private static IEnumerable<string> Topics => CommandTable.All.Select(static command => command.Topic).Distinct().Order(StringComparer.Ordinal);
}
