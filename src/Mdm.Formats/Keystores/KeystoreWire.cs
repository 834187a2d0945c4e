using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Mdm.Abstractions;
using Mdm.Formats.Shares;

namespace Mdm.Formats.Keystores;

/// <summary>The operations' names in addresses.</summary>
public static class KeystoreOperations
{
    /// <summary>The version in addresses.</summary>
    public const string Version = "v1";

    public const string Status = "status";
    public const string Read = "read";
    public const string Reserve = "reserve";
    public const string Deposit = "deposit";
    public const string Rights = "rights";
    public const string Destroy = "destroy";
    public const string List = "list";
    public const string Describe = "describe";
    public const string Stage = "stage";
    public const string Promote = "promote";
    public const string Forget = "forget";
}

/// <summary>Messages as bytes. Unknown members, wrong types and counts above <see cref="KeystoreLimits"/> are refused; what is read is what it says it is.</summary>
public static class KeystoreWire
{
    /// <summary>The media type of requests and answers.</summary>
    public const string MediaType = "application/json";

    /// <summary>A message as it is sent.</summary>
    public static byte[] Write<T>(T message, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(message, type);

    /// <summary>Reads a message.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>: it is none.</exception>
    public static T Read<T>(ReadOnlySpan<byte> bytes, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            var message = JsonSerializer.Deserialize(bytes, type);
            return message is not null && IsWithinLimits(message) ? message : throw new MdmException(MdmErrorKind.InvalidName, $"Not a message of the keystore protocol, or of more than {KeystoreLimits.MaxKeys} keys.");
        }
        catch (JsonException e)
        {
            throw new MdmException(MdmErrorKind.InvalidName, "Not a message of the keystore protocol.", e);
        }
    }

    private static bool IsWithinLimits(object message) => message switch
    {
        ReadRequest m => IsBatch(m.Keys),
        ReserveRequest m => IsBatch(m.Keys),
        KeysRequest m => IsBatch(m.Keys),
        DepositRequest m => IsBatch(m.Keys) && AreRights(m.Rights) && m.Keys.All(k => k is { Share.Length: <= KeyShare.MaxLength } && Refers(k.Rights, m.Rights)),
        RightsRequest m => IsBatch(m.Keys) && AreRights(m.Rights) && m.Keys.All(k => k is not null && Refers(k.Rights, m.Rights)),
        PromoteRequest m => IsBatch(m.Keys) && m.Keys.All(k => k is not null),
        ListRequest m => m.Limit is > 0 and <= KeystoreLimits.MaxListed && (m.Keys is null || IsBatch(m.Keys)),
        ReadAnswer m => IsBatch(m.Keys) && m.Keys.All(k => k is not null && AreShares(k.Shares)),
        ReserveAnswer m => IsBatch(m.Keys) && m.Keys.All(k => k is not null && AreShares(k.Shares)),
        StatusAnswer m => IsBatch(m.Keys) && m.Keys.All(k => k is not null),
        ListAnswer m => m.Keys is { Count: <= KeystoreLimits.MaxListed } && AreRights(m.Rights) && m.Keys.All(k => k is not null && (k.Rights < 0 || Refers(k.Rights, m.Rights))),
        ExportPage m => m.Keys is { Count: <= KeystoreLimits.MaxKeys } && m.Keys.All(k => k is not null && AreShares(k.Shares)),
        KeystoreStatus m => m.Product is { Length: <= 200 },
        _ => false,
    };

    private static bool IsBatch<T>(IReadOnlyList<T>? keys) => keys is { Count: > 0 and <= KeystoreLimits.MaxKeys };

    private static bool Refers(int index, IReadOnlyList<WireRights> rights) => index >= 0 && index < rights.Count;

    private static bool AreRights(IReadOnlyList<WireRights>? rights) =>
        rights is { Count: <= KeystoreLimits.MaxListed } && rights.All(r => r is { Owner: not null, Acl.Count: <= Acl.MaxEntries } && r.Acl.All(e => e is not null));

    private static bool AreShares(IReadOnlyList<byte[]>? shares) =>
        shares is null || (shares.Count <= KeystoreLimits.MaxSharesPerKey && shares.All(s => s is { Length: <= KeyShare.MaxLength }));
}

/// <summary>How the messages are written.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true, MaxDepth = KeystoreLimits.MaxDepth,
    Converters = [typeof(KeyIdConverter), typeof(SplitIdConverter), typeof(BallotConverter)])]
[JsonSerializable(typeof(ReadRequest))]
[JsonSerializable(typeof(ReadAnswer))]
[JsonSerializable(typeof(ReserveRequest))]
[JsonSerializable(typeof(ReserveAnswer))]
[JsonSerializable(typeof(DepositRequest))]
[JsonSerializable(typeof(RightsRequest))]
[JsonSerializable(typeof(KeysRequest))]
[JsonSerializable(typeof(PromoteRequest))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(ListRequest))]
[JsonSerializable(typeof(ListAnswer))]
[JsonSerializable(typeof(KeystoreStatus))]
public sealed partial class KeystoreJson : JsonSerializerContext;

internal sealed class KeyIdConverter : JsonConverter<KeyId>
{
    public override KeyId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && KeyId.TryParse(reader.GetString(), out var id) ? id : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, KeyId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

internal sealed class SplitIdConverter : JsonConverter<SplitId>
{
    public override SplitId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && SplitId.TryParse(reader.GetString(), out var split) ? split : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, SplitId value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

internal sealed class BallotConverter : JsonConverter<Ballot>
{
    public override Ballot Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Ballot.TryParse(reader.GetString(), out var ballot) ? ballot : throw new JsonException();

    public override void Write(Utf8JsonWriter writer, Ballot value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
