using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Mdm.Abstractions;
using Mdm.Client;
using Mdm.Client.Keys;
using Mdm.Formats.Keystores;

namespace Mdm.Cli.Commands.Keys;

/// <summary>Which keystores a command is about: by options, else by the environment.</summary>
internal sealed class KeystoreSource
{
    private readonly Option<string[]> _keystores = new("--keystore", "-s") { Description = "A keystore, as https://keys1.example.org:8443/services/keys; once for each, in the host's order. Else MDM_KEYSTORES, separated by commas.", HelpName = "URL" };
    private readonly Option<int?> _threshold = new("--threshold") { Description = "How many give a key; more than half of them unless given. Else MDM_KEY_THRESHOLD.", HelpName = "K" };

    public void AddTo(Command command)
    {
        command.Options.Add(_keystores);
        command.Options.Add(_threshold);
    }

    /// <exception cref="MdmException">No keystores, or an address that is none.</exception>
    public GridKeys Open(Terminal terminal, ParseResult parsed) =>
        GridKeys.Open(terminal.Environment(), Addresses(terminal, parsed), Threshold(terminal, parsed), new KeystoreGroupOptions { Found = found => terminal.Complain($"the keystore {found.Keystore.Authority} holds a share of the key {found.Key} that is not right: {found.Verdict}") });

    /// <summary>A keystore by its address.</summary>
    public static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps
        ? address
        : throw new MdmException(MdmErrorKind.InvalidName, $"'{text}' is not the address of a keystore; write https://keys1.example.org:8443/services/keys.");

    private ImmutableArray<Uri> Addresses(Terminal terminal, ParseResult parsed) => parsed.GetValue(_keystores) is { Length: > 0 } given
        ? [.. given.Select(Address)]
        : Named(terminal)?.Endpoints ?? throw new MdmException(MdmErrorKind.InvalidName, $"Which keystores? Name them by --keystore or {GridEnvironment.KeystoresVariable}.");

    private int? Threshold(Terminal terminal, ParseResult parsed)
    {
        if (parsed.GetValue(_threshold) is { } given)
            return given;
        var text = parsed.GetValue(_keystores) is { Length: > 0 } ? Environment.GetEnvironmentVariable(GridKeys.ThresholdVariable) : Named(terminal)?.Properties[KeystoreSetting.Threshold];
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var threshold) ? threshold : null;
    }

    private static ServiceAnnouncement? Named(Terminal terminal) => terminal.Environment().Keystores is { } keystores ? KeystoreSetting.Parse(keystores) : null;
}
