using System.Text.Json;
using Mdm.Abstractions;
using Mdm.Client;

namespace Mdm.Cli.Commands;

/// <summary>A store and where it goes, both with absolute paths.</summary>
internal sealed record StoreMove(string Name, string From, string To);

/// <summary>The stores that host configurations name: every value that is a store string, at the same place in both.</summary>
internal static class ConfiguredStores
{
    /// <summary>Longest configuration that is read, in bytes.</summary>
    private const int LongestFile = 4 << 20;

    private const string StateKey = "State:Directory";
    private const string Sqlite = "sqlite:";
    private const string Postgres = "postgres:";

    // What a host takes where its configuration is silent, and the namespace that is this store's on a server. docs/operations.md tells the same.
    private static readonly Dictionary<string, (string Default, string Schema)> OfHost = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Requests:Store"] = ("sqlite:requests.db", "mdm_requests"),
        ["Uploads:Store"] = ("sqlite:uploads.db", "mdm_uploads"),
        ["State:PublicationLedger"] = ("sqlite:publications.db", "mdm_publications"),
        ["State:KeyLedger"] = ("sqlite:keys.db", "mdm_keys"),
        ["State:MetadataLedger"] = ("sqlite:metadata-rows.db", "mdm_metadata_rows"),
        ["State:OrderLedger"] = ("sqlite:orders.db", "mdm_orders"),
        ["State:UsageLedger"] = ("sqlite:usage.db", "mdm_usage"),
    };

    private static readonly Dictionary<string, string> SchemaOfType = new(StringComparer.OrdinalIgnoreCase) { ["lfc"] = "mdm_lfc", ["amga"] = "mdm_amga", ["hydra-keystore"] = "mdm_hydra_keystore" };

    /// <summary>What is to be copied, by the key of its place; what both name alike stays where it is.</summary>
    /// <exception cref="MdmException">InvalidName, NotFound: a configuration cannot be read; Refused: only one of them names a store.</exception>
    public static IReadOnlyList<StoreMove> Moves(string from, string to)
    {
        var (before, after) = (Of(from), Of(to));
        if (before.Keys.Except(after.Keys, StringComparer.OrdinalIgnoreCase).Concat(after.Keys.Except(before.Keys, StringComparer.OrdinalIgnoreCase)).ToList() is [_, ..] alone)
            throw new MdmException(MdmErrorKind.Refused, $"Only one of the two configurations names {string.Join(" and ", alone)}; both must name the same stores.");
        // One store may stand in two places, as a server's and its client's.
        return [.. before.Where(store => store.Value != after[store.Key]).Select(store => new StoreMove(store.Key, store.Value, after[store.Key])).DistinctBy(move => (move.From, move.To))];
    }

    private static SortedDictionary<string, string> Of(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
            throw new MdmException(MdmErrorKind.NotFound, $"There is no configuration {path}.");
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        try
        {
            using var document = JsonDocument.Parse(ShortFile.ReadAllBytes(path, LongestFile), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            Flatten(document.RootElement, string.Empty, values);
        }
        catch (JsonException wrong)
        {
            throw new MdmException(MdmErrorKind.InvalidName, $"{path} is no JSON: line {wrong.LineNumber + 1}.", wrong);
        }
        var folder = file.DirectoryName!;
        var state = Path.GetFullPath(values.GetValueOrDefault(StateKey, "state"), folder);
        // Without a catalogue a process is no storage host, and has none of these.
        foreach (var (key, (store, _)) in values.ContainsKey("Catalog:Type") ? OfHost : [])
            values.TryAdd(key, store);
        var stores = new SortedDictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in values)
        {
            if (value.StartsWith(Sqlite, StringComparison.Ordinal))
                stores[key] = Sqlite + Path.GetFullPath(value[Sqlite.Length..], OfHost.ContainsKey(key) ? state : folder);
            else if (value.StartsWith(Postgres, StringComparison.Ordinal))
                stores[key] = WithSchema(value, SchemaOf(key, values));
        }
        return stores;
    }

    private static string? SchemaOf(string key, Dictionary<string, string> values)
    {
        if (OfHost.TryGetValue(key, out var known))
            return known.Schema;
        return key.IndexOf(":Options:", StringComparison.OrdinalIgnoreCase) is > 0 and var at && values.TryGetValue(key[..at] + ":Type", out var type) ? SchemaOfType.GetValueOrDefault(type) : null;
    }

    private static string WithSchema(string store, string? schema) => schema is null || store.Contains("Schema=", StringComparison.OrdinalIgnoreCase) ? store : $"{store.TrimEnd(';')};Schema={schema}";

    private static void Flatten(JsonElement element, string path, Dictionary<string, string> values)
    {
        if (element.ValueKind == JsonValueKind.String)
            values[path] = element.GetString()!;
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject())
                Flatten(property.Value, path.Length == 0 ? property.Name : $"{path}:{property.Name}", values);
        }
    }
}
