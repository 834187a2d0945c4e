using Mdm.Host.Configuration;
using Mdm.Sql;

namespace Mdm.Host.Members;

/// <summary>What hosts that share the book of requests must have alike, as a configuration has it. <c>--check</c> compares the same that a start does.</summary>
internal static class Agreements
{
    private const string Postgres = "postgres:";
    private const string Sqlite = "sqlite:";
    private const string Publications = "Publications";

    /// <summary>All of it.</summary>
    /// <param name="configuration">Bound.</param>
    /// <param name="values">The keys and values that it was bound from.</param>
    /// <param name="host">This host.</param>
    /// <param name="secretOf">Reads a secret by its path and what it is called; makes it where it is missing, or gives null.</param>
    /// <exception cref="MdmException">Refused: a secret cannot be used.</exception>
    /// <exception cref="SqlStoreException">A store string cannot be read.</exception>
    public static IReadOnlyList<AgreedValue> Of(HostConfiguration configuration, IReadOnlyDictionary<string, string> values, ThisHost host, Func<string, string, byte[]?> secretOf)
    {
        var options = configuration.Options;
        var state = configuration.PathOf(options.State.Directory);
        var agreed = new List<AgreedValue>
        {
            Secret("The secret of publications (State:Secrets, publications)", configuration.SecretPath("publications"), "all files would be published once more, under other names and ids", isForGood: true),
            Secret("The secret of key ids (State:Secrets, keys)", configuration.SecretPath("keys"), "keys would have other ids, and what was sealed with those that there are could not be opened", isForGood: true),
            Secret("The secret of metadata rows (State:Secrets, metadata)", configuration.SecretPath("metadata"), "each host would put all rows anew that another has put", isForGood: false),
            Secret("Transfer:SecretFile", options.Transfer.SecretFile is { } file ? configuration.PathOf(file) : Path.Combine(state, "transfer-secret"),
                "a transfer address that one host tells would be refused by the other", isForGood: false),
        };
        foreach (var (key, store) in ((string, string)[])
            [
                ("State:PublicationLedger", options.State.PublicationLedger), ("State:KeyLedger", options.State.KeyLedger), ("State:MetadataLedger", options.State.MetadataLedger),
                ("State:OrderLedger", options.State.OrderLedger), ("State:UsageLedger", options.State.UsageLedger), ("Uploads:Store", options.Uploads.Store),
            ])
        {
            agreed.Add(AgreedValue.Store(key, SqlStoreAddress.Parse(store, state), host));
        }
        foreach (var (section, instance) in ((string, InstanceOptions?)[])[("Catalog", options.Catalog), ("Metadata", options.Metadata)])
        {
            // What a plugin's options mean is the plugin's; a store is written alike in all of them.
            foreach (var option in instance?.Options?.AsEnumerable(makePathsRelative: true) ?? [])
            {
                if (option.Value is { } value && (value.StartsWith(Postgres, StringComparison.Ordinal) || value.StartsWith(Sqlite, StringComparison.Ordinal)))
                    agreed.Add(AgreedValue.Store($"{section}:Options:{option.Key}", SqlStoreAddress.Parse(value, configuration.BaseDirectory), host));
            }
        }
        agreed.Add(AgreedValue.Rules(Publications, values.Where(value => value.Key.StartsWith(Publications + ":", StringComparison.OrdinalIgnoreCase)),
            "each publishes as its own configuration says, and takes back what the other did"));
        return agreed;

        AgreedValue Secret(string name, string path, string otherwise, bool isForGood) => AgreedValue.Secret(name, secretOf(path, name), otherwise, isForGood);
    }
}
