using System.Text.Json.Nodes;

namespace Mdm.TestKit;

/// <summary>What hosts that are one site have in common: every store on one PostgreSQL, and the secrets.</summary>
/// <param name="postgres">The server of the stores.</param>
/// <param name="secrets">The folder of the secrets.</param>
public sealed class SharedStores(PostgresServer postgres, string secrets)
{
    /// <summary>The namespace of the book of requests.</summary>
    public const string Requests = "requests";

    /// <summary>Configures a host to use them.</summary>
    public void Share(JsonObject configuration)
    {
        configuration["Catalog"]!["Options"]!["Store"] = postgres.Store("catalog");
        configuration["Requests"] = new JsonObject { ["Store"] = postgres.Store(Requests) };
        configuration["Uploads"] = new JsonObject { ["Store"] = postgres.Store("uploads") };
        var state = configuration["State"]!;
        foreach (var (key, schema) in ((string, string)[])[("PublicationLedger", "publications"), ("KeyLedger", "keys"), ("MetadataLedger", "rows"), ("OrderLedger", "orders"), ("UsageLedger", "usage")])
            state[key] = postgres.Store(schema);
        state["Secrets"] = secrets;
        configuration["Transfer"] = new JsonObject { ["SecretFile"] = Path.Combine(secrets, "transfer") };
    }
}
