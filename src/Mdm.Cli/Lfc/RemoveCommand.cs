using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Client;
using Mdm.Client.Names;
using Mdm.Srm.Messages;

namespace Mdm.Cli.Lfc;

/// <summary><c>lfc-rm</c>, <c>dpns-rm</c>.</summary>
internal static class RemoveCommand
{
    public static DescribedCommand Create(Terminal terminal, NameServer server)
    {
        var paths = new Argument<string[]>("PATH") { Description = "What is to go.", Arity = ArgumentArity.OneOrMore };
        var force = new Option<bool>("-f", "--force") { Description = "No error for what is not there, and no question." };
        var asks = new Option<bool>("-i", "--interactive") { Description = "Ask before each; y is yes." };
        var recursive = new Option<bool>("-r", "-R", "--recursive") { Description = "Directories with all that is in them." };
        var name = server.NameOf("rm");
        var command = new DescribedCommand(name, "Removes files and directories from the name space. An archive keeps its files; what users put is erased.")
        {
            force, asks, recursive, paths,
            new Example($"{name} /grid/biomed/results/a.dcm", "Removes a file."),
            new Example($"{name} -r /grid/biomed/results/2025", "Removes a directory with everything below it."),
            server.Notes,
            new SeeAlso(server.NameOf("mkdir")),
            new SeeAlso("mdm rm"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (isForced, isAsked, isRecursive) = (parsed.GetValue(force), parsed.GetValue(asks) && !parsed.GetValue(force), parsed.GetValue(recursive));
            using var session = new NameSession(terminal, server);
            return await session.EachAsync(parsed.GetRequiredValue(paths), async place =>
            {
                try
                {
                    await RemoveAsync(place);
                }
                catch (SrmException e) when (isForced && e.Status == StatusCode.InvalidPath)
                {
                    // -f: that is what was wanted.
                }
            });

            async Task RemoveAsync(NamePlace place)
            {
                var entry = await session.StatAsync(place, followLast: false, cancellationToken);
                if (entry.Kind == CatalogEntryKind.Directory && !isRecursive)
                    throw new MdmException(MdmErrorKind.IsADirectory, $"{place.Typed} is a directory.");
                if (isAsked)
                    await AskedAsync(place, entry);
                else if (entry.Kind == CatalogEntryKind.Directory)
                    await session.Files.At(place.Surl).RmdirAsync(place.Surl, recursive: true, cancellationToken);
                else
                    await session.Files.At(place.Surl).RmAsync([place.Surl], cancellationToken);
            }

            // Children first: a directory goes when all in it was agreed to, and is gone.
            async Task AskedAsync(NamePlace place, NamedEntry entry)
            {
                if (entry.Kind == CatalogEntryKind.Directory)
                {
                    if (!Agrees($"remove files in {place.Typed}? "))
                        return;
                    foreach (var child in await session.NamesAt(place).ListAsync(place.Surl.Path, cancellationToken).ToListAsync(cancellationToken))
                    {
                        var below = new NamePlace(place.Surl with { Path = child.Path }, $"{place.Typed.TrimEnd('/')}/{child.Path.Name}");
                        await session.TryAsync(below, () => AskedAsync(below, child));
                    }
                }
                if (!Agrees($"remove {place.Typed}? "))
                    return;
                if (entry.Kind == CatalogEntryKind.Directory)
                    await session.Files.At(place.Surl).RmdirAsync(place.Surl, recursive: false, cancellationToken);
                else
                    await session.Files.At(place.Surl).RmAsync([place.Surl], cancellationToken);
            }
        });
        return command;

        bool Agrees(string question)
        {
            terminal.Output.Write(question);
            terminal.Output.Flush();
            return (terminal.Lines ?? Console.In).ReadLine()?.StartsWith('y') == true;
        }
    }
}
