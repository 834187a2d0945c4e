using System.Collections.Immutable;
using System.Text.Json;
using Mdm.Abstractions;
using Mdm.Srm.Messages;

namespace Mdm.Client.Discovery;

/// <summary>Reads what a host announces: the document at <c>/.well-known/mdm</c>, or the pairs of srmPing. Believes nothing that is not an address of TLS.</summary>
internal static class AnnouncementReader
{
    /// <summary>Longest document, in bytes.</summary>
    public const int MaxDocument = 64 * 1024;

    private const int Version = 1;
    private const int MaxEndpoints = 64;
    private const int MaxProperties = 64;
    private const int MaxText = 1024;
    private const int MaxDepth = 8;

    /// <exception cref="FormatException">It is not such a document.</exception>
    public static SiteServices Read(ReadOnlyMemory<byte> document)
    {
        try
        {
            using var json = JsonDocument.Parse(document, new JsonDocumentOptions { MaxDepth = MaxDepth });
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("version", out var version) || !version.TryGetInt32(out var number))
                throw new FormatException("it has no version");
            if (number != Version)
                throw new FormatException($"its version is {number}, this client reads {Version}");
            return new SiteServices(Service(root, "keys"), Service(root, "metadata"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException("it is not the JSON it has to be", e);
        }
    }

    /// <summary>Reads the pairs that begin with <c>mdm.</c>; what others tell is passed over.</summary>
    /// <exception cref="FormatException">They are not as they have to be.</exception>
    public static SiteServices Read(IReadOnlyList<ExtraInfo> pairs) => new(Service(pairs, "mdm.keys."), Service(pairs, "mdm.metadata."));

    /// <summary>An announcement from its parts, within the limits.</summary>
    /// <exception cref="FormatException">A part is not as it has to be.</exception>
    public static ServiceAnnouncement Of(string type, IReadOnlyCollection<string> endpoints, IReadOnlyCollection<KeyValuePair<string, string>> properties)
    {
        if (type.Length is 0 or > MaxText)
            throw new FormatException("a service has no type");
        if (endpoints.Count is 0 or > MaxEndpoints || properties.Count > MaxProperties || properties.Any(p => p.Key.Length + p.Value.Length > MaxText))
            throw new FormatException($"a service has 1 to {MaxEndpoints} endpoints, and no more than {MaxProperties} properties");
        return new ServiceAnnouncement(type, [.. endpoints.Select(Endpoint)], properties.ToImmutableDictionary(StringComparer.Ordinal));
    }

    private static ServiceAnnouncement? Service(JsonElement root, string name)
    {
        if (!root.TryGetProperty(name, out var service) || service.ValueKind == JsonValueKind.Null)
            return null;
        if (!service.TryGetProperty("type", out var type) || !service.TryGetProperty("endpoints", out var endpoints))
            throw new FormatException($"its '{name}' lacks a type or endpoints");
        var properties = service.TryGetProperty("properties", out var given) ? given.EnumerateObject().Select(p => KeyValuePair.Create(p.Name, Text(p.Value))).ToArray() : [];
        return Of(Text(type), [.. endpoints.EnumerateArray().Select(Text)], properties);
    }

    private static ServiceAnnouncement? Service(IReadOnlyList<ExtraInfo> pairs, string prefix)
    {
        var found = pairs.Where(p => p.Key.StartsWith(prefix, StringComparison.Ordinal)).DistinctBy(p => p.Key).ToDictionary(p => p.Key[prefix.Length..], p => p.Value ?? string.Empty, StringComparer.Ordinal);
        if (!found.Remove("type", out var type) || !found.Remove("endpoints", out var endpoints))
            return null;
        return Of(type, endpoints.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), found);
    }

    private static string Text(JsonElement element) => element.GetString() ?? throw new FormatException("a text is missing");

    private static Uri Endpoint(string text) =>
        text.Length <= MaxText && Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps && address.UserInfo.Length == 0
            ? address
            : throw new FormatException("an endpoint is no https address");
}
