namespace Mdm.Sql;

/// <summary>One step of a schema: a script of constant statements.</summary>
/// <param name="Script">In the form that both kinds of store share; see docs/decisions/0009-server-store.md.</param>
/// <param name="Postgres">In place of <paramref name="Script"/> where PostgreSQL needs other tables; the same form.</param>
public sealed record SqlMigration(string Script, string? Postgres = null)
{
    /// <summary>A script for both.</summary>
    public static implicit operator SqlMigration(string script) => FromString(script);

    /// <summary>A script for both.</summary>
    public static SqlMigration FromString(string script) => new(script);

    internal string For(SqlDialect dialect) => dialect == SqlDialect.Postgres && Postgres is not null ? Postgres : Script;
}
