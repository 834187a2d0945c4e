using System.Text.Json;
using Mdm.Host.Access;
using Mdm.Host.Staging;

namespace Mdm.Host.Publication;

/// <summary>Shows administrators what could not be de-identified, and lets it be tried again.</summary>
internal sealed class QuarantineDoor(Quarantine quarantine, ICatalog catalog, AdministratorGate gate, AuditTrail audit)
{
    /// <summary>Longest body of an order, in bytes.</summary>
    public const int MaxBody = 64 * 1024;

    /// <summary>A line for each file: its id, its path while it is published, why, and since when.</summary>
    public Task ListAsync(HttpContext context) => gate.GuardOperatorAsync(context, async caller =>
    {
        audit.Administered(caller, "list the quarantine");
        context.Response.ContentType = "application/x-ndjson";
        context.Response.Headers.CacheControl = "no-store";
        foreach (var file in quarantine.Files)
        {
            var path = (await catalog.FindAsync(file.File, context.RequestAborted))?.Path.ToString();
            await context.Response.WriteAsync(JsonSerializer.Serialize(new QuarantineLine(file.File.ToString(), path, file.Reason, file.Since), PublicationDoor.Json) + "\n", context.RequestAborted);
        }
    });

    /// <summary>Ends the quarantine of the files named, or of all: they are fetched and tried anew when somebody asks for them.</summary>
    public Task EndAsync(HttpContext context) => gate.GuardAsync(context, async caller =>
    {
        var files = await FilesOfAsync(context);
        await quarantine.EndAsync(files, context.RequestAborted);
        audit.Administered(caller, $"end the quarantine of {files.Count} files");
        await context.Response.WriteAsJsonAsync(new QuarantineEnd(files.Count), PublicationDoor.Json, context.RequestAborted);
    });

    private async Task<IReadOnlyCollection<FileId>> FilesOfAsync(HttpContext context)
    {
        try
        {
            var order = JsonSerializer.Deserialize<QuarantineOrder>(await AdministratorGate.ReadBodyAsync(context, MaxBody), PublicationDoor.Json);
            if (order is { All: true, Files: null })
                return [.. quarantine.Files.Select(file => file.File)];
            if (order is { All: false, Files: { Count: > 0 } named })
                return [.. named.Select(FileId.Parse)];
        }
        catch (JsonException)
        {
            // Told below.
        }
        throw new MdmException(MdmErrorKind.InvalidName, "The order is a JSON object with either \"files\", a list of file ids, or \"all\": true.");
    }

    private sealed record QuarantineLine(string File, string? Path, string Reason, DateTimeOffset Since);

    private sealed record QuarantineOrder(IReadOnlyList<string>? Files = null, bool All = false);

    private sealed record QuarantineEnd(int Files);
}
