using System.CommandLine;
using System.Globalization;
using Mdm.Cli.Described;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm stat SURL</c>.</summary>
internal static class StatCommand
{
    public static DescribedCommand Create(Terminal terminal)
    {
        var surl = new Argument<string>("SURL") { Description = "A file or directory; also lfn:/PATH or guid:GUID." };
        var json = JsonText.Option();
        var command = new DescribedCommand("stat", "Says all that is known of an entry.")
        {
            surl, json,
            new Example("mdm stat /grid/biomed/research/s/t/i.dcm", "Rights, owner, length, checksum, and whether the bytes are on disk or still in the archive."),
            new Example("mdm stat --json /grid/biomed", "The same for a script."),
            GridNotes.Srm,
            new SeeAlso("mdm ls"),
            new SeeAlso("mdm getacl"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var find = RemoteName.Read(terminal, parsed.GetRequiredValue(surl));
            using var files = terminal.Open();
            var entry = await files.StatAsync(await find(files, cancellationToken), cancellationToken);
            if (parsed.GetValue(json))
            {
                terminal.Output.WriteLine(LsCommand.Json(entry));
                return ExitCode.Success;
            }
            Line("surl", entry.Surl.ToString());
            Line("type", entry.Type.ToString().ToLowerInvariant());
            Line("rights", LsCommand.Mode(entry)[1..]);
            Line("owner", entry.Owner?.UserId);
            Line("group", entry.Group?.GroupId);
            Line("length", entry.Length?.ToString(CultureInfo.InvariantCulture));
            Line("modified", entry.Modified?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
            Line("locality", entry.Locality is null ? null : LsCommand.Locality(entry));
            Line("adler32", entry.Adler32);
            return ExitCode.Success;
        });
        return command;

        void Line(string name, string? value)
        {
            if (value is not null)
                terminal.Output.WriteLine($"{name,-9} {value}");
        }
    }
}
