using System.Text.RegularExpressions;

namespace Mdm.Host.Configuration;

/// <summary>The bound and checked configuration of this process.</summary>
/// <param name="Options">All sections.</param>
/// <param name="BaseDirectory">Relative paths are meant against it: the configuration file's folder.</param>
internal sealed partial record HostConfiguration(HostOptions Options, string BaseDirectory)
{
    /// <summary>Prefix of a store that is a SQLite file.</summary>
    private const string SqlitePrefix = "sqlite:";

    /// <summary>A path of the configuration, made absolute.</summary>
    public string PathOf(string path) => Path.GetFullPath(path, BaseDirectory);

    /// <summary>A secret that hosts share which share stores.</summary>
    public string SecretPath(string name) => Path.Combine(SecretsPath, name);

    /// <summary>The folder of those secrets.</summary>
    public string SecretsPath => Options.State.Secrets is { } secrets ? PathOf(secrets) : Path.Combine(PathOf(Options.State.Directory), "secrets");

    /// <summary>Where this host's transfer URLs lead; its door has to be configured.</summary>
    public Uri BaseAddress => Options.Transfer.BaseAddress ?? new UriBuilder(Uri.UriSchemeHttps, Options.Door!.HostName, Options.Door.Port).Uri;

    /// <summary>The folder that holds one folder per plugin.</summary>
    public string PluginsPath => Options.Plugins.Path is { } path ? PathOf(path) : Path.Combine(AppContext.BaseDirectory, "plugins");

    /// <summary>Longest path of a local socket, in bytes: what Linux's sockaddr_un takes.</summary>
    public const int MaxSocketPathBytes = 107;

    /// <summary>The local socket for orders; null where its path is longer than a socket's may be.</summary>
    public string? AdminSocketPath => Path.GetFullPath(Options.State.AdminSocket, PathOf(Options.State.Directory)) is var path && System.Text.Encoding.UTF8.GetByteCount(path) <= MaxSocketPathBytes ? path : null;

    /// <summary>Binds everything but the plugins' own options, and checks what sections say of each other. Faults go to the binder.</summary>
    public static HostConfiguration Bind(IConfigurationRoot root, string baseDirectory, StrictBinder binder)
    {
        var before = binder.Faults.Count;
        var options = binder.Bind<HostOptions>(root);
        var configuration = new HostConfiguration(options, baseDirectory);
        configuration.CheckNames(binder);
        configuration.CheckStores(root, binder);

        // References between sections are only looked at when each section is what it should be.
        if (binder.Faults.Count == before)
            configuration.CheckReferences(binder);
        return configuration;
    }

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex InstanceName { get; }

    private void CheckNames(StrictBinder binder)
    {
        (string Section, IEnumerable<string> Names)[] named =
        [
            ("Archives", Options.Archives.Keys), ("Deidentifiers", Options.Deidentifiers.Keys), ("Services", Options.Services.Keys), ("Publications", Options.Publications.Keys),
        ];
        foreach (var (section, names) in named)
        {
            foreach (var name in names.Where(n => !InstanceName.IsMatch(n)))
                binder.Add($"{section}:{name}", "a name is of letters, digits, '.', '-' and '_', at most 64.");
        }
        if (Options.Deidentifiers.Keys.FirstOrDefault(k => k.Equals(PublicationOptions.Original, StringComparison.OrdinalIgnoreCase)) is { } taken)
            binder.Add($"Deidentifiers:{taken}", $"'{PublicationOptions.Original}' means no de-identification; choose another name.");
    }

