using System.Collections.Immutable;
using System.Globalization;
using Mdm.Abstractions;

namespace Mdm.Client.Metadata;

/// <summary>A metadata server (AMGA) that clients reach over TLS.</summary>
/// <param name="Host">Name or address, as its certificate has it.</param>
/// <param name="Port">TCP port.</param>
/// <param name="Collections">What is searched there; empty for all that the server tells of.</param>
public sealed record MetadataServer(string Host, int Port, ImmutableArray<string> Collections)
{
    /// <summary>AMGA's port.</summary>
    public const int DefaultPort = 8822;

    /// <summary>Most servers asked at once.</summary>
    public const int MaxServers = 256;

    /// <summary>Reads <c>host:port</c> or <c>host:port/collection</c>, several separated by commas.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>.</exception>
    public static ImmutableArray<MetadataServer> ParseMany(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var servers = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Parse)
            .GroupBy(server => (server.Host, server.Port)).Select(same => same.First() with { Collections = [.. same.SelectMany(server => server.Collections).Distinct()] }).ToImmutableArray();
        return servers.Length is > 0 and <= MaxServers ? servers : throw new MdmException(MdmErrorKind.InvalidName, $"Name 1 to {MaxServers} metadata servers ({nameof(MaxServers)}) as host:port, separated by commas.");
    }

    /// <summary><c>host:port</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}");

    private static MetadataServer Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var address = slash < 0 ? text : text[..slash];
        return !text.Contains("//", StringComparison.Ordinal) && Uri.TryCreate("amga://" + address, UriKind.Absolute, out var uri) && uri is { Host.Length: > 0, UserInfo: "", Query: "", Fragment: "" }
            ? new MetadataServer(uri.IdnHost, uri.Port > 0 ? uri.Port : DefaultPort, slash < 0 ? [] : [StoragePath.Parse(text[slash..]).ToString()])
            : throw new MdmException(MdmErrorKind.InvalidName, $"'{text}' is no metadata server; write host:port or host:port/collection.");
    }
}
