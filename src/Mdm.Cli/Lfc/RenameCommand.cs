using System.CommandLine;
using Mdm.Cli.Described;

namespace Mdm.Cli.Lfc;

/// <summary><c>lfc-rename</c>, <c>dpns-rename</c>.</summary>
internal static class RenameCommand
{
    public static DescribedCommand Create(Terminal terminal, NameServer server)
    {
        var from = new Argument<string>("OLD") { Description = "A file or directory." };
        var to = new Argument<string>("NEW") { Description = "Its new name, at the same host." };
        var name = server.NameOf("rename");
        var command = new DescribedCommand(name, "Gives a file or directory another name; rights, keys and metadata go with it.")
        {
            from, to,
            new Example($"{name} /grid/biomed/results/a /grid/biomed/results/b", "Renames a directory."),
            server.Notes,
            new SeeAlso("mdm mv"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var session = new NameSession(terminal, server);
            return await session.EachAsync([parsed.GetRequiredValue(from)], place =>
                session.Files.At(place.Surl).MvAsync(place.Surl, server.Place(terminal, parsed.GetRequiredValue(to)).Surl, cancellationToken));
        });
        return command;
    }
}
