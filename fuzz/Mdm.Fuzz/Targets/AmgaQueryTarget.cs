using System.Buffers;
using System.Text;
using Mdm.Plugins.Amga;
using Mdm.Plugins.Amga.Query;
using Mdm.Sql;

namespace Mdm.Fuzz.Targets;

/// <summary>Conditions of metadata clients: parsed, written and parsed again, and compiled for both stores.</summary>
internal static class AmgaQueryTarget
{
    // All that statements are made of: no text of a client is among it.
    private static readonly SearchValues<char> Statement = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,()+-*/%<>=|&~$ ");

    // The texts that the compiler itself writes.
    private static readonly string[] Quoted = ["COLLATE \"C\"", "'integer'", "'%Y'", "'%m'", "'%d'", "'unixepoch'", "'1970-01-01'", "ESCAPE '\\'"];

    private static readonly string[] Seeds =
    [
        "Modality = \"CT\" and StudyDate >= 20200101 order by StudyDate desc limit 10 offset 5", "like(/jobdir:FILE, \"t%\")", "/a:p = \"v\" and /a:q > 3",
        "not (i + 1 * -2 > 3.5e2 / n or v is not null) and t between \"2020-01-02\" and \"2020-01-02 03:04:05.000006\"",
        "i in (1, 2, 3) or v not in ('a', \"b\\\"c\") or v not like \"x\\%_%\"", "substr(upper(trim(v)), 1, length(v) - 1) = concat(lower(v), \"x\", FILE)",
        "mod(abs(round(n)), 7) = floor(f) + ceil(sqrt(f)) - coalesce(i, n, f)", "year(t) = 2020 and month(now()) < 12 and second(sub-1:t) != day(./x:t)", "group by v, i order by v asc, i desc limit 1", "",
    ];

    public static FuzzTarget Target() => new("amga-query", InputShape.Text, _ => [.. Seeds.Select(Encoding.UTF8.GetBytes)], Accepts)
    {
        Tokens =
        [
            .. new[] { " and ", " or ", "not ", " is null", " in (", " between ", " like ", "order by ", " limit 1", " offset 1", "(((((((((((((((((((((", "))))", "\"", "'", "\\", "/d:i", ".:FILE", "coalesce(", "count(*)", "- - - ", "i", "v", "t", "f", "n", "1e308", ":", "--", "/*", ";" }
                .Select(Encoding.UTF8.GetBytes),
        ],
        MaxLength = QueryLimits.MaxTextLength + 16,
    };

    private static bool Accepts(byte[] input)
    {
        var text = Encoding.UTF8.GetString(input);
        try
        {
            var condition = Parser.ParseCondition(text);
            if (condition.Where is { } where)
                ReadAgain(where);
        }
        catch (AmgaException)
        {
            return false;
        }
        return Compiles(text);
    }

    private static void ReadAgain(Expression expression)
    {
        var written = ExpressionText.Of(expression);
        try
        {
            if (ExpressionText.Of(Parser.ParseExpression(written)) != written)
                throw new FindingException("what is read, written and read again is another condition");
        }
        catch (AmgaException e) when (written.Length > QueryLimits.MaxTextLength || e.Message.Contains("levels of nesting", StringComparison.Ordinal))
        {
            // The parentheses that were put in are more than may be read.
        }
        catch (AmgaException e)
        {
            throw new FindingException($"what was written is not read: {e.Message}");
        }
    }

    private static bool Compiles(string text)
    {
        foreach (var dialect in Enum.GetValues<SqlDialect>())
        {
            var context = new QueryContext(Names.Instance, "/m", dialect, DateTimeOffset.UnixEpoch);
            Check(() => QueryCompiler.Select(["v", "sub-1:i"], text, context));
            Check(() => QueryCompiler.Find(null, text, context));
        }
        return true;
    }

    private static void Check(Func<CompiledQuery> compile)
    {
        CompiledQuery query;
        try
        {
            query = compile();
        }
        catch (AmgaException)
        {
            // An attribute that is not there, or kinds that do not fit.
            return;
        }
        var rest = Quoted.Aggregate(query.Sql, static (sql, own) => sql.Replace(own, string.Empty, StringComparison.Ordinal));
        if (rest.AsSpan().ContainsAnyExcept(Statement) || rest.Contains("--", StringComparison.Ordinal) || rest.Contains("/*", StringComparison.Ordinal))
            throw new FindingException("something of a condition is in its statement");
    }

    private sealed class Names : IQueryNames
    {
        public static readonly Names Instance = new();

        public QueryCollection? Find(string path) => path is "/m" or "/m/sub-1" or "/a" or "/d" ? new QueryCollection(path, path == "/m" ? "t1" : "t2", "name", "id",
        [
            new QueryColumn("i", "c1", new AmgaType(AmgaKind.Int, "int")), new QueryColumn("f", "c2", new AmgaType(AmgaKind.Float, "float")),
            new QueryColumn("n", "c3", new AmgaType(AmgaKind.Numeric, "numeric(9,2)", 9, 2)), new QueryColumn("v", "c4", new AmgaType(AmgaKind.Varchar, "varchar(9)", 9)),
            new QueryColumn("t", "c5", new AmgaType(AmgaKind.Timestamp, "timestamp")), new QueryColumn("Modality", "c6", new AmgaType(AmgaKind.Text, "text")),
            new QueryColumn("StudyDate", "c7", new AmgaType(AmgaKind.Timestamp, "timestamp")),
        ]) : null;

        public string Absolute(string path) => path.StartsWith('/') ? path : path == "." ? "/m" : "/m/" + path;
    }
}
