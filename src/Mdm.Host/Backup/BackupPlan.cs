using System.Text.RegularExpressions;
using Mdm.Host.Configuration;
using Mdm.Host.Diagnostics;

namespace Mdm.Host.Backup;

/// <summary>What a part of a backup is.</summary>
internal enum BackupKind
{
    /// <summary>A SQLite file.</summary>
    Store,

    /// <summary>A secret, or another file that the configuration names.</summary>
    File,

    /// <summary>A store on a server, which its own tools back up.</summary>
    Elsewhere,
}

/// <summary>A part of a host that a backup has to have.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="What">The key of the configuration, or what the host calls it.</param>
/// <param name="Path">Where it is; the store string of what is elsewhere.</param>
internal sealed record BackupPart(BackupKind Kind, string What, string Path);

/// <summary>Works out of the configuration what a backup has to have.</summary>
internal static partial class BackupPlan
{
    private static readonly string[] StateFiles = ["host-id", "transfer-secret"];
    private static readonly string[] StateFolders = ["secrets", "audit", "instances"];

    public static IReadOnlyList<BackupPart> Of(Preparation preparation, string? configurationFile)
    {
        var configuration = preparation.Configuration;
        var state = configuration.PathOf(configuration.Options.State.Directory);
        var parts = new List<BackupPart>();
        List<(string Key, string Store)> own = [.. configuration.Ledgers, ("Requests:Store", configuration.RequestStore)];
        foreach (var (key, value) in preparation.Values.OrderBy(value => value.Key, StringComparer.Ordinal))
        {
            if (!own.Exists(store => store.Key.Equals(key, StringComparison.OrdinalIgnoreCase)) && StoreString.IsMatch(value))
                Add(key, value, configuration.BaseDirectory);
        }
        // The catalogue comes before all of these: what was removed between the two is then in a ledger, and the next scan removes it again instead of bringing it back.
        foreach (var (key, value) in own)
            Add(key, value, state);

        if (configurationFile is not null)
            parts.Add(new BackupPart(BackupKind.File, "the configuration", Path.GetFullPath(configurationFile)));
        foreach (var (key, value) in preparation.Values.Where(value => value.Key.EndsWith("File", StringComparison.OrdinalIgnoreCase)).OrderBy(value => value.Key, StringComparer.Ordinal))
            parts.Add(new BackupPart(BackupKind.File, key, configuration.PathOf(value)));
        parts.AddRange(StateFiles.Select(name => new BackupPart(BackupKind.File, name, Path.Combine(state, name))));
        // The secrets that hosts share may lie elsewhere.
        foreach (var folder in StateFolders.Select(name => Path.Combine(state, name)).Append(configuration.SecretsPath).Distinct().Where(Directory.Exists))
            parts.AddRange(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => new BackupPart(BackupKind.File, Path.GetRelativePath(state, file), file)));
        return [.. parts.Where(part => part.Kind == BackupKind.Elsewhere || File.Exists(part.Path)).DistinctBy(part => part.Path)];

        void Add(string key, string store, string relativeTo) => parts.Add(store.StartsWith("sqlite:", StringComparison.OrdinalIgnoreCase)
            ? new BackupPart(BackupKind.Store, key, Path.GetFullPath(store["sqlite:".Length..].Split(';')[0].Trim(), relativeTo))
            : new BackupPart(BackupKind.Elsewhere, key, store));
    }

    [GeneratedRegex("^(sqlite|postgres):.", RegexOptions.IgnoreCase)]
    private static partial Regex StoreString { get; }
}
