using Mdm.Sql;

namespace Mdm.Host.Publication;

/// <summary>
/// What was seen in archives, by the id of the file that stands for it. Nothing here names an object or a patient: ids, studies, patients and versions are keyed hashes.
/// </summary>
internal static class LedgerSchema
{
    public static SqlSchema Schema { get; } = new("publications",
    [
        """
        CREATE TABLE publications (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            scan INTEGER NOT NULL DEFAULT 0,
            last_run TEXT);
        -- seen: number of the last scan that listed it. misses: complete scans since that did not. removed: 1 when a user removed it. measure: 1 while it waits to be staged once.
        CREATE TABLE objects (
            file BLOB NOT NULL PRIMARY KEY,
            publication INTEGER NOT NULL REFERENCES publications (id),
            study BLOB,
            version BLOB,
            seen INTEGER NOT NULL,
            misses INTEGER NOT NULL DEFAULT 0,
            removed INTEGER NOT NULL DEFAULT 0,
            removed_by TEXT,
            removed_at INTEGER,
            measure INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
        CREATE INDEX objects_of_study ON objects (publication, study);
        CREATE INDEX objects_missed ON objects (publication, file) WHERE misses > 0;
        CREATE INDEX objects_to_measure ON objects (publication, file) WHERE measure = 1;
        CREATE TABLE directories (
            id BLOB NOT NULL PRIMARY KEY,
            publication INTEGER NOT NULL REFERENCES publications (id)) WITHOUT ROWID;
        """,
        """
        -- patient: a keyed hash of the Patient ID, so that all of a patient can be withdrawn without asking an archive.
        ALTER TABLE objects ADD COLUMN patient BLOB;
        CREATE INDEX objects_of_patient ON objects (patient) WHERE patient IS NOT NULL;
        CREATE TABLE withdrawn (
            patient BLOB NOT NULL PRIMARY KEY,
            withdrawn_by TEXT NOT NULL,
            withdrawn_at INTEGER NOT NULL) WITHOUT ROWID;
        -- Objects that could not be de-identified, by the version of the file that was refused.
        CREATE TABLE quarantine (
            file BLOB NOT NULL PRIMARY KEY,
            version TEXT NOT NULL,
            reason TEXT NOT NULL,
            since INTEGER NOT NULL) WITHOUT ROWID;
        """,
    ]);
}
