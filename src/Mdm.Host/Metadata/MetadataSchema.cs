using Mdm.Sql;

namespace Mdm.Host.Metadata;

/// <summary>What the host remembers of rows in the metadata. Nothing here names an object or a patient: digests are keyed.</summary>
internal static class MetadataSchema
{
    public static SqlSchema Schema { get; } = new("metadata_rows",
    [
        """
        -- digest: of what a listing gave for the row, last put. described: the version of the file whose header completed it.
        CREATE TABLE rows (
            file BLOB NOT NULL PRIMARY KEY,
            collection TEXT NOT NULL,
            digest BLOB,
            described TEXT) WITHOUT ROWID;
        -- Attributes that rows of a collection may hold, since they once were on its allow-list.
        CREATE TABLE attributes (
            collection TEXT NOT NULL,
            keyword TEXT NOT NULL,
            PRIMARY KEY (collection, keyword)) WITHOUT ROWID;
        -- Entries (directories stand for all below them) of which the metadata must be told; note grows with each reason.
        CREATE TABLE outbox (
            entry BLOB NOT NULL PRIMARY KEY,
            note INTEGER NOT NULL,
            since INTEGER NOT NULL) WITHOUT ROWID;
        """,
        """
        -- What each collection was when rows were last put into it: another id is another collection, without them.
        CREATE TABLE collections (
            collection TEXT NOT NULL PRIMARY KEY,
            id TEXT NOT NULL) WITHOUT ROWID;
        """,
        """
        -- The outbox, by the host whose change each note is of: no other knows when that change has ended. Nobody's ('') are of before there were several.
        CREATE TABLE notes (
            entry BLOB NOT NULL,
            host TEXT NOT NULL,
            note INTEGER NOT NULL,
            since INTEGER NOT NULL,
            PRIMARY KEY (host, entry)) WITHOUT ROWID;
        INSERT INTO notes (entry, host, note, since) SELECT entry, '', note, since FROM outbox;
        DROP TABLE outbox;
        """,
    ]);
}
