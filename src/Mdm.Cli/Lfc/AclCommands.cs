using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Client.Names;

namespace Mdm.Cli.Lfc;

/// <summary><c>lfc-getacl</c>, <c>lfc-setacl</c>, and the same of <c>dpns</c>.</summary>
internal static class AclCommands
{
    public static DescribedCommand Get(Terminal terminal, NameServer server)
    {
        var paths = new Argument<string[]>("PATH") { Description = "Files and directories.", Arity = ArgumentArity.OneOrMore };
        var access = new Option<bool>("-a") { Description = "Only the entries that hold for it." };
        var byDefault = new Option<bool>("-d") { Description = "Only those that what is made below it begins with." };
        var json = JsonText.Option();
        var name = server.NameOf("getacl");
        var command = new DescribedCommand(name, "Shows access lists: owner, group, and an entry a line. Where a mask is, what it leaves of an entry stands behind it.")
        {
            access, byDefault, json, paths,
            new Example($"{name} /grid/biomed/research", "Who may do what with a directory."),
            new Example($"{name} -d /grid/biomed/research", "What new entries below it begin with."),
            server.Notes,
            new SeeAlso(server.NameOf("setacl")),
            new SeeAlso("mdm getacl"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var session = new NameSession(terminal, server);
            var left = parsed.GetRequiredValue(paths).Length;
            return await session.EachAsync(parsed.GetRequiredValue(paths), async place =>
            {
                left--;
                var entry = await session.StatAsync(place, followLast: true, cancellationToken);
                if (parsed.GetValue(json))
                {
                    terminal.Output.WriteLine(EntryJson.Of(entry));
                    return;
                }
                terminal.Output.WriteLine($"# file: {place.Typed}");
                terminal.Output.WriteLine($"# owner: {entry.Owner}");
                terminal.Output.WriteLine($"# group: {AclText.Shown(entry.Group)}");
                // Neither option asks for all, and so do both.
                var isBoth = parsed.GetValue(access) == parsed.GetValue(byDefault);
                foreach (var line in AclText.Lines(entry.Acl, isBoth || parsed.GetValue(access), isBoth || parsed.GetValue(byDefault)))
                    terminal.Output.WriteLine(line);
                if (left > 0)
                    terminal.Output.WriteLine();
            });
        });
        return command;
    }

    public static DescribedCommand Set(Terminal terminal, NameServer server)
    {
        var delete = new Option<bool>("-d", "--delete") { Description = "The entries go; their rights do not matter." };
        var modify = new Option<bool>("-m", "--modify") { Description = "The entries are added, or take the place of those of the same name." };
        var replace = new Option<bool>("-s", "--set") { Description = "The entries are the whole list." };
        var entries = new Argument<string>("ENTRIES")
        {
            Description = "Separated by commas: user::rwx, user:SUBJECT:r-x, group::5, group:biomed/Role=reader:r, mask:rwx, other:0; u, g, m and o for short, d: or default: before those that new entries below a directory begin with.",
        };
        var paths = new Argument<string[]>("PATH") { Description = "Files and directories.", Arity = ArgumentArity.OneOrMore };
        var name = server.NameOf("setacl");
        var command = new DescribedCommand(name, "Changes access lists.")
        {
            delete, modify, replace, entries, paths,
            new Example($"{name} -m g:biomed/Role=reader:r-x,m:rwx /grid/biomed/results", "Lets a group read."),
            new Example($"{name} -m d:u::7,d:g::5,d:o:0 /grid/biomed/results", "What new entries below a directory begin with."),
            new Example($"{name} -d u:/DC=org/CN=Jane /grid/biomed/results", "Takes an entry away."),
            server.Notes,
            new SeeAlso(server.NameOf("getacl")),
            new SeeAlso(server.NameOf("chmod")),
        };
        command.Validators.Add(result =>
        {
            if (new[] { result.GetValue(delete), result.GetValue(modify), result.GetValue(replace) }.Count(chosen => chosen) != 1)
                result.AddError("one of -d, -m and -s says what becomes of the entries");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var kind = parsed.GetValue(delete) ? AclChangeKind.Delete : parsed.GetValue(modify) ? AclChangeKind.Modify : AclChangeKind.Replace;
            // Read once: what is no entry is refused before anything changes.
            var change = new AclChange(kind, AclText.Parse(parsed.GetRequiredValue(entries), rightsMayLack: kind == AclChangeKind.Delete));
            using var session = new NameSession(terminal, server);
            return await session.EachAsync(parsed.GetRequiredValue(paths), place => session.NamesAt(place).SetAclAsync(place.Surl.Path, change, cancellationToken));
        });
        return command;
    }
}
