using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Commands.Keys;
using Mdm.Cli.Described;
using Mdm.Client;
using Mdm.Client.Discovery;
using Mdm.Client.Keys;
using Mdm.Formats.Keystores;

namespace Mdm.Cli.Eds;

/// <summary>One run of a Hydra command: its keystores, and how much it says.</summary>
internal sealed class EdsCall : IDisposable
{
    private readonly bool _isQuiet;
    private readonly bool _isVerbose;

    private EdsCall(Terminal terminal, ParseResult parsed, GridKeys keys, bool isQuiet, bool isVerbose) => (Terminal, Parsed, Keys, _isQuiet, _isVerbose) = (terminal, parsed, keys, isQuiet, isVerbose);

    public Terminal Terminal { get; }

    public ParseResult Parsed { get; }

    public GridKeys Keys { get; }

    /// <summary>A command over keystores, with the options that all of them have.</summary>
    public static DescribedCommand Command(Terminal terminal, DescribedCommand command, Func<EdsCall, CancellationToken, Task> run)
    {
        var quiet = new Option<bool>("-q") { Description = "Says nothing but what went wrong." };
        var verbose = new Option<bool>("-v") { Description = "Says which keystores are used." };
        var source = new KeystoreSource();
        command.Options.Add(quiet);
        command.Options.Add(verbose);
        source.AddTo(command);
        command.Add(new Variable("X509_USER_PROXY", "The proxy; /tmp/x509up_uUID when it is not set."));
        command.Add(new Variable(GridEnvironment.KeystoresVariable, "The keystores: https://A,https://B;2. When it is not set, those of the services file, or those that the host of MDM_ENDPOINT or LFC_HOST announces."));
        command.Add(new Variable(ServicesFile.Variable, $"gLite's services file: its first service of the type {ServicesFile.DefaultType} ({ServicesFile.TypeVariable} names another) and those associated with it, in their order."));
        command.Add(new Variable(GridKeys.ThresholdVariable, "How many keystores give a key, where the services file or options name them; more than half when it is not set."));
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var call = new EdsCall(terminal, parsed, await source.OpenAsync(terminal, parsed, cancellationToken), parsed.GetValue(quiet), parsed.GetValue(verbose));
            if (call._isVerbose)
            {
                foreach (var keystore in call.Keys.Group.Keystores)
                    terminal.Output.WriteLine($"# Using endpoint {keystore.Address}");
            }
            await run(call, cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>The one ID of a command.</summary>
    public static Argument<string> Id() => new("ID") { Description = $"A key's name, of up to {KeyName.MaxLength} characters, or its 32 hexadecimal digits; where there is none of that name, the GUID of the file that is sealed with it." };

    /// <summary>Says what was done.</summary>
    public void Say(string what)
    {
        if (!_isQuiet)
            Terminal.Output.WriteLine(what);
    }

    /// <summary>Says what is otherwise than asked for, but no reason to stop.</summary>
    public void Remark(string what)
    {
        if (!_isQuiet)
            Terminal.Complain(what);
    }

    /// <summary>The key of an ID: one of one's own by its name, else that of the file whose GUID or path is the ID, or of the published image of which <c>/STUDY/SERIES/SOP</c> is.</summary>
    /// <exception cref="MdmException">InvalidName; NotFound: there is neither, or the caller may not see it.</exception>
    /// <exception cref="SrmException">The host cannot be reached, or the image is published more than once.</exception>
    public async Task<NamedKey> LatestAsync(string id, CancellationToken cancellationToken)
    {
        var name = KeyName.Parse(id);
        if ((await Keys.FindAsync(name, cancellationToken)) is [.., var own])
            return own;
        return await new FileOfId(Terminal).KeyAsync(id, cancellationToken) is { } key && await Keys.FindAsync(KeyName.Parse(key.ToString()), cancellationToken) is [.., var files]
            ? files with { Name = name }
            : throw new MdmException(MdmErrorKind.NotFound, $"There is no key '{id}', or you have no right to see it.");
    }

    /// <summary>The same with the key itself, which the caller disposes. It takes the right to get it, not that to see its rights.</summary>
    /// <exception cref="MdmException">InvalidName; NotFound: there is neither, or the caller may not get it; too few keystores answer.</exception>
    /// <exception cref="SrmException">The host cannot be reached, or the image is published more than once.</exception>
    public async Task<(KeyId Id, ContentKey Key)> GetAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await Keys.GetAsync(KeyName.Parse(id), cancellationToken);
        }
        catch (MdmException e) when (e.Kind == MdmErrorKind.NotFound)
        {
            if (await new FileOfId(Terminal).KeyAsync(id, cancellationToken) is not { } key)
                throw;
            return await Keys.GetAsync(KeyName.Parse(key.ToString()), cancellationToken);
        }
    }

    /// <summary>Makes a key of one's own.</summary>
    /// <exception cref="MdmException">There is one of that name already; as the keystores say.</exception>
    public Task<NamedKey> RegisterAsync(KeyName name, CancellationToken cancellationToken) =>
        Keys.RegisterAsync(name, ContentKey.Size, KeyCommands.Owner(Terminal), rotates: false, cancellationToken);

    /// <summary>Destroys a key with all its versions.</summary>
    /// <exception cref="MdmException">There is none; as the keystores say.</exception>
    public async Task DestroyAsync(KeyName name, CancellationToken cancellationToken)
    {
        await Keys.LatestAsync(name, cancellationToken);
        foreach (var version in await Keys.FindAsync(name, cancellationToken))
            await Keys.DestroyAsync(name, version.Entry.Id, cancellationToken);
    }

    /// <summary>The same by an ID. A path stands for no file here: where the key of that name is gone, a second call would destroy another.</summary>
    /// <exception cref="MdmException">There is none; as the keystores say.</exception>
    /// <exception cref="SrmException">The host cannot be reached.</exception>
    public async Task DestroyAsync(string id, CancellationToken cancellationToken)
    {
        var name = KeyName.Parse(id);
        if (FileGuid.TryParse(id, out _) && (await Keys.FindAsync(name, cancellationToken)).Count == 0)
            name = KeyName.Parse((await LatestAsync(id, cancellationToken)).Entry.Id.ToString());
        await DestroyAsync(name, cancellationToken);
    }

    public void Dispose() => Keys.Dispose();
}
