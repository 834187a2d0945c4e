namespace Mdm.Sql;

/// <summary>Which kind of database a session speaks to; for the few statements that cannot be written for both.</summary>
public enum SqlDialect
{
    /// <summary>A file of this machine.</summary>
    Sqlite,

    /// <summary>A server.</summary>
    Postgres,
}
