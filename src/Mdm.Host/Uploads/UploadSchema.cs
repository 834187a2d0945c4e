using Mdm.Sql;

namespace Mdm.Host.Uploads;

/// <summary>The tables of puts, of the room they take, and of what came by them.</summary>
internal static class UploadSchema
{
    /// <summary>States up to this one are open; the index over names says so too.</summary>
    public const int LastOpen = (int)UploadState.Entering;

    public static SqlSchema Schema { get; } = new("uploads",
    [
        """
        CREATE TABLE request (
            token       TEXT NOT NULL PRIMARY KEY,
            subject     TEXT NOT NULL,
            description TEXT,
            created     INTEGER NOT NULL,
            deadline    INTEGER NOT NULL,
            overwriting INTEGER NOT NULL,
            ended       INTEGER
        ) WITHOUT ROWID;
        CREATE INDEX request_by_subject ON request (subject, created);
        CREATE INDEX request_by_end ON request (ended);
        CREATE TABLE upload (
            token       TEXT NOT NULL REFERENCES request (token) ON DELETE CASCADE,
            position    INTEGER NOT NULL,
            surl        TEXT NOT NULL,
            asked       TEXT,
            path        TEXT,
            publication TEXT,
            archive     TEXT,
            state       INTEGER NOT NULL,
            cause       INTEGER,
            error       INTEGER,
            message     TEXT,
            host        TEXT NOT NULL,
            base        TEXT NOT NULL,
            turl_until  INTEGER NOT NULL,
            space       TEXT,
            reserved    INTEGER NOT NULL,
            expected    INTEGER,
            lifetime    INTEGER,
            attempt     INTEGER NOT NULL,
            object      TEXT,
            media       TEXT,
            length      INTEGER,
            adler       INTEGER,
            since       INTEGER NOT NULL,
            replaces    BLOB,
            subject     TEXT NOT NULL,
            PRIMARY KEY (token, position)
        ) WITHOUT ROWID;
        -- One name is put once at a time.
        CREATE UNIQUE INDEX upload_of_name ON upload (path) WHERE state <= 4;
        CREATE INDEX upload_due ON upload (turl_until) WHERE state <= 4;
        CREATE INDEX upload_of_subject ON upload (subject) WHERE state <= 4;
        -- Objects that may be in an archive and stand for no file: noted before the first byte goes, struck out when a file stands for them or they are erased.
        CREATE TABLE stray (
            archive  TEXT NOT NULL,
            object   TEXT NOT NULL,
            token    TEXT NOT NULL,
            position INTEGER NOT NULL,
            attempt  INTEGER NOT NULL,
            host     TEXT NOT NULL,
            since    INTEGER NOT NULL,
            PRIMARY KEY (archive, object)
        ) WITHOUT ROWID;
        -- Files that came by puts. leaving: since when the file is to go, or is gone, and its object with it.
        CREATE TABLE stored (
            file        BLOB NOT NULL PRIMARY KEY,
            publication TEXT NOT NULL,
            archive     TEXT NOT NULL,
            object      TEXT NOT NULL,
            space       TEXT,
            length      INTEGER NOT NULL,
            expires     INTEGER,
            leaving     INTEGER
        ) WITHOUT ROWID;
        CREATE INDEX stored_expires ON stored (expires) WHERE expires IS NOT NULL;
        CREATE INDEX stored_leaving ON stored (leaving) WHERE leaving IS NOT NULL;
        CREATE INDEX stored_in_space ON stored (space) WHERE space IS NOT NULL;
        -- Configured areas (area null) and what was carved out of them.
        CREATE TABLE space (
            token       TEXT NOT NULL PRIMARY KEY,
            area        TEXT,
            subject     TEXT,
            description TEXT,
            total       INTEGER NOT NULL,
            used        INTEGER NOT NULL,
            created     INTEGER NOT NULL,
            expires     INTEGER
        ) WITHOUT ROWID;
        CREATE INDEX space_of_area ON space (area) WHERE area IS NOT NULL;
        """,
        // The states that a file had: 'state@milliseconds', a blank before each.
        """
        ALTER TABLE upload ADD COLUMN history TEXT NOT NULL DEFAULT '';
        """,
    ]);
}
