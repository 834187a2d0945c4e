using System.CommandLine;
using System.Globalization;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Client.Keys;
using Mdm.Formats.Keystores;
using Mdm.Gsi.Client;

namespace Mdm.Cli.Commands.Keys;

/// <summary><c>mdm key</c>: keys of one's own, by name or id.</summary>
internal static class KeyCommands
{
    private static readonly int[] KeyBits = [128, 192, 256];

    public static DescribedCommand Create(Terminal terminal) => new("key", "Registers keys and says who may get them.")
    {
        Register(terminal), Unregister(terminal), Show(terminal), Rotate(terminal), KeyRightsCommands.Chmod(terminal), KeyRightsCommands.SetAcl(terminal), KeyRightsCommands.GetAcl(terminal),
    };

    /// <summary>The names a command is about.</summary>
    internal static Argument<string[]> Names() => new("NAME") { Description = "A key: a name of at most 250 characters, or the 32 hexadecimal digits of its id.", Arity = ArgumentArity.OneOrMore };

    /// <summary>Does the same for every name; one that is refused does not stop the others.</summary>
    internal static async Task<int> EachAsync(Terminal terminal, IReadOnlyList<string> names, Func<KeyName, Task> act)
    {
        var code = ExitCode.Success;
        foreach (var text in names)
        {
            try
            {
                await act(KeyName.Parse(text));
            }
            catch (MdmException e)
            {
                terminal.Complain($"{text}: {e.Message}");
                code = names.Count > 1 ? ExitCode.Failed : CodeOf(e);
            }
        }
        return code;
    }

    internal static int CodeOf(MdmException e) => e.Kind switch
    {
        MdmErrorKind.NotFound => ExitCode.NotFound,
        MdmErrorKind.AccessDenied => ExitCode.Denied,
        MdmErrorKind.InvalidName => ExitCode.Usage,
        MdmErrorKind.Unavailable => ExitCode.Unreachable,
        _ => ExitCode.Failed,
    };

    private static DescribedCommand Register(Terminal terminal)
    {
        var names = Names();
        var bits = new Option<int>("--bits", "-k") { Description = "Length of the key.", HelpName = "128|192|256", DefaultValueFactory = _ => KeyBits[^1] };
        bits.Validators.Add(result =>
        {
            if (!KeyBits.Contains(result.GetValueOrDefault<int>()))
                result.AddError("a key has 128, 192 or 256 bits");
        });
        return Make(terminal, "register", "Makes a key and keeps its shares at the keystores.", [names], [bits], [new Example("mdm key register /results/job1", "Makes a key; prints its id.")], (parsed, keys, cancellationToken) => EachAsync(terminal, parsed.GetRequiredValue(names), async name =>
        {
            var made = await keys.RegisterAsync(name, parsed.GetRequiredValue(bits) / 8, Owner(terminal), rotates: false, cancellationToken);
            terminal.Output.WriteLine(made.Entry.Id);
        }));
    }

    private static DescribedCommand Rotate(Terminal terminal)
    {
        var names = Names();
        var bits = new Option<int>("--bits", "-k") { Description = "Length of the new key.", HelpName = "128|192|256", DefaultValueFactory = _ => KeyBits[^1] };
        var destroys = new Option<bool>("--destroy-old") { Description = "Destroy the version before: what it enciphered opens no more." };
        return Make(terminal, "rotate", "Makes a new version of a key, with the same rights. For the keys of published files: mdm admin rotate SURL.", [names], [bits, destroys], [new Example("mdm key rotate --destroy-old /results/job1", "A new version; what the old one enciphered opens no more."), new SeeAlso("mdm admin rotate")], (parsed, keys, cancellationToken) => EachAsync(terminal, parsed.GetRequiredValue(names), async name =>
        {
            var old = await keys.LatestAsync(name, cancellationToken);
            var made = await keys.RegisterAsync(name, parsed.GetRequiredValue(bits) / 8, Owner(terminal), rotates: true, cancellationToken);
            terminal.Output.WriteLine(made.Entry.Id);
            if (parsed.GetValue(destroys))
                await keys.DestroyAsync(name, old.Entry.Id, cancellationToken);
        }));
    }

