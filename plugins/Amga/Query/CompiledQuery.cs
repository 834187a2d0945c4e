using System.Collections.Immutable;

namespace Mdm.Plugins.Amga.Query;

/// <summary>A statement for <see cref="Mdm.Sql.SqlSession"/>. Its text depends on the query's shape and never on a value in it; shapes are as many as clients think of, so it is not one of the few that a session keeps prepared.</summary>
/// <param name="Sql">With the parameters $1, $2, ….</param>
/// <param name="Values">Of the parameters.</param>
/// <param name="Columns">Types of what comes back, for <see cref="AmgaValue.Format"/>; empty for a change.</param>
/// <param name="Attributes">Names of the attributes that come back or decide what does.</param>
internal sealed record CompiledQuery(string Sql, ImmutableArray<object?> Values, ImmutableArray<AmgaType> Columns, ImmutableArray<string> Attributes);

/// <summary>A change of entries.</summary>
/// <param name="Change">The statement.</param>
/// <param name="Misfits">Counts the entries whose new values do not fit their attribute's type; null where all do. To be asked before the change, in its transaction: above 0 the answer is <see cref="AmgaError.WrongType"/>.</param>
internal sealed record CompiledUpdate(CompiledQuery Change, CompiledQuery? Misfits);

/// <summary>A predicate over the rows of one table, for check constraints.</summary>
/// <param name="Sql">True, false or unknown of a row of the table under the alias <see cref="Alias"/>.</param>
/// <param name="Values">Of the parameters, from $1 on.</param>
/// <param name="Attributes">Names of the attributes that decide it.</param>
internal sealed record CompiledPredicate(string Sql, ImmutableArray<object?> Values, ImmutableArray<string> Attributes)
{
    public const string Alias = "d0";
}

/// <summary>Whose query it is, and where it runs.</summary>
/// <param name="Names">What the caller may know of.</param>
/// <param name="Main">The absolute path that attributes without a directory belong to.</param>
/// <param name="Dialect">Which store.</param>
/// <param name="Now">What <c>now()</c> is; UTC.</param>
internal sealed record QueryContext(IQueryNames Names, string Main, Mdm.Sql.SqlDialect Dialect, DateTimeOffset Now)
{
    public Binder Binder() => new(Names, Main, AmgaValue.Microseconds(Now.UtcDateTime));
}
