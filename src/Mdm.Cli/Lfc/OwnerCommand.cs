using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Described;

namespace Mdm.Cli.Lfc;

/// <summary><c>lfc-chown</c>.</summary>
internal static class OwnerCommand
{
    public static DescribedCommand Create(Terminal terminal, NameServer server)
    {
        var owner = new Argument<string>("OWNER[:GROUP]") { Description = "A subject, a group after a colon, or both: /DC=org/CN=Name, :biomed/Role=reader, /DC=org/CN=Name:biomed." };
        owner.Validators.Add(result =>
        {
            if (Parse(result.GetValueOrDefault<string>()) is null)
                result.AddError($"'{result.GetValueOrDefault<string>()}' is no owner; write a subject, a group after a colon, or both: /DC=org/CN=Name:biomed");
        });
        var paths = new Argument<string[]>("PATH") { Description = "Files and directories.", Arity = ArgumentArity.OneOrMore };
        var itself = new Option<bool>("-h") { Description = "A symbolic name itself; it is refused, since what counts is the owner of what the name stands for." };
        itself.Validators.Add(result =>
        {
            if (!result.Implicit)
                result.AddError("symbolic names have no owner that counts; change that of what they stand for");
        });
        var recursive = new Option<bool>("-R", "--recursive") { Description = "Everything below, too." };
        var name = server.NameOf("chown");
        var command = new DescribedCommand(name, "Changes owner and group. The owner may give an entry to a group that he is in; only an administrator may give it to another owner.")
        {
            recursive, itself, owner, paths,
            new Example($"{name} :biomed/Role=reader /grid/biomed/results", "Gives a directory to a group."),
            new Example($"{name} -R /DC=org/CN=Jane:biomed /grid/biomed/results", "Gives everything below to a user and a group."),
            server.Notes,
            new SeeAlso(server.NameOf("getacl")),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var (subject, group) = Parse(parsed.GetRequiredValue(owner))!.Value;
            using var session = new NameSession(terminal, server);
            return await session.EachAsync(parsed.GetRequiredValue(paths), async place =>
            {
                if (parsed.GetValue(recursive))
                    await session.BelowAsync(place, (below, _) => session.NamesAt(below).SetOwnerAsync(below.Surl.Path, subject, group, cancellationToken), cancellationToken);
                else
                    await session.NamesAt(place).SetOwnerAsync(place.Surl.Path, subject, group, cancellationToken);
            });
        });
        return command;
    }

    /// <summary>Owner and group; null when the text is neither.</summary>
    internal static (DistinguishedName? Owner, Fqan? Group)? Parse(string? text)
    {
        if (text is null)
            return null;
        // The last colon: a subject may hold some, as CN=host:8443 does; then what follows is no group that anybody is in.
        var colon = text.LastIndexOf(':');
        if (colon >= 0 && GroupOf(text[(colon + 1)..]) is { } group)
            return colon == 0 ? (null, group) : DistinguishedName.TryParse(text[..colon], out var subject) ? (subject, group) : null;
        return DistinguishedName.TryParse(text.TrimEnd(':'), out var only) ? (only, null) : null;
    }

    // A group begins with a letter: 8443 is a port.
    private static Fqan? GroupOf(string text) => text.TrimStart('/') is [var first, ..] && char.IsLetter(first) && Fqan.TryParse(text.StartsWith('/') ? text : $"/{text}", out var group) ? group : null;
}