    private static DescribedCommand Unregister(Terminal terminal)
    {
        var names = Names();
        return Make(terminal, "unregister", "Destroys keys for good, with all their versions.", [names], [], [new Example("mdm key unregister /results/job1", "What that key enciphered opens no more.")], (parsed, keys, cancellationToken) => EachAsync(terminal, parsed.GetRequiredValue(names), async name =>
        {
            await keys.LatestAsync(name, cancellationToken);
            foreach (var version in await keys.FindAsync(name, cancellationToken))
                await keys.DestroyAsync(name, version.Entry.Id, cancellationToken);
        }));
    }

    private static DescribedCommand Show(Terminal terminal)
    {
        var names = Names();
        var json = JsonText.Option();
        return Make(terminal, "show", "Says what the keystores have of keys; never the key.", [names], [json], [new Example("mdm key show /results/job1", "Every version, who owns it, and which keystore has which share."), new Example("mdm key show --json /results/job1", "One JSON object for each version.")], (parsed, keys, cancellationToken) => EachAsync(terminal, parsed.GetRequiredValue(names), async name =>
        {
            await keys.LatestAsync(name, cancellationToken);
            foreach (var version in await keys.FindAsync(name, cancellationToken))
            {
                var latest = version.Entry.Latest!;
                if (parsed.GetValue(json))
                {
                    terminal.Output.WriteLine(Json(name, version, keys));
                    continue;
                }
                Line("id", version.Entry.Id.ToString());
                Line("version", version.Version.ToString(CultureInfo.InvariantCulture));
                Line("owner", latest.Rights!.Owner.ToString());
                Line("shares", $"{latest.Item.Threshold} of {latest.Item.Count}, generation {latest.Item.Generation}");
                for (var i = 0; i < version.Entry.Copies.Count; i++)
                    Line("at", $"{keys.Group.Keystores[i].Name}: {(version.Entry.Copies[i] is { } copy ? $"share {copy.Item.Place}" : "none")}");
            }
        }));

        void Line(string what, string value) => terminal.Output.WriteLine($"{what,-8} {value}");
    }

    private static string Json(KeyName name, NamedKey version, GridKeys keys) => JsonText.Object(json =>
    {
        var latest = version.Entry.Latest!;
        json.WriteString("name", name.Text);
        json.WriteString("id", version.Entry.Id.ToString());
        json.WriteNumber("version", version.Version);
        json.WriteString("owner", latest.Rights!.Owner.ToString());
        json.WriteNumber("threshold", latest.Item.Threshold);
        json.WriteNumber("count", latest.Item.Count);
        json.WriteNumber("generation", latest.Item.Generation);
        json.WriteStartArray("keystores");
        for (var i = 0; i < version.Entry.Copies.Count; i++)
        {
            json.WriteStartObject();
            json.WriteString("name", keys.Group.Keystores[i].Name);
            json.WriteIfKnown("share", version.Entry.Copies[i]?.Item.Place);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    /// <summary>A command over a group of keystores.</summary>
    internal static DescribedCommand Make(Terminal terminal, string name, string description, IEnumerable<Argument> arguments, IEnumerable<Option> options, IReadOnlyList<ICommandNote> notes, Func<ParseResult, GridKeys, CancellationToken, Task<int>> run)
    {
        var source = new KeystoreSource();
        var command = new DescribedCommand(name, description) { notes, GridNotes.Keys };
        foreach (var argument in arguments)
            command.Arguments.Add(argument);
        foreach (var option in options)
            command.Options.Add(option);
        source.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var keys = await source.OpenAsync(terminal, parsed, cancellationToken);
            try
            {
                return await run(parsed, keys, cancellationToken);
            }
            catch (MdmException e)
            {
                terminal.Complain($"{e.Message}");
                return CodeOf(e);
            }
        });
        return command;
    }

    // A new key's group is that of its owner's primary attribute; it gets rights when he gives it some.
    internal static GridIdentity Owner(Terminal terminal)
    {
        var environment = terminal.Environment();
        using var credential = GridCredential.Load(environment.CertificateFile!, environment.KeyFile ?? environment.CertificateFile!);
        return new GridIdentity(credential.Subject, credential.ClaimedAttributes);
    }
}
