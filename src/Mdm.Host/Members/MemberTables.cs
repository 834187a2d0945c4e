namespace Mdm.Host.Members;

/// <summary>
/// The tables of hosts that share a store. They stand in the store of requests, so that a lease is looked at and work is claimed in one transaction; what shares that store belongs together.
/// </summary>
internal static class MemberTables
{
    public const string Script =
        """
        -- until: when others take the host for dead, on the store's clock. term: grows each time that a lease begins; what was held in an earlier one is held no more. takes: 0 while it takes up nothing.
        CREATE TABLE member (
            host    TEXT NOT NULL PRIMARY KEY,
            address TEXT NOT NULL,
            term    INTEGER NOT NULL,
            until   INTEGER NOT NULL,
            takes   INTEGER NOT NULL DEFAULT 1
        ) WITHOUT ROWID;
        -- Work of which there is one in all hosts.
        CREATE TABLE lease (
            name TEXT NOT NULL PRIMARY KEY,
            host TEXT NOT NULL,
            term INTEGER NOT NULL
        ) WITHOUT ROWID;
        -- What a host is to look at. note: grows with each telling, so that what is told while the last is being looked at is not lost.
        CREATE TABLE signal (
            host    TEXT NOT NULL,
            kind    TEXT NOT NULL,
            subject TEXT NOT NULL,
            note    INTEGER NOT NULL,
            PRIMARY KEY (host, kind, subject)
        ) WITHOUT ROWID;
        -- What must be the same on all hosts, by a fingerprint.
        CREATE TABLE agreement (
            name        TEXT NOT NULL PRIMARY KEY,
            fingerprint TEXT NOT NULL
        ) WITHOUT ROWID;
        """;

    /// <summary>Added later: what each host has of it, so that one that differs can be named.</summary>
    public const string ToldScript =
        """
        CREATE TABLE told (
            host        TEXT NOT NULL,
            name        TEXT NOT NULL,
            fingerprint TEXT NOT NULL,
            PRIMARY KEY (host, name)
        ) WITHOUT ROWID;
        """;
}
