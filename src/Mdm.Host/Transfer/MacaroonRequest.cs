using System.Text.Json;
using System.Xml;

namespace Mdm.Host.Transfer;

/// <summary>
/// The body of <c>POST</c> with <c>application/macaroon-request</c>, as dCache defined it and davix sends it: <c>{"caveats": ["activity:LIST,DOWNLOAD"], "validity": "PT130M"}</c>.
/// Caveats other than activity, path and before are refused: a limit that is not understood cannot be kept.
/// </summary>
internal sealed record MacaroonRequest(TokenActivities Activities, TimeSpan? Validity, DateTimeOffset? Before)
{
    /// <summary>Longest body in bytes.</summary>
    public const int MaxBody = 4096;

    private const int MaxCaveats = 16;
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = 4 };

    /// <summary>Reads a body.</summary>
    /// <param name="body">The bytes, at most <see cref="MaxBody"/>.</param>
    /// <param name="path">The path of the TURL, which path caveats must contain.</param>
    /// <exception cref="MdmException">InvalidName: malformed, or a caveat that is not understood.</exception>
    public static MacaroonRequest Parse(ReadOnlyMemory<byte> body, string path)
    {
        try
        {
            using var json = JsonDocument.Parse(body, Reading);
            var activities = TokenActivities.None;
            var namesActivities = false;
            TimeSpan? validity = null;
            DateTimeOffset? before = null;
            if (json.RootElement.TryGetProperty("validity", out var duration))
                validity = XmlConvert.ToTimeSpan(duration.GetString() ?? string.Empty);
            if (json.RootElement.TryGetProperty("caveats", out var caveats))
            {
                if (caveats.GetArrayLength() > MaxCaveats)
                    throw Malformed($"it has more than {MaxCaveats} caveats");
                foreach (var caveat in caveats.EnumerateArray())
                {
                    var (key, value) = Split(caveat.GetString() ?? string.Empty);
                    switch (key)
                    {
                        case "activity":
                            var named = Activity(value);
                            activities = namesActivities ? activities & named : named;
                            namesActivities = true;
                            break;
                        case "path" when path.StartsWith(value, StringComparison.Ordinal):
                            break;
                        case "path":
                            throw Malformed("its path caveat excludes this transfer address");
                        case "before":
                            before = XmlConvert.ToDateTimeOffset(value);
                            break;
                        default:
                            throw Malformed($"it has a caveat other than activity, path and before");
                    }
                }
            }
            if (validity <= TimeSpan.Zero)
                throw Malformed("its validity is not a positive duration");
            return new MacaroonRequest(namesActivities ? activities : TokenActivities.List | TokenActivities.Download | TokenActivities.Upload | TokenActivities.Manage, validity, before);
        }
        catch (Exception malformed) when (malformed is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            throw Malformed("it is not the JSON expected");
        }
    }

    /// <summary>Activities that no door here offers grant nothing.</summary>
    private static TokenActivities Activity(string names)
    {
        var activities = TokenActivities.None;
        foreach (var name in names.Split(',', StringSplitOptions.TrimEntries))
        {
            activities |= name.ToUpperInvariant() switch
            {
                "DOWNLOAD" => TokenActivities.Download,
                "LIST" or "READ_METADATA" => TokenActivities.List,
                "UPLOAD" => TokenActivities.Upload,
                "MANAGE" or "DELETE" => TokenActivities.Manage,
                _ => TokenActivities.None,
            };
        }
        return activities;
    }

    private static (string Key, string Value) Split(string caveat) =>
        caveat.IndexOf(':', StringComparison.Ordinal) is var colon and > 0 ? (caveat[..colon].Trim(), caveat[(colon + 1)..].Trim()) : (caveat, string.Empty);

    private static MdmException Malformed(string why) => new(MdmErrorKind.InvalidName, $"The macaroon request cannot be met: {why}.");
}
