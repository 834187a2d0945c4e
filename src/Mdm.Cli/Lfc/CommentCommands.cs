using System.CommandLine;
using Mdm.Cli.Described;

namespace Mdm.Cli.Lfc;

/// <summary><c>lfc-setcomment</c>, <c>lfc-delcomment</c>.</summary>
internal static class CommentCommands
{
    public static DescribedCommand Set(Terminal terminal, NameServer server)
    {
        var path = new Argument<string>("PATH") { Description = "A file or directory." };
        var comment = new Argument<string>("COMMENT") { Description = "One line of at most 255 bytes. Never who a patient is." };
        var name = server.NameOf("setcomment");
        var command = new DescribedCommand(name, "Puts a comment on an entry, in the place of the one that is there.")
        {
            path, comment,
            new Example($"{name} /grid/biomed/results \"second reading\"", "lfc-ls --comment shows it."),
            server.Notes,
            new SeeAlso(server.NameOf("delcomment")),
            new SeeAlso(server.NameOf("ls")),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var session = new NameSession(terminal, server);
            return await session.EachAsync([parsed.GetRequiredValue(path)], place => session.NamesAt(place).SetCommentAsync(place.Surl.Path, parsed.GetRequiredValue(comment), cancellationToken));
        });
        return command;
    }

    public static DescribedCommand Delete(Terminal terminal, NameServer server)
    {
        var paths = new Argument<string[]>("PATH") { Description = "Files and directories.", Arity = ArgumentArity.OneOrMore };
        var name = server.NameOf("delcomment");
        var command = new DescribedCommand(name, "Takes the comment off entries.")
        {
            paths,
            new Example($"{name} /grid/biomed/results", "Nothing is said of it any more."),
            server.Notes,
            new SeeAlso(server.NameOf("setcomment")),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var session = new NameSession(terminal, server);
            return await session.EachAsync(parsed.GetRequiredValue(paths), place => session.NamesAt(place).SetCommentAsync(place.Surl.Path, null, cancellationToken));
        });
        return command;
    }
}
