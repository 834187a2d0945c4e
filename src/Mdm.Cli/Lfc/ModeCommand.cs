using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Client.Names;

namespace Mdm.Cli.Lfc;

/// <summary><c>lfc-chmod</c>, <c>dpns-chmod</c>.</summary>
internal static class ModeCommand
{
    public static DescribedCommand Create(Terminal terminal, NameServer server)
    {
        var mode = new FreeArgument<string>("MODE") { Description = "Octal digits, or changes as u=rwx,g+r,o-w,a+X. Set-id and sticky bits mean nothing here and are left out." };
        mode.Validators.Add(result =>
        {
            if (WhyNot(result.GetValueOrDefault<string>()) is { } refusal)
                result.AddError(refusal);
        });
        var paths = new Argument<string[]>("PATH") { Description = "Files and directories.", Arity = ArgumentArity.OneOrMore };
        var recursive = new Option<bool>("-R", "--recursive") { Description = "Everything below, too." };
        var name = server.NameOf("chmod");
        var command = new DescribedCommand(name, "Changes the mode of files and directories. Where users or groups are named in the access list, the group's digit is the mask, as POSIX has it.")
        {
            recursive, mode, paths,
            new Example($"{name} 750 /grid/biomed/results", "All for the owner, reading for the group, nothing for others."),
            new Example($"{name} -R g+r,o= /grid/biomed/results", "The group may read everything below; others nothing."),
            server.Notes,
            new SeeAlso(server.NameOf("setacl")),
            new SeeAlso(server.NameOf("getacl")),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var change = Read(terminal, parsed.GetRequiredValue(mode));
            using var session = new NameSession(terminal, server);
            return await session.EachAsync(parsed.GetRequiredValue(paths), async place =>
            {
                if (parsed.GetValue(recursive))
                    await session.BelowAsync(place, (below, entry) => SetAsync(session, below, entry, change, cancellationToken), cancellationToken);
                else
                    await SetAsync(session, place, await session.StatAsync(place, followLast: true, cancellationToken), change, cancellationToken);
            });
        });
        return command;
    }

    /// <summary>Refuses what is no mode.</summary>
    public static void Check(Option<string?> mode) => mode.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && WhyNot(token.Value) is { } refusal)
            result.AddError(refusal);
    });

    /// <summary>A mode that was checked before; what of it means nothing is said.</summary>
    public static ModeText Read(Terminal terminal, string text)
    {
        var mode = ModeText.Parse(text)!;
        if (mode.HasLost)
            terminal.Complain($"'{text}': set-id and sticky bits mean nothing here and are left out");
        return mode;
    }

    /// <summary>Changes the three classes of an access list, and leaves all named entries alone.</summary>
    public static Task SetAsync(NameSession session, NamePlace place, NamedEntry entry, ModeText change, CancellationToken cancellationToken)
    {
        var mode = change.Of(entry.Acl.Mode, entry.Kind == CatalogEntryKind.Directory);
        var entries = entry.Acl.WithMode(mode).Entries.Where(e => e is { IsDefault: false, Tag: not (AclTag.User or AclTag.Group) });
        return session.NamesAt(place).SetAclAsync(place.Surl.Path, new AclChange(AclChangeKind.Modify, [.. entries]), cancellationToken);
    }

    private static string? WhyNot(string? text) => ModeText.Parse(text) is null ? $"'{text}' is no mode; write 750, or changes as g+r,o-w" : null;
}
