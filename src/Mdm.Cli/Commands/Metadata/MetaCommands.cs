using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Client.Metadata;
using Mdm.Formats.Amga;

namespace Mdm.Cli.Commands.Metadata;

/// <summary><c>mdm meta ls|attrs|get|set|acl</c>: one metadata server.</summary>
internal static class MetaCommands
{
    public static DescribedCommand Create(Terminal terminal) => new("meta", "Looks into one metadata server, and changes what you may change there.")
    {
        Ls(terminal), Attributes(terminal), Get(terminal), Set(terminal), Acl(terminal),
    };

    private static DescribedCommand Ls(Terminal terminal)
    {
        var path = new Argument<string>("PATH") { Description = "A collection.", DefaultValueFactory = _ => "/" };
        var servers = MetadataOptions.Servers();
        var command = new DescribedCommand("ls", "Lists collections and entries.")
        {
            path, servers,
            new Example("mdm meta ls /", "The collections of a metadata server."),
            GridNotes.Metadata,
            new SeeAlso("mdm find"),
        };
        command.SetAction((parsed, token) => WithAsync(terminal, parsed.GetValue(servers), async connection =>
        {
            var name = string.Empty;
            var isName = true;
            await foreach (var line in connection.RunAsync(["dir", parsed.GetRequiredValue(path)], token))
            {
                if (isName)
                    name = line;
                else
                    terminal.Output.WriteLine(terminal.Shown(line == "collection" ? name.TrimEnd('/') + "/" : name));
                isName = !isName;
            }
        }, token));
        return command;
    }

    private static DescribedCommand Attributes(Terminal terminal)
    {
        var path = new Argument<string>("PATH") { Description = "A collection, or an entry of it." };
        var servers = MetadataOptions.Servers();
        var command = new DescribedCommand("attrs", "Lists the attributes that you may read, with their types.")
        {
            path, servers,
            new Example("mdm meta attrs /research", "Names and types of what may be searched for."),
            GridNotes.Metadata,
            new SeeAlso("mdm find"),
        };
        command.SetAction((parsed, token) => WithAsync(terminal, parsed.GetValue(servers), async connection =>
        {
            var lines = await connection.ExecuteAsync(["listattr", parsed.GetRequiredValue(path)], token);
            foreach (var pair in lines.Chunk(2))
                terminal.Output.WriteLine(string.Join('\t', pair.Select(terminal.Shown)));
        }, token));
        return command;
    }

    private static DescribedCommand Get(Terminal terminal)
    {
        var path = new Argument<string>("PATH") { Description = "An entry, a pattern with * and ?, or a collection for all its entries." };
        var names = new Argument<string[]>("ATTRIBUTE") { Description = "Which; all that you may read when left out.", Arity = ArgumentArity.ZeroOrMore };
        var servers = MetadataOptions.Servers();
        var command = new DescribedCommand("get", "Shows attributes of entries.")
        {
            path, names, servers,
            new Example("mdm meta get '/research/*' Modality StudyDate", "Two attributes of every entry of a collection."),
            GridNotes.Metadata,
            new SeeAlso("mdm find"),
        };
        command.SetAction((parsed, token) => WithAsync(terminal, parsed.GetValue(servers), async connection =>
        {
            var entry = parsed.GetRequiredValue(path);
            string[] wanted = parsed.GetValue(names) is { Length: > 0 } given
                ? given
                : [.. (await connection.ExecuteAsync(["listattr", entry], token)).Where((_, index) => index % 2 == 0)];
            var row = new List<string>();
            await foreach (var line in connection.RunAsync(["getattr", entry, .. wanted], token))
            {
                row.Add(line);
                if (row.Count <= wanted.Length)
                    continue;
                terminal.Output.WriteLine(terminal.Shown(row[0]));
                for (var i = 0; i < wanted.Length; i++)
                    terminal.Output.WriteLine($"  {terminal.Shown(wanted[i])}\t{terminal.Shown(row[i + 1])}");
                row.Clear();
            }
        }, token));
        return command;
    }

    private static DescribedCommand Set(Terminal terminal)
    {
        var path = new Argument<string>("PATH") { Description = "An entry, or a pattern with * and ?." };
        var values = new FreeArgument<string[]>("ATTRIBUTE VALUE") { Description = "Attributes and their new values, in turn.", Arity = ArgumentArity.OneOrMore };
        var servers = MetadataOptions.Servers();
        var command = new DescribedCommand("set", "Sets attributes of entries.")
        {
            path, values, servers,
            new Example("mdm meta set /results/job1 Status done", "Sets one attribute of an entry of your own."),
            GridNotes.Metadata,
            new SeeAlso("mdm meta get"),
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(values) is { } given && given.Length % 2 != 0)
                result.AddError("set takes attributes and values in turn: the last attribute has no value");
        });
        command.SetAction((parsed, token) => WithAsync(
            terminal, parsed.GetValue(servers), connection => connection.ExecuteAsync(["setattr", parsed.GetRequiredValue(path), .. parsed.GetRequiredValue(values)], token), token));
        return command;
    }

    private static DescribedCommand Acl(Terminal terminal)
    {
        var path = new Argument<string>("PATH") { Description = "A collection or entry." };
        var group = new Argument<string?>("GROUP") { Description = "A group: AMGA's (owner:name), an attribute of a proxy (/vo/group/Role=role), or system:anyuser.", Arity = ArgumentArity.ZeroOrOne };
        var rights = new Argument<string?>("RIGHTS") { Description = "rwx, or '-' to take the entry away.", Arity = ArgumentArity.ZeroOrOne };
        var servers = MetadataOptions.Servers();
        var command = new DescribedCommand("acl", "Shows who may do what, or changes it for a group.")
        {
            path, group, rights, servers,
            new Example("mdm meta acl /results", "Who may do what with a collection."),
            new Example("mdm meta acl /results /biomed/Role=reader r", "Lets holders of an attribute read it."),
            GridNotes.Metadata,
            new SeeAlso("mdcli"),
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(group) is not null != result.GetValue(rights) is not null)
                result.AddError("acl takes a group and rights, or neither");
        });
        command.SetAction((parsed, token) => WithAsync(terminal, parsed.GetValue(servers), async connection =>
        {
            var (entry, who, what) = (parsed.GetRequiredValue(path), parsed.GetValue(group), parsed.GetValue(rights));
            if (who is not null)
            {
                await connection.ExecuteAsync(what == "-" ? ["acl_remove", entry, who] : ["acl_add", entry, who, what!], token);
                return;
            }
            await foreach (var line in connection.RunAsync(["acl_show", entry], token))
                terminal.Output.WriteLine(terminal.Shown(line));
        }, token));
        return command;
    }

    private static async Task<int> WithAsync(Terminal terminal, string? named, Func<AmgaConnection, Task> work, CancellationToken cancellationToken)
    {
        var servers = await MetadataOptions.FindAsync(terminal, named, cancellationToken);
        if (servers.Count > 1)
            throw new MdmException(MdmErrorKind.InvalidName, $"One metadata server at a time: name it with --servers, one of {string.Join(", ", servers)}.");
        using var metadata = GridMetadata.Open(terminal.Environment());
        await using var connection = await metadata.ConnectAsync(servers[0], null, cancellationToken);
        try
        {
            await work(connection);
            return ExitCode.Success;
        }
        catch (AmgaAnswerException refusal)
        {
            terminal.Output.Flush();
            terminal.Complain($"{refusal.Message}");
            return ExitCode.Of(refusal);
        }
    }
}
