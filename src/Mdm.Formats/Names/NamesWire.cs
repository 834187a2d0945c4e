using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Mdm.Abstractions;

namespace Mdm.Formats.Names;

/// <summary>
/// What users of a name space ask that SRM has no words for: one POST each to <c>/names/OPERATION</c> at a host's door, JSON in the body both ways. Paths are in bodies only: addresses end up in logs of others.
/// A refusal is a status, a sentence, and its kind in <see cref="KindHeader"/>.
/// </summary>
public static class NamesWire
{
    /// <summary>Where it is served.</summary>
    public const string Root = "/names/";

    public const string Stat = "stat";
    public const string List = "list";
    public const string Acl = "acl";
    public const string Owner = "owner";
    public const string Link = "link";
    public const string Comment = "comment";
    public const string Right = "right";
    public const string Remove = "remove";

    /// <summary>Levels of <see cref="RightQuestion"/>: the owner; he and the owning group; all whom the publication admits; nobody.</summary>
    public const string Private = "private", Group = "group", Anonymous = "anonymous", None = "none";

    /// <summary>What of <see cref="AclQuestion.Change"/> puts the list in the place of the one that is there.</summary>
    public const string Replace = "replace";

    /// <summary>Adds entries, or changes those of the same name.</summary>
    public const string Modify = "modify";

    /// <summary>Takes entries away.</summary>
    public const string Delete = "delete";

    /// <summary>The header with the <see cref="MdmErrorKind"/> of a refusal.</summary>
    public const string KindHeader = "Mdm-Error";

    /// <summary>The media type of questions and answers.</summary>
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
            return JsonSerializer.Deserialize(bytes, type) ?? throw new JsonException();
        }
        catch (JsonException e)
        {
            throw new MdmException(MdmErrorKind.InvalidName, $"Not a {typeof(T).Name} of the protocol of names.", e);
        }
    }
}

/// <summary>How the messages are written. Questions with members that nobody knows are refused; in answers a newer host may say more.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    AllowDuplicateProperties = false, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true, MaxDepth = NamesLimits.MaxDepth)]
[JsonSerializable(typeof(StatQuestion))]
[JsonSerializable(typeof(ListQuestion))]
[JsonSerializable(typeof(AclQuestion))]
[JsonSerializable(typeof(OwnerQuestion))]
[JsonSerializable(typeof(LinkQuestion))]
[JsonSerializable(typeof(CommentQuestion))]
[JsonSerializable(typeof(RightQuestion))]
[JsonSerializable(typeof(RemoveQuestion))]
[JsonSerializable(typeof(WireEntry))]
[JsonSerializable(typeof(EntriesAnswer))]
[JsonSerializable(typeof(ChangeAnswer))]
[JsonSerializable(typeof(RemoveAnswer))]
public sealed partial class NamesJson : JsonSerializerContext;
