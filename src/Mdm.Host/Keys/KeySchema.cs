using Mdm.Sql;

namespace Mdm.Host.Keys;

/// <summary>Which file has which content key, and what the keystores are still to be told. The keys themselves are here only where no keystore is configured.</summary>
internal static class KeySchema
{
    public static SqlSchema Schema { get; } = new("keys",
    [
        """
        -- A key that was made, or is about to be: noted before the keystore is asked.
        CREATE TABLE keys (
            file BLOB NOT NULL PRIMARY KEY,
            id BLOB NOT NULL UNIQUE) WITHOUT ROWID;
        -- How often a file's key was rotated; no row is never.
        CREATE TABLE rotations (
            file BLOB NOT NULL PRIMARY KEY,
            number INTEGER NOT NULL) WITHOUT ROWID;
        -- Files whose rights, or whose end, the keystores are to be told. note: grows with each note, so that what is noted while the last is being told is not lost.
        CREATE TABLE outbox (
            file BLOB NOT NULL PRIMARY KEY,
            note INTEGER NOT NULL,
            since INTEGER NOT NULL) WITHOUT ROWID;
        -- Keys that no file has any more, to be destroyed.
        CREATE TABLE retired (id BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID;
        -- The keys of a host without keystores.
        CREATE TABLE local_keys (
            id BLOB NOT NULL PRIMARY KEY,
            content_key BLOB NOT NULL,
            owner TEXT NOT NULL,
            owning_group TEXT NOT NULL,
            acl TEXT NOT NULL) WITHOUT ROWID;
        """,
    ]);
}
