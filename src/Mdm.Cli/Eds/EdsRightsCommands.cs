using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Commands.Keys;
using Mdm.Cli.Described;
using Mdm.Client;
using Mdm.Formats.Keystores;

namespace Mdm.Cli.Eds;

/// <summary><c>glite-eds-chmod</c>, <c>-setacl</c> and <c>-getacl</c>. Each ID is checked and changed by itself.</summary>
internal static class EdsRightsCommands
{
    private const string None = "NONE";

    public static DescribedCommand Chmod(Terminal terminal)
    {
        var mode = new FreeArgument<string>("MODE") { Description = "[ugoa][+-=][pdrwlxgs], several separated by commas: g gets the key, l shows its rights, p changes them, d destroys it." };
        mode.Validators.Add(result =>
        {
            if (KeyRightsText.ParseMode(result.GetValueOrDefault<string>()) is null)
                result.AddError($"'{result.GetValueOrDefault<string>()}' is no mode; for example g+g,o-gl");
        });
        var ids = Ids();
        var command = new DescribedCommand("glite-eds-chmod", "Changes what owner, group and others may do with keys. It takes the right p.")
        {
            mode, ids, Batch(),
            new Example("glite-eds-chmod g+g brain-17", "The key's group may get it."),
            new SeeAlso("glite-eds-setacl"), new SeeAlso("glite-eds-getacl"),
        };
        return EdsCall.Command(terminal, command, (call, cancellationToken) =>
        {
            var change = KeyRightsText.ParseMode(call.Parsed.GetRequiredValue(mode))!;
            return EachAsync(call, call.Parsed.GetRequiredValue(ids), async id => await call.Keys.ChangeRightsAsync(await call.LatestAsync(id, cancellationToken), change, cancellationToken));
        });
    }

    public static DescribedCommand SetAcl(Terminal terminal)
    {
        var (modify, delete, replace) = (Entries("-m", "Adds or replaces an entry.", "PRINCIPAL:RIGHTS"), Entries("-d", "Removes the entry of a principal; the rights may stand behind it. That there is none is said, and is no error.", "PRINCIPAL[:RIGHTS]"), Entries("-x", $"Replaces all entries by this one, and those of further -x; {None} for no entries.", "PRINCIPAL:RIGHTS"));
        var (modifyFile, deleteFile, replaceFile) = (Entries("-M", "The same, from a file: an entry a line, as glite-eds-getacl writes them; - for the standard input.", "FILE"), Entries("-D", "The same, from a file.", "FILE"), Entries("-X", "The same, from a file.", "FILE"));
        var recursive = new Option<bool>("-r") { Description = "Read, and without effect: keys have no directories." };
        var ids = Ids();
        var command = new DescribedCommand("glite-eds-setacl", "Changes what single subjects and VOMS attributes may do with keys. A PRINCIPAL is a subject, as /DC=org/CN=Name, or an attribute, as /vo/Role=reader; RIGHTS are letters of pdrwlxgs, or nothing. It takes the right p.")
        {
            ids, modify, delete, replace, modifyFile, deleteFile, replaceFile, recursive, Batch(),
            new Example("glite-eds-setacl -m '/DC=org/CN=Jane Doe:gl' brain-17", "Jane may get the key and see its rights."),
            new Example("glite-eds-getacl brain-17 | glite-eds-setacl -X - brain-18", "brain-18 gets the entries of brain-17."),
            new SeeAlso("glite-eds-chmod"), new SeeAlso("glite-eds-getacl"),
        };
        command.Validators.Add(result =>
        {
            if (!((Option<string[]>[])[modify, delete, replace, modifyFile, deleteFile, replaceFile]).Any(option => result.GetValue(option) is { Length: > 0 }))
                result.AddError("say what to change: -m, -d or -x, or a file of such by -M, -D or -X");
        });
        return EdsCall.Command(terminal, command, async (call, cancellationToken) =>
        {
            var added = Parsed([.. Given(call, modify), .. await LinesAsync(call, modifyFile, cancellationToken)]);
            var removed = ((IEnumerable<string>)[.. Given(call, delete), .. await LinesAsync(call, deleteFile, cancellationToken)]).Select(Principal).ToArray();
            var isReplaced = Given(call, replace).Length + Given(call, replaceFile).Length > 0;
            var instead = Parsed([.. Given(call, replace).Where(text => text != None), .. await LinesAsync(call, replaceFile, cancellationToken)]);
            if (added.Select(e => (e.Tag, e.Name)).Concat(removed).GroupBy(principal => principal).FirstOrDefault(same => same.Count() > 1) is { Key: var twice })
                throw new MdmException(MdmErrorKind.InvalidName, $"What becomes of {twice.Name} is said twice.");
            await EachAsync(call, call.Parsed.GetRequiredValue(ids), async id =>
            {
                var key = await call.LatestAsync(id, cancellationToken);
                var missing = removed.Where(principal => !KeyRightsText.Names(key.Entry.Latest!.Rights!, principal.Tag, principal.Name)).ToArray();
                // Whoever takes a right away must not believe it gone when it was another's, or written otherwise.
                foreach (var (_, name) in missing)
                    terminal.Complain($"{id}: there is no entry of {name} to remove");
                if (missing.Length == removed.Length && added.Length == 0 && !isReplaced)
                    return;
                await call.Keys.ChangeRightsAsync(key, Change, cancellationToken);
                call.Say($"Changed ACLs on {id}");
            });

            KeyRights Change(KeyRights rights)
            {
                rights = removed.Aggregate(rights, (all, principal) => KeyRightsText.Without(all, principal.Tag, principal.Name));
                rights = added.Aggregate(rights, Set);
                return isReplaced ? instead.Aggregate(KeyRightsText.WithoutNamed(rights), Set) : rights;
            }
        });

        static KeyRights Set(KeyRights rights, (AclTag Tag, string Name, KeyRight Rights) entry) => KeyRightsText.With(rights, entry.Tag, entry.Name, _ => entry.Rights);
    }

