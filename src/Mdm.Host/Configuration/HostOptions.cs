using Mdm.Host.Members;
using Mdm.Host.Requests;
using Mdm.Host.Srm;
using Mdm.Host.Staging;
using Mdm.Host.Transfer;
using Mdm.Host.Uploads;

namespace Mdm.Host.Configuration;

/// <summary>The whole configuration, one property per section. docs/operations.md says what each key means; a test compares the two.</summary>
internal sealed record HostOptions
{
    public PluginsOptions Plugins { get; init; } = new();

    public DoorOptions? Door { get; init; }

    public StateOptions State { get; init; } = new();

    public StagingOptions Staging { get; init; } = new();

    public RequestsOptions Requests { get; init; } = new();

    public MembersOptions Members { get; init; } = new();

    public SrmOptions Srm { get; init; } = new();

    /// <summary>The pool's name among spaces.</summary>
    public string NameOfPool() => Srm.SpaceToken;

    public TransferOptions Transfer { get; init; } = new();

    public UploadsOptions Uploads { get; init; } = new();

    /// <summary>Room that puts take from.</summary>
    public IReadOnlyDictionary<string, AreaOptions> Areas { get; init; } = new Dictionary<string, AreaOptions>();

    /// <summary>Who may administer this host.</summary>
    public IReadOnlyList<CallerRule> Administrators { get; init; } = [];

    /// <summary>Who may operate it: look, drain, abort, publish again and ban; not read files, nor change rights.</summary>
    public IReadOnlyList<CallerRule> Operators { get; init; } = [];

    public IReadOnlyDictionary<string, InstanceOptions> Archives { get; init; } = new Dictionary<string, InstanceOptions>();

    public IReadOnlyDictionary<string, InstanceOptions> Deidentifiers { get; init; } = new Dictionary<string, InstanceOptions>();

    public InstanceOptions? Catalog { get; init; }

    public InstanceOptions? Keys { get; init; }

    public InstanceOptions? Metadata { get; init; }

    public IReadOnlyDictionary<string, ServiceOptions> Services { get; init; } = new Dictionary<string, ServiceOptions>();

    public IReadOnlyDictionary<string, PublicationOptions> Publications { get; init; } = new Dictionary<string, PublicationOptions>();

    public AuditOptions Audit { get; init; } = new();

    public DiagnosticsOptions Diagnostics { get; init; } = new();

    public LoggingOptions Logging { get; init; } = new();
}

/// <summary>Where plugins lie and which are loaded.</summary>
internal sealed record PluginsOptions
{
    /// <summary>The folder that holds one folder per plugin; <c>plugins</c> beside the program unless given.</summary>
    public string? Path { get; init; }

    /// <summary>The plugins to load, by folder name.</summary>
    public IReadOnlyList<string> Load { get; init; } = [];
}

/// <summary>Where the host keeps what must survive a restart.</summary>
internal sealed record StateOptions
{
    public string Directory { get; init; } = "state";

    /// <summary>The folder of the secrets that ids are made with; <c>secrets</c> in the directory unless given. Hosts that share stores have the same.</summary>
    public string? Secrets { get; init; }

    /// <summary>The store of what was seen in archives and removed by users; a relative path is meant against the directory.</summary>
    public string PublicationLedger { get; init; } = "sqlite:publications.db";

    /// <summary>The store of which file has which content key; a relative path is meant against the directory.</summary>
    public string KeyLedger { get; init; } = "sqlite:keys.db";

    /// <summary>The store of what was told to the metadata; a relative path is meant against the directory.</summary>
    public string MetadataLedger { get; init; } = "sqlite:metadata-rows.db";

    /// <summary>The store of administrators' orders that hold until they are taken back; a relative path is meant against the directory.</summary>
    public string OrderLedger { get; init; } = "sqlite:orders.db";

    /// <summary>The store of who used how much; a relative path is meant against the directory.</summary>
    public string UsageLedger { get; init; } = "sqlite:usage.db";

    /// <summary>The local socket for orders; a relative path is meant against the directory.</summary>
    public string AdminSocket { get; init; } = "admin.sock";
}

/// <summary>One configured instance of something a plugin offers.</summary>
internal record InstanceOptions
{
    /// <summary>The name under which a plugin offers it.</summary>
    public required string Type { get; init; }

    /// <summary>Bound to the plugin's own class, as strictly as the rest.</summary>
    public IConfigurationSection? Options { get; init; }
}

/// <summary>A protocol or an HTTP service of a plugin's own.</summary>
internal sealed record ServiceOptions : InstanceOptions
{
    /// <summary>The TCP port of a protocol of its own. HTTP services have none: they stand behind the door.</summary>
    [System.ComponentModel.DataAnnotations.Range(1, 65535, ErrorMessage = "must be a TCP port, 1 to 65535.")]
    public int? Port { get; init; }

    /// <summary>The address that a protocol of its own listens on; all addresses, IPv4 and IPv6, unless given.</summary>
    public System.Net.IPAddress? Address { get; init; }

    /// <summary>Most connections of a protocol of its own; one more is closed at once. 1000 unless given.</summary>
    [System.ComponentModel.DataAnnotations.Range(1, 100_000, ErrorMessage = "must be 1 to 100000.")]
    public int? MaxConnections { get; init; }

    /// <summary>Most of them from one address. 250 unless given.</summary>
    [System.ComponentModel.DataAnnotations.Range(1, 100_000, ErrorMessage = "must be 1 to 100000.")]
    public int? MaxConnectionsPerAddress { get; init; }

    /// <summary>A connection of a protocol of its own is closed when for so long no byte went either way. 30 minutes unless given.</summary>
    [System.ComponentModel.DataAnnotations.Range(typeof(TimeSpan), "00:00:05", "1.00:00:00", ErrorMessage = "must be 00:00:05 to 1.00:00:00.")]
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>Where an HTTP service stands behind the door; <c>/services/NAME</c> unless given.</summary>
    public StoragePath? Path { get; init; }
}
