using System.CommandLine;
using System.Globalization;
using Mdm.Cli.Described;
using Mdm.Client;
using Mdm.Srm.Messages;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm ls [-l] [-d] [-R] SURL</c>.</summary>
internal static class LsCommand
{
    public static DescribedCommand Create(Terminal terminal)
    {
        var surl = new Argument<string>("SURL") { Description = "A directory or file." };
        var isLong = new Option<bool>("--long", "-l") { Description = "Rights, length, time (UTC), where the bytes are, adler32." };
        var isItself = new Option<bool>("--directory", "-d") { Description = "The directory itself, not its entries." };
        var isRecursive = new Option<bool>("--recursive", "-R") { Description = "Everything below, with paths." };
        var json = JsonText.Option();
        var command = new DescribedCommand("ls", "Lists a directory.")
        {
            surl, isLong, isItself, isRecursive, json,
            new Example("mdm ls -l srm://se.example.org:8443/grid/biomed", "The entries of a directory, with rights, lengths and checksums."),
            new Example("mdm ls --json -R /grid/biomed/research", "Everything below a directory of the host that MDM_ENDPOINT names, one JSON object a line."),
            GridNotes.Srm,
            new SeeAlso("mdm stat"),
            new SeeAlso("lfc-ls"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var directory = terminal.Surl(parsed.GetRequiredValue(surl));
            using var files = terminal.Open();
            var isJson = parsed.GetValue(json);
            var withDetails = parsed.GetValue(isLong) || isJson;
            Func<GridEntry, string, string> line = isJson ? (entry, _) => Json(entry) : withDetails ? LongLine : (_, name) => name;
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

    /// <summary>All that SRM says of an entry.</summary>
    internal static string Json(GridEntry entry) => JsonText.Object(json =>
    {
        json.WriteString("path", entry.Surl.Path.ToString());
        json.WriteString("surl", entry.Surl.ToString());
        json.WriteString("type", entry.Type.ToString().ToLowerInvariant());
        json.WriteString("rights", Mode(entry)[1..]);
        json.WriteIfKnown("owner", entry.Owner?.UserId);
        json.WriteIfKnown("group", entry.Group?.GroupId);
        json.WriteIfKnown("length", entry.Length);
        json.WriteIfKnown("modified", entry.Modified);
        json.WriteIfKnown("locality", entry.Locality is null ? null : Locality(entry));
        json.WriteIfKnown("adler32", entry.Adler32);
    });

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
