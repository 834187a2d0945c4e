using Mdm.Sql;

namespace Mdm.Host.Members;

/// <summary>Milliseconds since 1970 on the clock that leases run on: one for all hosts of a store, whatever their own clocks say.</summary>
internal delegate long StoreClock(SqlSession session);

internal static class StoreClocks
{
    /// <summary>The server's own clock; a file has one host, so that host's.</summary>
    public static StoreClock Of(TimeProvider time) => session => session.Dialect == SqlDialect.Postgres
        ? session.Scalar<long>("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS INTEGER)")
        : time.GetUtcNow().ToUnixTimeMilliseconds();
}
