using Mdm.Sql;

namespace Mdm.Plugins.Lfc;

/// <summary>
/// The tables. An entry knows its parent, not its path, so moving a directory is one row. Owners, groups, ACLs, publications, archives and media types are few and
/// repeat: each text stands once, in <c>terms</c>, and never changes. Names are compared by their UTF-8 bytes on every store.
/// </summary>
internal static class LfcSchema
{
    private const string Terms = """
        CREATE TABLE terms (
            term INTEGER PRIMARY KEY AUTOINCREMENT,
            text TEXT NOT NULL UNIQUE
        );

        """;

    // A long ACL does not fit into the pages of PostgreSQL's ordered index; by hash it does, and a term is never looked for otherwise than whole.
    private const string TermsOnPostgres = """
        CREATE TABLE terms (
            term INTEGER PRIMARY KEY AUTOINCREMENT,
            text TEXT NOT NULL,
            EXCLUDE USING hash (text WITH =)
        );

        """;

    private const string Entries = """
        CREATE TABLE entries (
            entry       INTEGER PRIMARY KEY,
            id          BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
            parent      INTEGER REFERENCES entries (entry),          -- NULL: the root
            name        TEXT    NOT NULL,
            kind        INTEGER NOT NULL CHECK (kind IN (0, 1, 2)),  -- directory, file, link
            owner       INTEGER NOT NULL REFERENCES terms (term),
            owner_group INTEGER NOT NULL REFERENCES terms (term),
            acl         INTEGER NOT NULL REFERENCES terms (term),
            acl_version INTEGER NOT NULL,
            publication INTEGER REFERENCES terms (term),
            archive     INTEGER REFERENCES terms (term),
            media_type  INTEGER REFERENCES terms (term),
            object      TEXT,
            target      TEXT,
            created     INTEGER NOT NULL,                            -- milliseconds since 1970, UTC
            modified    INTEGER NOT NULL,
            length      INTEGER,
            adler32     INTEGER
        );
        CREATE UNIQUE INDEX entries_by_name ON entries (parent, name);
        -- What a move has to look at, and no file.
        CREATE INDEX directories_by_parent ON entries (parent) WHERE kind = 0;
        """;

    // What users wrote is of one entry each: no term. Who may find a file is a list like the others.
    private const string Comments = """
        ALTER TABLE entries ADD COLUMN comment TEXT;
        ALTER TABLE entries ADD COLUMN search_acl INTEGER REFERENCES terms (term);
        """;

    public static readonly SqlSchema Schema = new("lfc", [new SqlMigration(Terms + Entries, Postgres: TermsOnPostgres + Entries), Comments]);
}
