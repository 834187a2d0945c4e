using System.CommandLine;
using System.Globalization;
using Mdm.Client;
using Mdm.Srm.Messages;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm ls [-l] [-d] [-R] SURL</c>.</summary>
internal static class LsCommand
{
    public static Command Create(Terminal terminal)
    {
        var surl = new Argument<string>("SURL") { Description = "A directory or file." };
        var isLong = new Option<bool>("--long", "-l") { Description = "Rights, length, time (UTC), where the bytes are, adler32." };
        var isItself = new Option<bool>("--directory", "-d") { Description = "The directory itself, not its entries." };
        var isRecursive = new Option<bool>("--recursive", "-R") { Description = "Everything below, with paths." };
        var command = new Command("ls", "Lists a directory.") { surl, isLong, isItself, isRecursive };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var directory = terminal.Surl(parsed.GetRequiredValue(surl));
            using var files = terminal.Open();
            var withDetails = parsed.GetValue(isLong);
            Func<GridEntry, string, string> line = withDetails ? LongLine : (_, name) => name;
            if (parsed.GetValue(isItself))
            {
                terminal.Output.WriteLine(line(await files.StatAsync(directory, cancellationToken), directory.Path.ToString()));
                return ExitCode.Success;
            }
            var recursive = parsed.GetValue(isRecursive);
            var entries = recursive ? files.WalkAsync(directory, cancellationToken) : withDetails ? files.ListAsync(directory, cancellationToken) : files.ListNamesAsync(directory, cancellationToken);
            await foreach (var entry in entries)
                terminal.Output.WriteLine(line(entry, recursive ? Below(directory, entry.Surl) : entry.Surl.Name));
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>One entry, as <c>ls -l</c> shows it and what SRM adds.</summary>
    internal static string LongLine(GridEntry entry, string name) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Mode(entry)} {entry.Length?.ToString(CultureInfo.InvariantCulture) ?? "-",12} {entry.Modified?.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "-",16} {Locality(entry),-8} {entry.Adler32 ?? "-",8} {name}");

    /// <summary>Type and rights: <c>drwxr-x---</c>.</summary>
    internal static string Mode(GridEntry entry) =>
        (entry.Type switch { FileType.Directory => "d", FileType.Link => "l", _ => "-" }) + Letters(entry.Owner?.Mode) + Letters(entry.Group?.Mode) + Letters(entry.Others);

    internal static string Letters(PermissionMode? mode)
    {
        // The number of a mode is its POSIX digit.
        var digit = (int)(mode ?? PermissionMode.None);
        return $"{((digit & 4) != 0 ? 'r' : '-')}{((digit & 2) != 0 ? 'w' : '-')}{((digit & 1) != 0 ? 'x' : '-')}";
    }

    internal static string Locality(GridEntry entry) => entry.Locality switch
    {
        null => "-",
        // On disk here and in the archive: for the reader, online.
        FileLocality.OnlineAndNearline => "online",
        var locality => locality.Value.ToString().ToLowerInvariant(),
    };

    private static string Below(Surl directory, Surl entry) => string.Join('/', entry.Path.Names[directory.Path.Names.Length..]);
}
