using System.Text.Json.Serialization;
using Mdm.Abstractions;
using Mdm.Formats.Shares;

namespace Mdm.Formats.Keystores;

// Protocol version 1: POST ADDRESS/v1/OPERATION, a JSON object each way. Answers tell of each key by itself, in the order asked. docs/decisions/0011-keystores.md.

/// <summary>What a keystore says of one key.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<KeyStatus>))]
public enum KeyStatus
{
    /// <summary>Done, or here it is.</summary>
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>There is no such key, or the caller has no right to know of it.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>A share is held already; nothing was promised.</summary>
    [JsonStringEnumMemberName("held")]
    Held,

    /// <summary>A higher ballot was promised to somebody.</summary>
    [JsonStringEnumMemberName("outbid")]
    Outbid,

    /// <summary>The id is another registrar's or user's.</summary>
    [JsonStringEnumMemberName("taken")]
    Taken,

    /// <summary>The key was destroyed; its id is not used again.</summary>
    [JsonStringEnumMemberName("destroyed")]
    Destroyed,

    /// <summary>Something newer stands there: other rights, another split.</summary>
    [JsonStringEnumMemberName("superseded")]
    Superseded,

    /// <summary>The caller may not do this here.</summary>
    [JsonStringEnumMemberName("denied")]
    Denied,
}

/// <summary>Rights in a message.</summary>
public sealed record WireRights(string Owner, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Group, IReadOnlyList<string> Acl)
{
    /// <summary>As sent.</summary>
    public static WireRights Of(KeyRights rights) => new(rights.Owner.ToString(), rights.Group?.ToString(), [.. rights.Entries.Select(e => e.ToString())]);

    /// <summary>Characters, roughly.</summary>
    [JsonIgnore]
    public int Length => Owner.Length + (Group?.Length ?? 0) + Acl.Sum(e => e.Length + 4);

    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>.</exception>
    public KeyRights ToRights() => Acl.Count > Abstractions.Acl.MaxEntries
        ? throw new MdmException(MdmErrorKind.InvalidName, $"The rights on a key have {Abstractions.Acl.MaxEntries} entries at most.")
        : new KeyRights(DistinguishedName.Parse(Owner), Group is null ? null : Fqan.Parse(Group), Acl.Select(KeyRightsEntry.Parse));
}

/// <summary>A caller that a registrar acts for.</summary>
public sealed record WireCaller(string Subject, IReadOnlyList<string> Fqans, bool IsLimited)
{
    /// <summary>As sent.</summary>
    public static WireCaller Of(GridIdentity caller) => new(caller.Subject.ToString(), [.. (caller.Fqans.IsDefault ? [] : caller.Fqans).Select(f => f.ToString())], caller.IsLimited);

    /// <exception cref="MdmException"><see cref="MdmErrorKind.InvalidName"/>.</exception>
    public GridIdentity ToIdentity() => Fqans.Count > KeystoreLimits.MaxFqans
        ? throw new MdmException(MdmErrorKind.InvalidName, $"A caller holds {KeystoreLimits.MaxFqans} attributes at most.")
        : new GridIdentity(DistinguishedName.Parse(Subject), [.. Fqans.Select(Fqan.Parse)]) { IsLimited = IsLimited };
}

/// <summary><c>read</c>: the shares of keys. <paramref name="For"/>: whose rights count, where a registrar acts for a caller.</summary>
public sealed record ReadRequest(IReadOnlyList<KeyId> Keys, WireCaller? For = null);

/// <summary>Shares: the one in force first.</summary>
public sealed record ReadItem(KeyStatus Status, IReadOnlyList<byte[]>? Shares = null);

/// <summary>The answer to <c>read</c>.</summary>
public sealed record ReadAnswer(IReadOnlyList<ReadItem> Keys);

/// <summary><c>reserve</c>: a promise to take no lower ballot. Without <paramref name="IsForced"/>, of keys that are held already the shares are told and nothing is promised.</summary>
public sealed record ReserveRequest(IReadOnlyList<KeyId> Keys, Ballot Ballot, bool IsForced);

