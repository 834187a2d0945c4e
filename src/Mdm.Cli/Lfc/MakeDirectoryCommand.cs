using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Client;
using Mdm.Client.Names;
using Mdm.Srm.Messages;

namespace Mdm.Cli.Lfc;

/// <summary><c>lfc-mkdir</c>, <c>dpns-mkdir</c>.</summary>
internal static class MakeDirectoryCommand
{
    public static DescribedCommand Create(Terminal terminal, NameServer server)
    {
        var paths = new Argument<string[]>("DIR") { Description = "The directories to make.", Arity = ArgumentArity.OneOrMore };
        var mode = new Option<string?>("-m", "--mode") { Description = "The mode that they get, as 750; else what the directory above gives by default.", HelpName = "MODE" };
        var parents = new Option<bool>("-p", "--parents") { Description = "All above them that are missing, too, and no error where one is there." };
        ModeCommand.Check(mode);
        var name = server.NameOf("mkdir");
        var command = new DescribedCommand(name, "Makes directories.")
        {
            mode, parents, paths,
            new Example($"{name} -p /grid/biomed/results/2026/11", "Makes a directory, and those above it."),
            new Example($"{name} -m 750 /grid/biomed/results/mine", "Nobody but owner and group may look into it."),
            server.Notes,
            new SeeAlso(server.NameOf("rm")),
            new SeeAlso(server.NameOf("chmod")),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var change = parsed.GetValue(mode) is { } text ? ModeCommand.Read(terminal, text) : null;
            using var session = new NameSession(terminal, server);
            return await session.EachAsync(parsed.GetRequiredValue(paths), async place =>
            {
                var isNew = parsed.GetValue(parents) ? await MakeAllAsync(session, place, cancellationToken) : await MakeAsync(session.Files.At(place.Surl), place.Surl, cancellationToken);
                if (isNew && change is not null)
                    await ModeCommand.SetAsync(session, place, await session.StatAsync(place, followLast: true, cancellationToken), change, cancellationToken);
            }, "cannot create ");
        });
        return command;
    }

    private static async Task<bool> MakeAsync(SrmClient srm, Surl directory, CancellationToken cancellationToken)
    {
        await srm.MkdirAsync(directory, cancellationToken);
        return true;
    }

    // From below: what is there is mostly all but the last.
    private static async Task<bool> MakeAllAsync(NameSession session, NamePlace place, CancellationToken cancellationToken)
    {
        var missing = new Stack<StoragePath>();
        for (var path = place.Surl.Path; !path.IsRoot && await FindAsync(session, place, path, cancellationToken) is not { } there; path = path.Parent)
            missing.Push(path);
        var srm = session.Files.At(place.Surl);
        var isNew = missing.Count > 0;
        while (missing.TryPop(out var path))
        {
            try
            {
                await srm.MkdirAsync(place.Surl with { Path = path }, cancellationToken);
            }
            catch (SrmException e) when (e.Status == StatusCode.DuplicationError && path != place.Surl.Path)
            {
                // Somebody else makes it at the same time: that is what was wanted.
            }
        }
        return isNew;
    }

    private static async Task<NamedEntry?> FindAsync(NameSession session, NamePlace place, StoragePath path, CancellationToken cancellationToken)
    {
        try
        {
            var there = await session.NamesAt(place).StatAsync(path, followLast: true, cancellationToken);
            return there.Kind == CatalogEntryKind.Directory ? there : throw new SrmException(StatusCode.DuplicationError, $"{path} is a file.");
        }
        catch (SrmException e) when (e.Status == StatusCode.InvalidPath)
        {
            return null;
        }
    }
}
