using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Formats.Keystores;

namespace Mdm.Cli.Commands.Keys;

/// <summary><c>mdm key chmod</c>, <c>setacl</c> and <c>getacl</c>, as Hydra's commands had it.</summary>
internal static class KeyRightsCommands
{
    public static Command Chmod(Terminal terminal)
    {
        var mode = new FreeArgument<string>("MODE") { Description = "[ugoa][+-=][pdrwlxgs], several separated by commas; g gets the key, l shows its rights, p changes them, d destroys it." };
        mode.Validators.Add(result =>
        {
            if (KeyRightsText.ParseMode(result.GetValueOrDefault<string>()) is null)
                result.AddError($"'{result.GetValueOrDefault<string>()}' is no mode; for example g+g,o-gl");
        });
        var names = KeyCommands.Names();
        return KeyCommands.Make(terminal, "chmod", "Changes what owner, group and others may do with keys.", [mode, names], [], [new Example("mdm key chmod g+g,o-gl /results/job1", "The key's group gets the key; others neither get it nor see who may."), new SeeAlso("mdm key setacl")], (parsed, keys, cancellationToken) =>
            KeyCommands.EachAsync(terminal, parsed.GetRequiredValue(names), async name =>
                await keys.ChangeRightsAsync(await keys.LatestAsync(name, cancellationToken), KeyRightsText.ParseMode(parsed.GetRequiredValue(mode))!, cancellationToken)));
    }

    public static Command SetAcl(Terminal terminal)
    {
        var names = KeyCommands.Names();
        var modify = new Option<string[]>("--modify", "-m") { Description = "Adds or replaces: a subject or VOMS attribute, a colon, rights, as /vo/Role=reader:g.", HelpName = "PRINCIPAL:RIGHTS" };
        var delete = new Option<string[]>("--delete", "-d") { Description = "Removes the entry of a subject or VOMS attribute; the rights may stand behind it. That there is none is said, and is no error.", HelpName = "PRINCIPAL[:RIGHTS]" };
        var replace = new Option<string[]>("--replace", "-x") { Description = "Replaces all entries by this one, and those of further -x; NONE for no entries.", HelpName = "PRINCIPAL:RIGHTS|NONE" };
        var group = new Option<string?>("--group") { Description = "Makes this VOMS attribute the key's group.", HelpName = "FQAN" };
        foreach (var option in (Option<string[]>[])[modify, replace])
        {
            option.Validators.Add(result =>
            {
                foreach (var text in result.GetValueOrDefault<string[]>() ?? [])
                {
                    if (text != "NONE" && KeyRightsText.ParseEntry(text) is null)
                        result.AddError($"'{text}' is no entry; for example /vo/Role=reader:g");
                }
            });
        }
        return KeyCommands.Make(terminal, "setacl", "Changes what single subjects and VOMS attributes may do with keys.", [names], [modify, delete, replace, group], [new Example("mdm key setacl -m /biomed/Role=reader:gl /results/job1", "Holders of an attribute get the key, and see its rights."), new Example("mdm key setacl -x NONE /results/job1", "Nobody but owner, group and others has rights."), new SeeAlso("mdm key getacl")], (parsed, keys, cancellationToken) =>
        {
            KeyRights Change(KeyRights rights)
            {
                if (parsed.GetValue(group) is { } fqan)
                    rights = new KeyRights(rights.Owner, Fqan.Parse(fqan), rights.Entries);
                if (parsed.GetValue(replace) is { Length: > 0 } entries)
                    rights = entries.Where(e => e != "NONE").Aggregate(KeyRightsText.WithoutNamed(rights), Add);
                rights = (parsed.GetValue(modify) ?? []).Aggregate(rights, Add);
                foreach (var principal in parsed.GetValue(delete) ?? [])
                {
                    var (tag, name) = KeyRightsText.ParseNamed(principal) ?? throw new MdmException(MdmErrorKind.InvalidName, $"'{principal}' is neither a subject nor a VOMS attribute.");
                    if (!KeyRightsText.Names(rights, tag, name))
                        terminal.Complain($"there is no entry of {name} to remove");
                    rights = KeyRightsText.Without(rights, tag, name);
                }
                return rights;
            }

            return KeyCommands.EachAsync(terminal, parsed.GetRequiredValue(names), async name => await keys.ChangeRightsAsync(await keys.LatestAsync(name, cancellationToken), Change, cancellationToken));
        });

        static KeyRights Add(KeyRights rights, string text)
        {
            var (tag, name, right) = KeyRightsText.ParseEntry(text)!.Value;
            return KeyRightsText.With(rights, tag, name, _ => right);
        }
    }

    public static Command GetAcl(Terminal terminal)
    {
        var names = KeyCommands.Names();
        var json = JsonText.Option();
        return KeyCommands.Make(terminal, "getacl", "Says who may do what with keys.", [names], [json], [new Example("mdm key getacl /results/job1", "Owner, group, and every named subject and attribute."), new Example("mdm key getacl --json /results/job1", "One JSON object for each key.")], async (parsed, keys, cancellationToken) =>
        {
            var isFirst = true;
            return await KeyCommands.EachAsync(terminal, parsed.GetRequiredValue(names), async name =>
            {
                var rights = (await keys.LatestAsync(name, cancellationToken)).Entry.Latest!.Rights!;
                if (parsed.GetValue(json))
                {
                    terminal.Output.WriteLine(Json(name, rights));
                    return;
                }
                if (!isFirst)
                    terminal.Output.WriteLine();
                isFirst = false;
                KeyRightsText.Write(terminal.Output, name, rights);
            });
        });
    }

    private static string Json(KeyName name, KeyRights rights) => JsonText.Object(json =>
    {
        json.WriteString("name", name.Text);
        json.WriteString("owner", rights.Owner.ToString());
        json.WriteIfKnown("group", rights.Group?.ToString());
        json.WriteStartObject("base");
        json.WriteString("owner", KeyRightsText.Base(rights, AclTag.Owner));
        json.WriteString("group", KeyRightsText.Base(rights, AclTag.OwningGroup));
        json.WriteString("other", KeyRightsText.Base(rights, AclTag.Other));
        json.WriteEndObject();
        json.WriteStartObject("entries");
        foreach (var entry in rights.Entries.Where(e => !e.IsDefault && e.Tag is AclTag.User or AclTag.Group))
            json.WriteString(entry.Qualifier!, KeyRightText.Format(entry.Rights));
        json.WriteEndObject();
    });
}