/// <summary>What was promised before, and what was accepted under which ballot.</summary>
public sealed record ReserveItem(KeyStatus Status, Ballot? Promised = null, Ballot? Accepted = null, IReadOnlyList<byte[]>? Shares = null);

/// <summary>The answer to <c>reserve</c>.</summary>
public sealed record ReserveAnswer(IReadOnlyList<ReserveItem> Keys);

/// <summary><c>deposit</c>: keep these shares, if nothing higher was promised. <c>stage</c>: keep them beside those in force until they are promoted.</summary>
public sealed record DepositRequest(IReadOnlyList<DepositItem> Keys, IReadOnlyList<WireRights> Rights);

/// <summary>A share to be kept.</summary>
/// <param name="Id">Which key.</param>
/// <param name="Share">The share.</param>
/// <param name="Ballot">Of the attempt; when staging, the one under which the key was accepted.</param>
/// <param name="Rights">Which of the request's rights.</param>
/// <param name="Stamp">The rights' time, milliseconds since 1970; the latest counts.</param>
/// <param name="Registrar">Who registered it; an administrator says it, others are it.</param>
/// <param name="Replaces">When staging: the split that must be in force; null where the keystore holds none.</param>
public sealed record DepositItem(KeyId Id, byte[] Share, Ballot Ballot, int Rights, long Stamp, string? Registrar = null, SplitId? Replaces = null);

/// <summary><c>rights</c>: replaces the rights of keys.</summary>
/// <param name="Keys">Which.</param>
/// <param name="Rights">What they say.</param>
/// <param name="Stamp">Their time; older ones never replace newer.</param>
/// <param name="Expected">The latest stamp that the caller has seen; something newer is left as it is. Null: replaced whatever was seen.</param>
public sealed record RightsRequest(IReadOnlyList<RightsItem> Keys, IReadOnlyList<WireRights> Rights, long Stamp, long? Expected = null);

/// <summary>Which of the request's rights a key gets.</summary>
public sealed record RightsItem(KeyId Id, int Rights);

/// <summary><c>destroy</c> and <c>forget</c> (an administrator's: the share goes, and nothing is remembered, because the keystore leaves its group).</summary>
public sealed record KeysRequest(IReadOnlyList<KeyId> Keys);

/// <summary><c>promote</c>: the staged share of that split takes the place of the one in force.</summary>
public sealed record PromoteRequest(IReadOnlyList<PromoteItem> Keys);

/// <summary>Which split of a key.</summary>
public sealed record PromoteItem(KeyId Id, SplitId Split);

/// <summary>One status a key.</summary>
public sealed record StatusAnswer(IReadOnlyList<StatusItem> Keys);

/// <summary>What became of one key.</summary>
/// <param name="Status">That.</param>
/// <param name="Promised">When outbid: what was promised.</param>
/// <param name="Stamp">When rights were superseded: the time of those that stand there.</param>
public sealed record StatusItem(KeyStatus Status, Ballot? Promised = null, long? Stamp = null);

/// <summary><c>list</c>: a page of what the caller registered, or of everything for an administrator. <c>describe</c>: these keys.</summary>
public sealed record ListRequest(KeyId? After = null, int Limit = KeystoreLimits.MaxListed, IReadOnlyList<KeyId>? Keys = null);

/// <summary>A page.</summary>
/// <param name="Keys">In ascending order of id; when describing, in the order asked.</param>
/// <param name="Rights">What they refer to.</param>
/// <param name="HasMore">There are further ones.</param>
public sealed record ListAnswer(IReadOnlyList<ListItem> Keys, IReadOnlyList<WireRights> Rights, bool HasMore);

/// <summary>A key as one keystore has it, without the share.</summary>
public sealed record ListItem(
    KeyId Id, KeyStatus Status, int Rights = -1, long Stamp = 0, Ballot Accepted = default, string? Registrar = null, uint Generation = 0, SplitId Split = default, SplitId? Staged = null, int Threshold = 0,
    int Count = 0, int Place = 0);

/// <summary><c>status</c>: what a keystore says of itself to anybody whom it serves.</summary>
public sealed record KeystoreStatus(string Product, long Keys, bool IsAdministrator, bool IsRegistrar, bool MayCreate);
