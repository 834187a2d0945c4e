using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Client;
using Mdm.Client.Names;
using Mdm.Srm.Messages;

namespace Mdm.Cli.Lfc;

/// <summary><c>lfc-ln</c>.</summary>
internal static class LinkCommand
{
    public static DescribedCommand Create(Terminal terminal, NameServer server)
    {
        var symbolic = new Option<bool>("-s", "--symbolic") { Description = "A symbolic name; there are no others, and without it nothing is made." };
        var names = new Argument<string[]>("NAME") { Description = "What exists, then the name that stands for it; a name in the home directory when that is left out. Several that exist, then a directory.", Arity = ArgumentArity.OneOrMore };
        var name = server.NameOf("ln");
        var command = new DescribedCommand(name, "Makes symbolic names. Whoever uses one needs the rights on what it stands for.")
        {
            symbolic, names,
            new Example($"{name} -s /grid/biomed/research/s/t/i.dcm /grid/biomed/results/image", "image stands for the file."),
            new Example($"{name} -s /grid/biomed/a /grid/biomed/b /grid/biomed/links", "links/a and links/b stand for both."),
            server.Notes,
            new SeeAlso(server.NameOf("ls")),
        };
        command.Validators.Add(result =>
        {
            if (!result.GetValue(symbolic))
                result.AddError("names here are symbolic: -s");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var given = parsed.GetRequiredValue(names);
            using var session = new NameSession(terminal, server);
            string[] targets = given.Length == 1 ? given : given[..^1];
            var last = given.Length == 1 ? LastPart(given[0]) : given[^1];
            var place = server.Place(terminal, last);
            var isDirectory = given.Length > 1 && await IsDirectoryAsync(session, place, cancellationToken);
            if (targets.Length > 1 && !isDirectory)
                throw new MdmException(MdmErrorKind.InvalidName, $"{last} is no directory; several names are made in one.");
            foreach (var target in targets)
            {
                var link = isDirectory ? new NamePlace(place.Surl.Child(LastPart(target)), $"{last.TrimEnd('/')}/{LastPart(target)}") : place;
                await session.TryAsync(link, () => session.NamesAt(link).LinkAsync(server.Place(terminal, target).Surl.Path, link.Surl.Path, cancellationToken));
            }
            return session.Code;
        });
        return command;
    }

    private static string LastPart(string name) => name.TrimEnd('/').Split('/')[^1];

    private static async Task<bool> IsDirectoryAsync(NameSession session, NamePlace place, CancellationToken cancellationToken)
    {
        try
        {
            return (await session.StatAsync(place, followLast: true, cancellationToken)).Kind == CatalogEntryKind.Directory;
        }
        catch (SrmException e) when (e.Status == StatusCode.InvalidPath)
        {
            return false;
        }
    }
}
