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
        """
        -- The outbox, by the host whose change each note is of: no other knows when that change has ended. Nobody's ('') are of before there were several.
        CREATE TABLE notes (
            file BLOB NOT NULL,
            host TEXT NOT NULL,
            note INTEGER NOT NULL,
            since INTEGER NOT NULL,
            PRIMARY KEY (host, file)) WITHOUT ROWID;
        INSERT INTO notes (file, host, note, since) SELECT file, '', note, since FROM outbox;
        DROP TABLE outbox;
        -- change: the order in which rotations were made, so that other hosts hear of them.
        ALTER TABLE rotations ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX rotations_by_change ON rotations (change);
        """,
    ]);
}
