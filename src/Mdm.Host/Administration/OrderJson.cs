using System.Text.Json;
using System.Text.Json.Serialization;
using Mdm.Host.Access;

namespace Mdm.Host.Administration;

/// <summary>Orders and their answers as JSON: bodies strictly read, answers one object, or one a line.</summary>
internal static class OrderJson
{
    /// <summary>Longest body of an order, in bytes.</summary>
    public const int MaxBody = 64 * 1024;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        MaxDepth = 6,
    };

    /// <exception cref="MdmException">InvalidName: it is not of that shape.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, string shape)
        where T : class, new()
    {
        var body = await AdministratorGate.ReadBodyAsync(context, MaxBody);
        try
        {
            return body.Length == 0 ? new T() : JsonSerializer.Deserialize<T>(body, Options) ?? new T();
        }
        catch (JsonException)
        {
            throw new MdmException(MdmErrorKind.InvalidName, $"The order is a JSON object as {shape}, and nothing else.");
        }
    }

    public static Task WriteAsync<T>(HttpContext context, T answer)
    {
        context.Response.Headers.CacheControl = "no-store";
        return context.Response.WriteAsJsonAsync(answer, Options, context.RequestAborted);
    }

    public static async Task WriteLineAsync<T>(HttpContext context, T line)
    {
        BeginLines(context);
        await context.Response.WriteAsync(JsonSerializer.Serialize(line, Options) + "\n", context.RequestAborted);
    }

    /// <summary>An answer of lines, also where there are none.</summary>
    public static void BeginLines(HttpContext context)
    {
        if (context.Response.HasStarted)
            return;
        context.Response.ContentType = "application/x-ndjson";
        context.Response.Headers.CacheControl = "no-store";
    }

    /// <summary>A value of the query; null where it is not given.</summary>
    public static string? Query(HttpContext context, string name) => context.Request.Query[name].ToString() is { Length: > 0 } text ? text : null;
}
