using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Client;

namespace Mdm.Cli.Lfc;

/// <summary>Whose commands these are: the file catalogue's or the disk pool's. Both speak to the same host here; they differ in the variables that name it.</summary>
/// <param name="Prefix">What the commands' names begin with.</param>
/// <param name="HostVariable">Names the host, with or without a port.</param>
/// <param name="HomeVariable">Names the directory that relative names are in.</param>
internal sealed record NameServer(string Prefix, string HostVariable, string HomeVariable)
{
    public static readonly NameServer Lfc = new("lfc", "LFC_HOST", "LFC_HOME");
    public static readonly NameServer Dpns = new("dpns", "DPNS_HOST", "DPNS_HOME");

    // As lcg-utils writes the names that a file catalogue knows.
    public const string Scheme = "lfn:";
    private const string SurlScheme = "srm://";

    /// <summary>What every command of the family reads.</summary>
    public IReadOnlyList<ICommandNote> Notes =>
    [
        new Variable(HostVariable, $"The host, as se.example.org or se.example.org:8443; {GridEnvironment.EndpointVariable} when it is not set."),
        new Variable(HomeVariable, "The directory that names without a slash at the beginning are in."),
        .. GridNotes.Srm,
    ];

    public string NameOf(string command) => $"{Prefix}-{command}";

    /// <summary>Reads a name: <c>/path</c>, a name in the home directory, <c>host:/path</c>, <c>lfn:/path</c> or a SURL.</summary>
    /// <exception cref="MdmException">InvalidName: none of these, or there is no host or no home.</exception>
    public NamePlace Place(Terminal terminal, string text)
    {
        var name = text.StartsWith(Scheme, StringComparison.Ordinal) ? text[Scheme.Length..] : text;
        if (!IsAbsolute(name))
        {
            if (terminal.Variable(HomeVariable) is not { Length: > 0 } home || !IsAbsolute(home))
                throw new MdmException(MdmErrorKind.InvalidName, $"'{text}' is no absolute name; begin it with /, or set {HomeVariable}.");
            name = $"{home.TrimEnd('/')}/{name}";
        }
        return new NamePlace(Read(terminal, name), text);
    }

    /// <summary>The home directory; null where none is set.</summary>
    public NamePlace? Home(Terminal terminal) => terminal.Variable(HomeVariable) is { Length: > 0 } home && IsAbsolute(home) ? new NamePlace(Read(terminal, home), home) : null;

    /// <summary>Any name at the host.</summary>
    public Surl Host(Terminal terminal, string? named = null)
    {
        if ((named ?? terminal.Variable(HostVariable)) is { Length: > 0 } host)
            return Surl.Parse(host.StartsWith(SurlScheme, StringComparison.Ordinal) ? host : SurlScheme + host);
        return terminal.Environment().Endpoint is { } endpoint
            ? Surl.Parse(endpoint)
            : throw new MdmException(MdmErrorKind.InvalidName, $"Which host? Set {HostVariable}=se.example.org, or {GridEnvironment.EndpointVariable}.");
    }

    /// <summary>True when the environment names a host.</summary>
    public bool IsHostNamed(Terminal terminal) => terminal.Variable(HostVariable) is { Length: > 0 } || terminal.Environment().Endpoint is not null;

    private static bool IsAbsolute(string name) => name.StartsWith('/') || name.Contains(":/", StringComparison.Ordinal);

    private Surl Read(Terminal terminal, string name)
    {
        if (name.StartsWith(SurlScheme, StringComparison.OrdinalIgnoreCase))
            return Surl.Parse(name);
        var at = name.StartsWith('/') ? 0 : name.IndexOf(":/", StringComparison.Ordinal) + 1;
        // A path is no URL: it is taken as it is. Doubled and trailing slashes are habits.
        var path = StoragePath.Parse("/" + string.Join('/', name[at..].Split('/', StringSplitOptions.RemoveEmptyEntries)));
        return Host(terminal, at == 0 ? null : name[..(at - 1)]) with { Path = path };
    }
}

/// <summary>An entry that a command is about.</summary>
/// <param name="Surl">Where it is.</param>
/// <param name="Typed">As it was typed; what is shown is that.</param>
internal sealed record NamePlace(Surl Surl, string Typed);
