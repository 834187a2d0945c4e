using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace Mdm.Sql.Postgres;

/// <summary>The only table from PostgreSQL's SQLSTATEs (its manual, appendix A) and the driver's exceptions to <see cref="SqlTrouble"/>.</summary>
internal static class PostgresErrors
{
    public static SqlStoreException Translate(NpgsqlException e) => e switch
    {
        { InnerException: SqlStoreException own } => own,
        PostgresException answer => Translate(answer),
        _ when Cause<AuthenticationException>(e) is { } tls => new(SqlTrouble.Configuration, $"The store's server and this process do not agree on TLS: {tls.Message}", e),
        _ when Cause<TimeoutException>(e) is not null => new(SqlTrouble.Unavailable, "The store's server did not answer in time.", e),
        _ when Cause<IOException>(e) is not null || Cause<SocketException>(e) is not null || e.IsTransient => new(SqlTrouble.Unavailable, "The store's server cannot be reached, or the connection to it was lost.", e),
        _ => new(SqlTrouble.Configuration, $"The store's server was refused or refused this process: {e.Message}", e),
    };

    // The server's own words may hold values, so they are not repeated; the exception inside keeps them away from details (Include Error Detail is off).
    private static SqlStoreException Translate(PostgresException e) => (e.SqlState[..2], e.SqlState) switch
    {
        ("23", _) => new(SqlTrouble.Constraint, $"A rule of the store's schema was broken{Named(e)}.", e),
        ("22", _) => new(SqlTrouble.Constraint, $"A value is not one that its column takes (SQLSTATE {e.SqlState})."),
        (_, "54000") => new(SqlTrouble.Constraint, "A value is longer than an index of the store takes.", e),
        (_, "55P03") => new(SqlTrouble.Busy, "The store is locked by another writer; try again later.", e),
        ("40", _) => new(SqlTrouble.Busy, "The store gave way to another writer; try again.", e),
        (_, "57014") => new(SqlTrouble.Unavailable, "The store's server took longer over a statement than it may.", e),
        ("53", _) => new(SqlTrouble.Unavailable, $"The store's server lacks disk, memory or connections (SQLSTATE {e.SqlState}).", e),
        ("57", _) or ("08", _) or (_, "25P03") => new(SqlTrouble.Unavailable, $"The store's server is stopping, starting, or ended the connection (SQLSTATE {e.SqlState}).", e),
        ("58", _) => new(SqlTrouble.Unavailable, $"The store's server cannot read or write its files (SQLSTATE {e.SqlState}).", e),
        ("XX", "XX001" or "XX002") => new(SqlTrouble.Corrupt, $"The store's server says that its data are damaged (SQLSTATE {e.SqlState}).", e),
        ("28", _) => new(SqlTrouble.Configuration, "The store's server does not accept this user or its password, certificate or address.", e),
        (_, "3D000") => new(SqlTrouble.Configuration, "The store's server has no such database.", e),
        (_, "42501") => new(SqlTrouble.Configuration, "The store's server does not give this user the right to that.", e),
        (_, "25006") => new(SqlTrouble.Configuration, "The store's server takes no writes here (it is a standby, or this is a reader).", e),
        _ => new(SqlTrouble.Configuration, $"The store refused a statement (SQLSTATE {e.SqlState}).", e),
    };

    private static string Named(PostgresException e) => e.ConstraintName is { Length: > 0 } rule ? $" ({rule})" : string.Empty;

    private static T? Cause<T>(Exception e)
        where T : Exception
    {
        for (var cause = e.InnerException; cause is not null; cause = cause.InnerException)
        {
            if (cause is T found)
                return found;
        }
        return null;
    }
}
