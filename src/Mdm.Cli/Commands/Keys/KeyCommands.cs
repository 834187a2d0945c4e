using System.CommandLine;
using System.Globalization;
using Mdm.Abstractions;
using Mdm.Client.Keys;
using Mdm.Formats.Keystores;
using Mdm.Gsi.Client;

namespace Mdm.Cli.Commands.Keys;

/// <summary><c>mdm key</c>: keys of one's own, by name or id.</summary>
internal static class KeyCommands
{
    private static readonly int[] KeyBits = [128, 192, 256];

    public static Command Create(Terminal terminal) => new("key", "Registers keys and says who may get them.")
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

    private static Command Register(Terminal terminal)
    {
        var names = Names();
        var bits = new Option<int>("--bits", "-k") { Description = "Length of the key.", HelpName = "128|192|256", DefaultValueFactory = _ => KeyBits[^1] };
        bits.Validators.Add(result =>
        {
            if (!KeyBits.Contains(result.GetValueOrDefault<int>()))
                result.AddError("a key has 128, 192 or 256 bits");
        });
        return Make(terminal, "register", "Makes a key and keeps its shares at the keystores.", [names], [bits], (parsed, keys, cancellationToken) => EachAsync(terminal, parsed.GetRequiredValue(names), async name =>
        {
            var made = await keys.RegisterAsync(name, parsed.GetRequiredValue(bits) / 8, Owner(terminal), rotates: false, cancellationToken);
            terminal.Output.WriteLine(made.Entry.Id);
        }));
    }

    private static Command Rotate(Terminal terminal)
    {
        var names = Names();
        var bits = new Option<int>("--bits", "-k") { Description = "Length of the new key.", HelpName = "128|192|256", DefaultValueFactory = _ => KeyBits[^1] };
        var destroys = new Option<bool>("--destroy-old") { Description = "Destroy the version before: what it enciphered opens no more." };
        return Make(terminal, "rotate", "Makes a new version of a key, with the same rights. For the keys of published files: mdm admin rotate SURL.", [names], [bits, destroys], (parsed, keys, cancellationToken) => EachAsync(terminal, parsed.GetRequiredValue(names), async name =>
        {
            var old = await keys.LatestAsync(name, cancellationToken);
            var made = await keys.RegisterAsync(name, parsed.GetRequiredValue(bits) / 8, Owner(terminal), rotates: true, cancellationToken);
            terminal.Output.WriteLine(made.Entry.Id);
            if (parsed.GetValue(destroys))
                await keys.DestroyAsync(name, old.Entry.Id, cancellationToken);
        }));
    }

    private static Command Unregister(Terminal terminal)
    {
        var names = Names();
        return Make(terminal, "unregister", "Destroys keys for good, with all their versions.", [names], [], (parsed, keys, cancellationToken) => EachAsync(terminal, parsed.GetRequiredValue(names), async name =>
        {
            await keys.LatestAsync(name, cancellationToken);
            foreach (var version in await keys.FindAsync(name, cancellationToken))
                await keys.DestroyAsync(name, version.Entry.Id, cancellationToken);
        }));
    }

    private static Command Show(Terminal terminal)
    {
        var names = Names();
        return Make(terminal, "show", "Says what the keystores have of keys; never the key.", [names], [], (parsed, keys, cancellationToken) => EachAsync(terminal, parsed.GetRequiredValue(names), async name =>
        {
            await keys.LatestAsync(name, cancellationToken);
            foreach (var version in await keys.FindAsync(name, cancellationToken))
            {
                var latest = version.Entry.Latest!;
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

    /// <summary>A command over a group of keystores.</summary>
    internal static Command Make(Terminal terminal, string name, string description, IEnumerable<Argument> arguments, IEnumerable<Option> options, Func<ParseResult, GridKeys, CancellationToken, Task<int>> run)
    {
        var source = new KeystoreSource();
        var command = new Command(name, description);
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

    // The keystores know the caller's attributes from his proxy; a new key's group is what its owner gives it.
    internal static GridIdentity Owner(Terminal terminal)
    {
        var environment = terminal.Environment();
        using var credential = GridCredential.Load(environment.CertificateFile!, environment.KeyFile ?? environment.CertificateFile!);
        return new GridIdentity(credential.Subject);
    }
}
