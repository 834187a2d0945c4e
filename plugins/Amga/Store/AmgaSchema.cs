using Mdm.Plugins.Amga.Rights;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Store;

/// <summary>
/// The catalogue's tables. What clients call directories, attributes and indices are SQL tables, columns and indices of their own, made at run time and named by their numbers here
/// (<c>e5</c>, <c>a17</c>): no client's word becomes a name in SQL.
/// </summary>
internal static class AmgaSchema
{
    private const string Directories = """
        CREATE TABLE catalogue (
            version INTEGER NOT NULL   -- grows with each change of what the tables below say: directories that were read before are read again
        );
        CREATE TABLE dirs (
            dir       INTEGER PRIMARY KEY AUTOINCREMENT,
            parent    INTEGER REFERENCES dirs (dir),      -- NULL: the root
            path      TEXT    NOT NULL UNIQUE,
            owner     TEXT    NOT NULL,
            bits      INTEGER NOT NULL,                   -- the owner's: 4 read, 2 write, 1 list attributes
            options   INTEGER NOT NULL,                   -- DirectoryOptions
            has_files INTEGER NOT NULL,                   -- 1: rows may belong to files of the catalogue
            view_of   INTEGER REFERENCES dirs (dir),      -- NULL: a directory with a table
            condition TEXT                                -- which rows a view shows
        );
        CREATE INDEX dirs_by_parent ON dirs (parent);
        CREATE TABLE attrs (
            attr       INTEGER PRIMARY KEY AUTOINCREMENT,
            dir        INTEGER NOT NULL REFERENCES dirs (dir),
            name       TEXT    NOT NULL,
            kind       INTEGER NOT NULL,
            declared   TEXT    NOT NULL,
            length     INTEGER NOT NULL,
            scale      INTEGER NOT NULL,
            attr_group TEXT    NOT NULL,                  -- empty: none
            is_multi   INTEGER NOT NULL,                  -- 1: some value is a list
            UNIQUE (dir, name)
        );
        CREATE TABLE view_attrs (
            dir      INTEGER NOT NULL REFERENCES dirs (dir),
            position INTEGER NOT NULL,
            attr     INTEGER NOT NULL REFERENCES attrs (attr),
            PRIMARY KEY (dir, position)
        );
        """;

    private const string Rules = """
        CREATE TABLE acl (
            dir         INTEGER NOT NULL REFERENCES dirs (dir),
            grp         TEXT    NOT NULL,
            bits        INTEGER NOT NULL,
            is_declared INTEGER NOT NULL,                 -- 1: by a publication, which replaces it; 0: by a user
            PRIMARY KEY (dir, grp)
        );
        CREATE TABLE entry_acl (
            dir   INTEGER NOT NULL REFERENCES dirs (dir),
            entry INTEGER NOT NULL,
            grp   TEXT    NOT NULL,
            bits  INTEGER NOT NULL,
            PRIMARY KEY (dir, entry, grp)
        );
        -- A group of attributes that stands here is there only for whom attr_acl names.
        CREATE TABLE attr_groups (
            dir        INTEGER NOT NULL REFERENCES dirs (dir),
            attr_group TEXT    NOT NULL,
            PRIMARY KEY (dir, attr_group)
        );
        CREATE TABLE attr_acl (
            dir         INTEGER NOT NULL REFERENCES dirs (dir),
            attr_group  TEXT    NOT NULL,
            grp         TEXT    NOT NULL,
            bits        INTEGER NOT NULL,
            is_declared INTEGER NOT NULL,
            PRIMARY KEY (dir, attr_group, grp)
        );
        CREATE TABLE rules (
            rule       INTEGER PRIMARY KEY AUTOINCREMENT,
            dir        INTEGER NOT NULL REFERENCES dirs (dir),
            name       TEXT    NOT NULL,
            kind       INTEGER NOT NULL,                  -- RuleKind
            attr       INTEGER REFERENCES attrs (attr),
            ref_attr   INTEGER REFERENCES attrs (attr),
            expression TEXT,
            UNIQUE (dir, name)
        );
        CREATE TABLE indices (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            dir    INTEGER NOT NULL REFERENCES dirs (dir),
            name   TEXT    NOT NULL,
            kind   TEXT    NOT NULL,
            attrs  TEXT    NOT NULL,                      -- their numbers, in order
            UNIQUE (dir, name)
        );
        CREATE TABLE sequences (
            dir       INTEGER NOT NULL REFERENCES dirs (dir),
            name      TEXT    NOT NULL,
            increment INTEGER NOT NULL,
            next      INTEGER NOT NULL,
            PRIMARY KEY (dir, name)
        );
        """;

    private const string People = """
        CREATE TABLE users (
            name     TEXT NOT NULL PRIMARY KEY,
            password TEXT                                  -- derived; NULL: none
        );
        CREATE TABLE subjects (
            subject TEXT NOT NULL PRIMARY KEY,
            name    TEXT NOT NULL REFERENCES users (name)
        );
        CREATE TABLE groups (
            name TEXT NOT NULL PRIMARY KEY                 -- owner:name
        );
        CREATE TABLE members (
            grp  TEXT NOT NULL REFERENCES groups (name),
            name TEXT NOT NULL,
            PRIMARY KEY (grp, name)
        );
        CREATE INDEX members_by_name ON members (name);
        CREATE TABLE sites (
            site   INTEGER PRIMARY KEY AUTOINCREMENT,
            name   TEXT NOT NULL UNIQUE,
            server TEXT NOT NULL
        );
        CREATE TABLE replicas (
            guid TEXT    NOT NULL,
            site INTEGER NOT NULL REFERENCES sites (site),
            PRIMARY KEY (guid, site)
        );
        """;

    private const string DeclaredIds = """
        ALTER TABLE dirs ADD COLUMN declared_id TEXT;       -- a publication's collection: made at random with it, so that one that was lost and made anew is another
        """;

    private const string FileNames = """
        UPDATE catalogue SET version = version + 1;         -- entries of files are guid:8-4-4-4-12 from here on (Prepare renames them), which an older program would not know
        """;

    public static readonly SqlSchema Schema = new("amga", [Directories + Rules + People, DeclaredIds, FileNames]);

    /// <summary>What always exists: the version, the root directory that everybody may list, and the user <c>root</c>.</summary>
    public static void Prepare(SqlSession session)
    {
        if (session.Scalar<long>("SELECT count(*) FROM catalogue") != 0)
        {
            foreach (var directory in session.Query("SELECT dir FROM dirs WHERE has_files = 1", static row => row.GetInt64(0)))
                EntryTable.NameFiles(session, directory);
            return;
        }
        session.Execute("INSERT INTO catalogue (version) VALUES (1)");
        var root = session.Scalar<long>("INSERT INTO dirs (parent, path, owner, bits, options, has_files) VALUES (NULL, '/', 'root', 7, 0, 0) RETURNING dir");
        session.Execute("INSERT INTO acl (dir, grp, bits, is_declared) VALUES ($1, $2, 5, 0)", root, Principals.AnyUser);
        session.Execute("INSERT INTO users (name) VALUES ('root')");
        EntryTable.Create(session, root);
    }
}