    private void CheckReferences(StrictBinder binder)
    {
        foreach (var (name, publication) in Options.Publications)
        {
            if (!Options.Archives.ContainsKey(publication.Archive))
                binder.Add($"Publications:{name}:Archive", $"'{publication.Archive}' is not an archive. {NearNames.Sentence(publication.Archive, Options.Archives.Keys)}");
            if (!publication.IsOriginal && !Options.Deidentifiers.ContainsKey(publication.Content))
                binder.Add($"Publications:{name}:Content", $"'{publication.Content}' is neither '{PublicationOptions.Original}' nor a de-identifier. {NearNames.Sentence(publication.Content, [PublicationOptions.Original, .. Options.Deidentifiers.Keys])}");
            if (publication.Delivery == Delivery.Sealed && Options.Keys is null)
                binder.Add($"Publications:{name}:Delivery", "'Sealed' needs a section 'Keys'; without one only 'Clear' can be delivered.");
        }
        if (Options.Publications.Count > 0 && Options.Catalog is null)
            binder.Add("Catalog", "is missing: publications need a catalogue.");
        if (Options.Publications.Count > 0 && Options.Door is null)
            binder.Add("Door", "is missing: nobody could ask for what is published.");
        if (Options.Door is null && Options.Diagnostics.Port is null && Options.Services.Count == 0)
            binder.Add(string.Empty, "Nothing is configured that would listen: there is neither a Door nor a Services nor a Diagnostics port.");
        // By default it lies in the state directory, however deep that is: a host without a socket still serves.
        if (AdminSocketPath is null && Options.State.AdminSocket != new StateOptions().AdminSocket)
            binder.Add("State:AdminSocket", $"its whole path has more than {MaxSocketPathBytes} bytes, which a socket's cannot; choose a shorter one, as '/run/mdm/admin.sock'.");
        CheckRoots(binder);
        foreach (var twice in Options.Services.Where(s => s.Value.Port is not null).GroupBy(s => s.Value.Port).Where(g => g.Count() > 1))
            binder.Add("Services", $"port {twice.Key} is used by {string.Join(" and ", twice.Select(s => s.Key).Order(StringComparer.Ordinal))}.");
        foreach (var (name, _) in Options.Services.Where(s => s.Value.Port is { } port && port == Options.Door?.Port))
            binder.Add($"Services:{name}:Port", "is the door's port.");
        foreach (var (name, _) in Options.Services.Where(s => s.Value.Port is { } port && port == Options.Diagnostics.Port))
            binder.Add($"Services:{name}:Port", "is the port of Diagnostics.");
    }

    // One directory belongs to one publication, or an entry's rules would depend on which was scanned last.
    private void CheckRoots(StrictBinder binder)
    {
        var publications = Options.Publications.OrderBy(p => p.Key, StringComparer.Ordinal).ToList();
        for (var i = 0; i < publications.Count; i++)
        {
            foreach (var other in publications.Skip(i + 1))
            {
                if (publications[i].Value.Root.IsAtOrBelow(other.Value.Root) || other.Value.Root.IsAtOrBelow(publications[i].Value.Root))
                    binder.Add($"Publications:{other.Key}:Root", $"'{other.Value.Root}' and '{publications[i].Value.Root}' of publication '{publications[i].Key}' lie within each other.");
            }
        }
    }

    // Two load contexts carry two copies of the SQLite library, and two copies on one file lose commits (each drops the other's locks). Instances of one type are of one plugin, which
    // has one copy, and says itself whether they may share.
    private void CheckStores(IConfigurationRoot root, StrictBinder binder)
    {
        var stores = root.AsEnumerable()
            .Where(v => v.Value is not null && v.Value.StartsWith(SqlitePrefix, StringComparison.OrdinalIgnoreCase) && v.Value.Length > SqlitePrefix.Length)
            .OrderBy(v => v.Key, StringComparer.Ordinal)
            .GroupBy(v => PathOf(v.Value![SqlitePrefix.Length..].Split(';')[0].Trim()), StringComparer.Ordinal);
        foreach (var store in stores.Where(s => s.Count() > 1))
        {
            foreach (var user in store.Skip(1).Where(user => TypeOf(user.Key) is not { } type || type != TypeOf(store.First().Key)))
                binder.Add(user.Key, $"the file '{store.Key}' is {store.First().Key}'s already; one database file belongs to one instance.");
        }

        string? TypeOf(string key) => key.IndexOf(":Options:", StringComparison.Ordinal) is > 0 and var at ? root[key[..at] + ":Type"] : null;
    }
}