    public static DescribedCommand GetAcl(Terminal terminal)
    {
        var ids = Ids();
        var command = new DescribedCommand("glite-eds-getacl", "Says who may do what with keys. It takes the right l.")
        {
            ids,
            new Example("glite-eds-getacl brain-17", "Owner, group, what these and others may, then a line for each principal that is named."),
            new Example("glite-eds-getacl /1.2.3/1.2.4/1.2.5", "The same of a published image, by STUDY, SERIES and SOP."),
            new Remark("The key of a published image belongs to its host: r gives r, l and g, w gives w, and glite-mdm-set-right changes both. Nobody but the host sets or destroys it."),
            new Remark("The eight letters are p (change the rights), d (destroy), r, w, x (of the file), l (see the rights), g (get the key) and s (register it anew); a dash stands for one that is missing."),
            new SeeAlso("glite-eds-setacl"), new SeeAlso("glite-eds-chmod"),
        };
        return EdsCall.Command(terminal, command, async (call, cancellationToken) =>
        {
            var isFirst = true;
            await EachAsync(call, call.Parsed.GetRequiredValue(ids), async id =>
            {
                var key = await call.LatestAsync(id, cancellationToken);
                if (!isFirst)
                    terminal.Output.WriteLine();
                isFirst = false;
                KeyRightsText.Write(terminal.Output, key.Name, key.Entry.Latest!.Rights!);
            });
        });
    }

    // Each by itself: one that is refused does not stop the others, and is told with its name.
    private static async Task EachAsync(EdsCall call, string[] ids, Func<string, Task> act)
    {
        var refused = 0;
        foreach (var id in ids)
        {
            try
            {
                await act(id);
            }
            catch (Exception e) when (e is MdmException or SrmException && ids.Length > 1)
            {
                call.Terminal.Complain($"{id}: {e.Message}");
                refused++;
            }
        }
        if (refused > 0)
            throw new MdmException(MdmErrorKind.Refused, $"{refused} of {ids.Length} keys could not be had or changed.");
    }

    private static Argument<string[]> Ids() => new("ID") { Description = $"Keys by their names, of up to {KeyName.MaxLength} characters, or their 32 hexadecimal digits; where there is none of that name, by the GUID of the file that is sealed with it.", Arity = ArgumentArity.OneOrMore };

    private static Option<int?> Batch() => new("-b") { Description = "Read, and without effect: as many are sent at once as keystores take.", HelpName = "BATCH" };

    private static Option<string[]> Entries(string name, string description, string form) => new(name) { Description = description, HelpName = form };

    private static string[] Given(EdsCall call, Option<string[]> option) => call.Parsed.GetValue(option) ?? [];

    private static (AclTag Tag, string Name, KeyRight Rights)[] Parsed(IEnumerable<string> texts) => [.. texts.Select(text => KeyRightsText.ParseEntry(text)
        ?? throw new MdmException(MdmErrorKind.InvalidName, $"'{text}' is no entry; for example /vo/Role=reader:g"))];

    private static (AclTag Tag, string Name) Principal(string text) => KeyRightsText.ParseNamed(text)
        ?? throw new MdmException(MdmErrorKind.InvalidName, $"'{text}' is neither a subject nor a VOMS attribute.");

    private static Task<List<string>> LinesAsync(EdsCall call, Option<string[]> option, CancellationToken cancellationToken)
    {
        const int most = 2 * Acl.MaxEntries;
        const int longest = 16 * 1024;
        var lines = new List<string>();
        foreach (var path in Given(call, option))
        {
            using var reader = path == "-" ? call.Terminal.Lines ?? Console.In : new StreamReader(path);
            // An empty line ends it, as one does between keys.
            while (ShortFile.ReadLine(reader, path, longest) is { } line && line.Trim() is { Length: > 0 } text)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (text[0] == '#')
                    continue;
                if (lines.Count == most)
                    throw new MdmException(MdmErrorKind.InvalidName, $"{path} has more than {most} entries.");
                lines.Add(text);
            }
        }
        return Task.FromResult(lines);
    }
}
