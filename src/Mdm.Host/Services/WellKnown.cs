using System.Text.Json;
using System.Text.Json.Serialization;

namespace Mdm.Host.Services;

/// <summary>
/// <c>GET /.well-known/mdm</c> (RFC 8615): what a client has to contact besides this host. Answered to everybody, as srmPing is: it holds no secrets, every service that it
/// names asks for itself who is calling, and a client whose credential is refused can still tell its user where.
/// </summary>
internal sealed partial class WellKnown(AnnouncedServices announced)
{
    public const string Path = "/.well-known/mdm";

    /// <summary>Of the document's form; a reader refuses another.</summary>
    private const int Version = 1;

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet(Path, (RequestDelegate)AnswerAsync);

    internal async Task AnswerAsync(HttpContext context)
    {
        var document = new Document(Version, Of(await announced.KeysAsync()), Of(await announced.MetadataAsync()));
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, document, Json.Default.Document, context.RequestAborted);
    }

    private static Service? Of(ServiceAnnouncement? service) => service is null
        ? null
        : new Service(service.Type, [.. service.Endpoints.Select(e => e.AbsoluteUri)], new SortedDictionary<string, string>(service.Properties, StringComparer.Ordinal));

    private sealed record Document(int Version, Service? Keys, Service? Metadata);

    private sealed record Service(string Type, IReadOnlyList<string> Endpoints, IReadOnlyDictionary<string, string> Properties);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
    [JsonSerializable(typeof(Document))]
    private sealed partial class Json : JsonSerializerContext;
}
