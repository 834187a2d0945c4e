namespace Mdm.Plugins.Amga.Query;

/// <summary>How much a query may be, each limit named in the error of who exceeds it. docs/query-language.md has the same table.</summary>
internal static class QueryLimits
{
    /// <summary>Characters of a condition, an expression or a column.</summary>
    public const int MaxTextLength = 64 * 1024;

    /// <summary>Parentheses, functions and operators within each other; also a chain of arithmetic, in which each operator stands on what is left of it.</summary>
    public const int MaxDepth = 100;

    /// <summary>Operators, values, names and functions of one text.</summary>
    public const int MaxNodes = 10_000;

    /// <summary>Directories that one query joins.</summary>
    public const int MaxDirectories = 8;

    /// <summary>Characters of a pattern of <c>like</c> or of entry names.</summary>
    public const int MaxPatternLength = 1_000;

    /// <summary>Keys after <c>order by</c>, and attributes after <c>group by</c>.</summary>
    public const int MaxOrderKeys = 16;

    /// <summary>Columns of a <c>selectattr</c>, and attributes that one update sets.</summary>
    public const int MaxColumns = 256;

    /// <summary>Values that <c>concat</c> and <c>coalesce</c> take.</summary>
    public const int MaxArguments = 100;

    /// <summary>Parameters of the SQL that comes of it; SQLite has no more than 32,766.</summary>
    public const int MaxValues = 30_000;

    /// <summary>Characters of a number, and the largest exponent: no double is larger.</summary>
    public const int MaxNumberLength = 400;

    /// <summary>Characters of the SQL that comes of it: <c>between</c> and <c>in</c> repeat what stands before them.</summary>
    public const int MaxStatementLength = 1024 * 1024;

    public static AmgaException Exceeded(string limit, int most) => new(AmgaError.QueryError, FormattableString.Invariant($"The query has more {limit} than the {most} that are allowed."));
}
