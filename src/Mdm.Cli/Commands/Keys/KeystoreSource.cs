using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using Mdm.Abstractions;
using Mdm.Cli.Lfc;
using Mdm.Client;
using Mdm.Client.Discovery;
using Mdm.Client.Keys;
using Mdm.Formats.Keystores;

namespace Mdm.Cli.Commands.Keys;

/// <summary>Which keystores a command is about: those of its options, of <c>MDM_KEYSTORES</c>, of gLite's services file, or those that the host of <c>MDM_ENDPOINT</c> or <c>LFC_HOST</c> announces; the first of these that says it.</summary>
internal sealed class KeystoreSource
{
    private readonly Option<string[]> _keystores = new("--keystore", "-s") { Description = "A keystore, as https://keys1.example.org:8443/services/keys; once for each, in the host's order; or the name of a service in gLite's services file. Else those of MDM_KEYSTORES, of gLite's services file, or that the host announces.", HelpName = "URL" };
    private readonly Option<int?> _threshold = new("--threshold") { Description = "How many give a key; more than half of them unless given. Else MDM_KEY_THRESHOLD.", HelpName = "K" };

    public void AddTo(Command command)
    {
        command.Options.Add(_keystores);
        command.Options.Add(_threshold);
    }

    /// <exception cref="MdmException">No keystores, or an address that is none.</exception>
    /// <exception cref="SrmException">The host does not say where its keystores are.</exception>
    public async Task<GridKeys> OpenAsync(Terminal terminal, ParseResult parsed, CancellationToken cancellationToken)
    {
        var (addresses, threshold) = await PlaceAsync(terminal, parsed, cancellationToken);
        return GridKeys.Open(terminal.Environment(), addresses, parsed.GetValue(_threshold) ?? threshold, new KeystoreGroupOptions
        {
            // A command ends and tells nobody later: whoever is only slow is waited for.
            Grace = TimeSpan.FromSeconds(3),
            Found = found => terminal.Complain($"the keystore {found.Keystore.Authority} holds a share of the key {found.Key} that is not right: {found.Verdict}"),
        });
    }

    /// <summary>A keystore by its address.</summary>
    public static Uri Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps
        ? address
        : throw new MdmException(MdmErrorKind.InvalidName, $"'{text}' is not the address of a keystore; write https://keys1.example.org:8443/services/keys, or the name of a service in the file of {ServicesFile.Variable}.");

    private async Task<(ImmutableArray<Uri> Addresses, int? Threshold)> PlaceAsync(Terminal terminal, ParseResult parsed, CancellationToken cancellationToken)
    {
        // As the original takes it: a service by its name, with those associated with it.
        if (parsed.GetValue(_keystores) is [var name] && !name.Contains("://", StringComparison.Ordinal) && terminal.Variable(ServicesFile.Variable) is { Length: > 0 } services)
        {
            return ServicesFile.ReadNamed(services, name) is { Length: > 0 } named
                ? (named, Number(terminal.Variable(GridKeys.ThresholdVariable)))
                : throw new MdmException(MdmErrorKind.InvalidName, $"{services} ({ServicesFile.Variable}) has no service '{name}'.");
        }
        if (parsed.GetValue(_keystores) is { Length: > 0 } given)
            return ([.. given.Select(Address)], Number(terminal.Variable(GridKeys.ThresholdVariable)));
        var environment = terminal.Environment();
        if (environment.Keystores is { } keystores)
            return Of(KeystoreSetting.Parse(keystores));
        if (terminal.Variable(ServicesFile.Variable) is { Length: > 0 } file)
        {
            var type = terminal.Variable(ServicesFile.TypeVariable) is { Length: > 0 } other ? other : ServicesFile.DefaultType;
            return ServicesFile.Read(file, type) is { Length: > 0 } found
                ? (found, Number(terminal.Variable(GridKeys.ThresholdVariable)))
                : throw new MdmException(MdmErrorKind.InvalidName, $"{file} ({ServicesFile.Variable}) has no service of the type {type}.");
        }
        if (!NameServer.Lfc.IsHostNamed(terminal))
            throw new MdmException(MdmErrorKind.InvalidName, $"Which keystores? Name them by --keystore or {GridEnvironment.KeystoresVariable}, by {ServicesFile.Variable}, or name a host that announces them by {GridEnvironment.EndpointVariable} or {NameServer.Lfc.HostVariable}.");
        var host = environment.Endpoint is null ? NameServer.Lfc.Host(terminal) : terminal.Surl("/");
        using var files = terminal.Open();
        return (await files.ServicesAtAsync(host, cancellationToken)).Keys is { Type: KeystoreSetting.Type } announced
            ? Of(announced)
            : throw new MdmException(MdmErrorKind.Unsupported, $"{host.Host} announces no keystores. Name them by --keystore or {GridEnvironment.KeystoresVariable}.");
    }

    private static (ImmutableArray<Uri> Addresses, int? Threshold) Of(ServiceAnnouncement keys) => (keys.Endpoints, Number(keys.Properties.GetValueOrDefault(KeystoreSetting.Threshold)));

    private static int? Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
