using Mdm.Abstractions;
using Mdm.Formats.Keystores;
using Mdm.Formats.Shares;

namespace Mdm.Plugins.Hydra.Keystore;

/// <summary>What each operation does with one key, in the transaction of its request. Refused and missing keys get one answer from one place: <see cref="KeyStatus.None"/>.</summary>
internal sealed class KeyWork(KeyTable table, CallerRole role, DateTimeOffset now)
{
    public ReadItem Read(KeyId id, GridIdentity? actsFor)
    {
        var row = table.Find(id);
        var may = actsFor is null ? role.May(KeyRight.Get, row) : role.MayFor(actsFor, row);
        return may && row.Shares is { Count: > 0 } shares ? new ReadItem(KeyStatus.Ok, shares) : new ReadItem(KeyStatus.None);
    }

    /// <summary>Phase one of registering. Null where a promise would have to be written and <paramref name="mayWrite"/> is false.</summary>
    public ReserveItem? Reserve(KeyId id, Ballot ballot, bool isForced, bool mayWrite)
    {
        if (!role.MayCreate)
            return new ReserveItem(KeyStatus.Denied);
        var row = table.Find(id);
        if (!role.MayRegister(row))
            return new ReserveItem(KeyStatus.Taken);
        if (row.State == KeyState.Destroyed)
            return new ReserveItem(KeyStatus.Destroyed);
        Ballot? accepted = row.Shares.Count > 0 ? row.Accepted : null;
        if (row.Shares.Count > 0 && !isForced)
            return new ReserveItem(KeyStatus.Held, null, accepted, row.Shares);
        if (ballot.CompareTo(row.Promised) < 0)
            return new ReserveItem(KeyStatus.Outbid, row.Promised, accepted, row.Shares);
        if (!mayWrite)
            return null;
        table.Save(row with { Promised = ballot }, now);
        return new ReserveItem(KeyStatus.Ok, null, accepted, row.Shares);
    }

    /// <summary>Phase two of registering.</summary>
    public StatusItem Deposit(DepositItem item, KeyRights rights)
    {
        if (!role.MayCreate)
            return new StatusItem(KeyStatus.Denied);
        using var share = ShareOf(item);
        var row = table.Find(item.Id);
        if (!role.MayRegister(row))
            return new StatusItem(KeyStatus.Taken);
        if (row.State == KeyState.Destroyed)
            return new StatusItem(KeyStatus.Destroyed);
        if (item.Ballot.CompareTo(row.Promised) < 0)
            return new StatusItem(KeyStatus.Outbid, row.Promised);
        using var inForce = row.ShareInForce;
        // A refresh went by: what is older must not come back.
        if (inForce?.Generation > share.Generation)
            return new StatusItem(KeyStatus.Superseded);
        table.Save(WithRights(row, item, rights) with { State = KeyState.Kept, Promised = item.Ballot, Accepted = item.Ballot, Share = item.Share }, now);
        return new StatusItem(KeyStatus.Ok);
    }

    public StatusItem SetRights(KeyId id, KeyRights rights, long stamp, long? expected)
    {
        var row = table.Find(id);
        if (row.State == KeyState.Reserved && (role.Registrars is not null || role.IsAdministrator) && role.MayRegister(row))
        {
            // The share may come later, by a repair that has seen the old rights only.
            if (IsNewer(rights, stamp, row))
                table.Save(row with { Rights = rights, Stamp = stamp, Registrar = row.Registrar ?? role.Caller.Subject }, now);
            return new StatusItem(KeyStatus.None);
        }
        if (row.State == KeyState.Destroyed && role.MayRegister(row))
            return new StatusItem(KeyStatus.Destroyed);
        if (!role.May(KeyRight.Permission, row) || row.State != KeyState.Kept)
            return new StatusItem(KeyStatus.None);
        if (row.Stamp > expected || !IsNewer(rights, stamp, row))
            return row.Stamp == stamp && rights.Equals(row.Rights) ? new StatusItem(KeyStatus.Ok) : new StatusItem(KeyStatus.Superseded, Stamp: row.Stamp);
        table.Save(row with { Rights = rights, Stamp = stamp }, now);
        return new StatusItem(KeyStatus.Ok);
    }

