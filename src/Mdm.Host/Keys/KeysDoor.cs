using System.Text.Json;
using System.Text.Json.Serialization;
using Mdm.Host.Access;

namespace Mdm.Host.Keys;

/// <summary>Orders about content keys over HTTP, for administrators.</summary>
internal sealed class KeysDoor(KeyReconciler reconciler, KeyLedger ledger, ContentKeys keys, KeyOutbox outbox, ICatalog catalog, AdministratorGate gate, AuditTrail audit)
{
    /// <summary>Longest body of an order, in bytes.</summary>
    public const int MaxBody = 8192;

    /// <summary>Files rotated in one transaction.</summary>
    private const int Page = 500;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        MaxDepth = 4,
    };

    /// <summary>Compares keystores and catalogue: a line for each finding, and one at the end that counts them.</summary>
    public Task ReconcileAsync(HttpContext context) => gate.GuardAsync(context, async caller =>
    {
        var order = await ReadAsync<ReconcileOrder>(context, "{\"mend\": true or false}");
        audit.Administered(caller, order.Mend ? "reconcile keys, mend" : "reconcile keys");
        var (findings, mended) = (0, 0);
        await foreach (var finding in reconciler.RunAsync(order.Mend, context.RequestAborted))
        {
            findings++;
            mended += finding.IsMended ? 1 : 0;
            await WriteLineAsync(context, new { finding.Drift, Key = finding.Key.ToString(), File = finding.File?.ToString(), finding.IsMended });
        }
        var (pending, since) = await ledger.BacklogAsync(context.RequestAborted);
        await WriteLineAsync(context, new ReconcileSummary(findings, mended, pending, since));
    });

    /// <summary>Gives a file, or all files below a directory, new keys: what is fetched from now on is a new version, and the old keys are destroyed.</summary>
    public Task RotateAsync(HttpContext context) => gate.GuardAsync(context, async caller =>
    {
        var order = await ReadAsync<RotateOrder>(context, "{\"path\": text, \"recursive\": true or false}");
        var path = StoragePath.Parse(order.Path ?? throw new MdmException(MdmErrorKind.InvalidName, "A rotation names a \"path\"."));
        var walk = await catalog.WalkAsync(path, context.RequestAborted);
        if (walk[^1].Path != path)
            throw new MdmException(MdmErrorKind.NotFound, $"{path}: No such file or directory.");
        var entry = walk[^1];
        if (entry.Kind == CatalogEntryKind.Directory && !order.Recursive)
            throw new MdmException(MdmErrorKind.IsADirectory, $"{path} is a directory; say recursive to rotate the keys of all files below it.");
        var files = entry.Kind == CatalogEntryKind.File ? [entry.Id] : await FilesBelowAsync(entry, context.RequestAborted);
        audit.Administered(caller, $"rotate the keys of {files.Count} files at {path}");
        foreach (var page in files.Chunk(Page))
        {
            await keys.RotateAsync(page, context.RequestAborted);
            foreach (var file in page)
                await ForgetFactsAsync(file, context.RequestAborted);
        }
        outbox.Wake();
        await context.Response.WriteAsJsonAsync(new { Files = files.Count }, Json, context.RequestAborted);
    });

    private async Task<List<FileId>> FilesBelowAsync(CatalogEntry directory, CancellationToken cancellationToken)
    {
        var files = new List<FileId>();
        await foreach (var entry in TreeWalk.BelowAsync(catalog, directory.Path, cancellationToken))
        {
            if (entry.Kind == CatalogEntryKind.File)
                files.Add(entry.Id);
        }
        return files;
    }

    // Size and checksum of what is delivered sealed are those of the old version.
    private async Task ForgetFactsAsync(FileId file, CancellationToken cancellationToken)
    {
        try
        {
            await catalog.SetFactsAsync(file, null, cancellationToken);
        }
        catch (MdmException gone) when (gone.Kind == MdmErrorKind.NotFound)
        {
            // Removed meanwhile.
        }
    }

    private static async Task WriteLineAsync(HttpContext context, object line)
    {
        if (!context.Response.HasStarted)
        {
            context.Response.ContentType = "application/x-ndjson";
            context.Response.Headers.CacheControl = "no-store";
        }
        await context.Response.WriteAsync(JsonSerializer.Serialize(line, Json) + "\n", context.RequestAborted);
    }

    private static async Task<T> ReadAsync<T>(HttpContext context, string shape)
        where T : new()
    {
        var body = await AdministratorGate.ReadBodyAsync(context, MaxBody);
        try
        {
            return body.Length == 0 ? new T() : JsonSerializer.Deserialize<T>(body, Json) ?? new T();
        }
        catch (JsonException)
        {
            throw new MdmException(MdmErrorKind.InvalidName, $"The order is a JSON object as {shape}, and nothing else.");
        }
    }

    private sealed record ReconcileOrder(bool Mend = false)
    {
        public ReconcileOrder()
            : this(false)
        {
        }
    }

    private sealed record RotateOrder(string? Path, bool Recursive = false)
    {
        public RotateOrder()
            : this(null, false)
        {
        }
    }

    /// <summary>The last line. Pending: changes that the keystores have not been told of yet, and since when.</summary>
    private sealed record ReconcileSummary(int Findings, int Mended, long Pending, DateTimeOffset? PendingSince);
}
