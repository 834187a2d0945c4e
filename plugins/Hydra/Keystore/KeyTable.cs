using System.Data.Common;
using Mdm.Abstractions;
using Mdm.Formats.Keystores;
using Mdm.Formats.Shares;
using Mdm.Sql;

namespace Mdm.Plugins.Hydra.Keystore;

/// <summary>What a row stands for.</summary>
internal enum KeyState
{
    /// <summary>No share is in force: a promise, or rights or a staged share that came first.</summary>
    Reserved = 0,

    /// <summary>A share is in force.</summary>
    Kept = 1,

    /// <summary>The share was destroyed; the id is not used again.</summary>
    Destroyed = 2,
}

/// <summary>One key, as this keystore has it.</summary>
internal sealed record KeyRow(KeyId Id)
{
    /// <summary>False for a row that is only thought of.</summary>
    public bool IsStored { get; init; }

    public KeyState State { get; init; }

    /// <summary>No lower ballot is taken any more.</summary>
    public Ballot Promised { get; init; }

    /// <summary>Under which the share was taken.</summary>
    public Ballot Accepted { get; init; }

    public byte[]? Share { get; init; }

    public byte[]? Staged { get; init; }

    public DistinguishedName? Registrar { get; init; }

    public KeyRights? Rights { get; init; }

    public long Stamp { get; init; }

    public KeyShare? ShareInForce => Share is null ? null : KeyShare.Parse(Share);

    public KeyShare? StagedShare => Staged is null ? null : KeyShare.Parse(Staged);

    /// <summary>The share in force, then the staged one.</summary>
    public IReadOnlyList<byte[]> Shares => [.. new[] { Share, Staged }.OfType<byte[]>()];
}

/// <summary>The table, for one piece of work on one session.</summary>
internal sealed class KeyTable(SqlSession session)
{
    // Text and BIGINT only: types that SQLite and PostgreSQL share. A single share is no secret to this process.
    public static readonly SqlSchema Schema = new("hydra-keystore",
    [
        """
        CREATE TABLE keys (
            id          TEXT   NOT NULL PRIMARY KEY,                        -- 32 hexadecimal digits
            state       BIGINT NOT NULL CHECK (state IN (0, 1, 2)),         -- reserved, kept, destroyed
            promised    TEXT   NOT NULL,                                    -- ballots: 32 hexadecimal digits
            accepted    TEXT   NOT NULL,
            share       TEXT,                                               -- base64
            staged      TEXT,
            registrar   TEXT,
            owner       TEXT,
            owner_group TEXT,
            acl         TEXT,                                               -- one entry a line
            stamp       BIGINT NOT NULL,                                    -- of the rights: milliseconds since 1970, UTC
            changed     BIGINT NOT NULL
        );
        CREATE INDEX keys_reserved ON keys (changed) WHERE state = 0;
        """,
    ]);

    private const string Columns = "id, state, promised, accepted, share, staged, registrar, owner, owner_group, acl, stamp";

    // No control character may stand in a DN or an FQAN, while a comma may.
    private const char EntrySeparator = '\n';

    /// <summary>The row, or one that is only thought of.</summary>
    public KeyRow Find(KeyId id) => session.First($"SELECT {Columns} FROM keys WHERE id = $1", Read, id.ToString()) ?? new KeyRow(id);

    public void Save(KeyRow row, DateTimeOffset now) => session.Execute(
        """
        INSERT INTO keys (id, state, promised, accepted, share, staged, registrar, owner, owner_group, acl, stamp, changed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, promised = excluded.promised, accepted = excluded.accepted, share = excluded.share, staged = excluded.staged,
            registrar = excluded.registrar, owner = excluded.owner, owner_group = excluded.owner_group, acl = excluded.acl, stamp = excluded.stamp, changed = excluded.changed
        """,
        row.Id.ToString(), (long)row.State, row.Promised.ToString(), row.Accepted.ToString(), Text(row.Share), Text(row.Staged), row.Registrar?.ToString(),
        row.Rights?.Owner.ToString(), row.Rights?.Group?.ToString(), row.Rights is null ? null : string.Join(EntrySeparator, row.Rights.Entries), row.Stamp, now.ToUnixTimeMilliseconds());

    public void Delete(KeyId id) => session.Execute("DELETE FROM keys WHERE id = $1", id.ToString());

    public List<KeyRow> Page(KeyId? after, int limit) =>
        session.Query($"SELECT {Columns} FROM keys WHERE id > $1 ORDER BY id LIMIT $2", Read, after?.ToString() ?? string.Empty, limit);

    public long CountKept() => session.Scalar<long>("SELECT count(*) FROM keys WHERE state = 1");

    /// <summary>Removes promises that no attempt can still rely on.</summary>
    public int CollectReserved(DateTimeOffset before) =>
        session.Execute("DELETE FROM keys WHERE state = 0 AND staged IS NULL AND changed < $1", before.ToUnixTimeMilliseconds());

    private static string? Text(byte[]? share) => share is null ? null : Convert.ToBase64String(share);

    private static KeyRow Read(DbDataReader row) => new(KeyId.Parse(row.GetString(0)))
    {
        IsStored = true,
        State = (KeyState)row.GetInt64(1),
        Promised = Number(row, 2),
        Accepted = Number(row, 3),
        Share = row.IsDBNull(4) ? null : Convert.FromBase64String(row.GetString(4)),
        Staged = row.IsDBNull(5) ? null : Convert.FromBase64String(row.GetString(5)),
        Registrar = row.IsDBNull(6) ? null : DistinguishedName.Parse(row.GetString(6)),
        Rights = row.IsDBNull(7) ? null : new KeyRights(
            DistinguishedName.Parse(row.GetString(7)), row.IsDBNull(8) ? null : Fqan.Parse(row.GetString(8)),
            row.GetString(9).Split(EntrySeparator, StringSplitOptions.RemoveEmptyEntries).Select(KeyRightsEntry.Parse)),
        Stamp = row.GetInt64(10),
    };

    private static Ballot Number(DbDataReader row, int column) =>
        Ballot.TryParse(row.GetString(column), out var ballot) ? ballot : throw new MdmException(MdmErrorKind.Corrupt, "The keystore's store has a row whose ballot cannot be read.");
}