    public StatusItem Destroy(KeyId id)
    {
        var row = table.Find(id);
        var isOwn = (role.Registrars is not null || role.IsAdministrator) && role.MayRegister(row);
        if (row.State == KeyState.Destroyed)
            return new StatusItem(isOwn ? KeyStatus.Destroyed : KeyStatus.None);
        if (!isOwn && (row.State != KeyState.Kept || !role.May(KeyRight.Delete, row)))
            return new StatusItem(KeyStatus.None);
        // Remembered also where nothing was: a share that is under way must not come to life.
        table.Save(new KeyRow(id) { State = KeyState.Destroyed, Promised = row.Promised, Registrar = row.Registrar ?? role.Caller.Subject }, now);
        return new StatusItem(row.State == KeyState.Kept ? KeyStatus.Ok : KeyStatus.Destroyed);
    }

    /// <summary>A share of a coming generation, beside the one in force.</summary>
    public StatusItem Stage(DepositItem item, KeyRights rights)
    {
        if (!role.IsAdministrator)
            return new StatusItem(KeyStatus.Denied);
        using var share = ShareOf(item);
        var row = table.Find(item.Id);
        if (row.State == KeyState.Destroyed)
            return new StatusItem(KeyStatus.Destroyed);
        using var inForce = row.ShareInForce;
        if (inForce?.Split != item.Replaces || inForce?.Generation >= share.Generation)
            return new StatusItem(KeyStatus.Superseded);
        var staged = row with { Staged = item.Share };
        table.Save(inForce is null ? WithRights(staged, item, rights) with { Accepted = item.Ballot } : staged, now);
        return new StatusItem(KeyStatus.Ok);
    }

    public StatusItem Promote(KeyId id, SplitId split)
    {
        if (!role.IsAdministrator)
            return new StatusItem(KeyStatus.Denied);
        var row = table.Find(id);
        using var inForce = row.ShareInForce;
        using var staged = row.StagedShare;
        if (inForce?.Split == split)
            return new StatusItem(KeyStatus.Ok);
        if (staged?.Split != split)
            return new StatusItem(row.State == KeyState.Destroyed ? KeyStatus.Destroyed : KeyStatus.Superseded);
        table.Save(row with { State = KeyState.Kept, Share = row.Staged, Staged = null }, now);
        return new StatusItem(KeyStatus.Ok);
    }

    public StatusItem Forget(KeyId id)
    {
        if (!role.IsAdministrator)
            return new StatusItem(KeyStatus.Denied);
        table.Delete(id);
        return new StatusItem(KeyStatus.Ok);
    }

    /// <summary>Everything but the share; null where the caller may not know of it.</summary>
    public static ListItem? Describe(KeyRow row, Func<KeyRights, int> numberOf)
    {
        if (row.State == KeyState.Destroyed)
            return new ListItem(row.Id, KeyStatus.Destroyed, Registrar: row.Registrar?.ToString());
        using var inForce = row.ShareInForce;
        using var staged = row.StagedShare;
        if ((inForce ?? staged) is not { } share || row.Rights is not { } rights)
            return null;
        return new ListItem(row.Id, inForce is null ? KeyStatus.None : KeyStatus.Ok, numberOf(rights), row.Stamp, row.Accepted, row.Registrar?.ToString(), share.Generation, inForce?.Split ?? default, staged?.Split, share.Threshold,
            share.Count, share.Place);
    }

    private KeyRow WithRights(KeyRow row, DepositItem item, KeyRights rights)
    {
        var named = role.IsAdministrator && item.Registrar is { } text ? DistinguishedName.Parse(text) : role.Caller.Subject;
        var known = row with { Registrar = row.Registrar ?? named };
        return IsNewer(rights, item.Stamp, row) ? known with { Rights = rights, Stamp = item.Stamp } : known;
    }

    // The latest change counts at every keystore, in whatever order changes arrive; of two in one millisecond, the same one everywhere.
    private static bool IsNewer(KeyRights rights, long stamp, KeyRow row) =>
        row.Rights is null || stamp > row.Stamp
        || (stamp == row.Stamp && string.CompareOrdinal(string.Join('\n', rights.Entries) + rights.Owner, string.Join('\n', row.Rights.Entries) + row.Rights.Owner) > 0);

    private static KeyShare ShareOf(DepositItem item)
    {
        var share = KeyShare.Parse(item.Share);
        return share.KeyId == item.Id ? share : throw new MdmException(MdmErrorKind.InvalidName, $"The share is not of the key {item.Id}.");
    }
}
