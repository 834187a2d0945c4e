using System.Globalization;
using Mdm.Plugins.Amga.Query;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Queries, and changes by condition.</summary>
internal static class QueryCommands
{
    public static readonly CommandEntry[] All =
    [
        new("find", "metadata", "PATTERN 'CONDITION'", 1, 2, static (session, arguments, answer, cancellationToken) =>
            session.StreamAsync((request, spool) => Find(request, arguments[0], arguments.Or(1, string.Empty), spool), answer, cancellationToken)),
        new("selectattr", "metadata", "[distinct] DIR:ATTR… 'CONDITION'", 2, CommandEntry.Any, static (session, arguments, answer, cancellationToken) =>
            session.StreamAsync((request, spool) => Select(request, session.Directory, [.. arguments.From(0).Take(arguments.Count - 1)], arguments[arguments.Count - 1], spool), answer, cancellationToken)),
        new("updateattr", "metadata", "PATTERN ATTR 'EXPRESSION'… 'CONDITION'", 4, CommandEntry.Any, Update(isSingle: false)),
        new("update", "metadata", "PATTERN ATTR 'EXPRESSION'… 'CONDITION'", 4, CommandEntry.Any, Update(isSingle: false)),
        new("updateattr_single", "metadata", "PATTERN ATTR 'EXPRESSION'… 'CONDITION'", 4, CommandEntry.Any, Update(isSingle: true)),
    ];

    private static void Find(Request request, string path, string condition, Spool spool)
    {
        var (main, names) = Split(request, path);
        var query = QueryCompiler.Find(names, condition, new QueryNames(request, main.Path).Context());
        request.TellSearch(query.Attributes);
        request.Sql.ForEach(new BuiltSql(query.Sql), row => spool.Write(row.GetString(0)), query.Values.AsSpan());
    }

    private static void Select(Request request, string directory, string[] columns, string condition, Spool spool)
    {
        // Attributes without a directory belong to the session's, or where the first column names one, to that.
        var query = QueryCompiler.Select(columns, condition, new QueryNames(request, directory).Context());
        request.TellSearch(query.Attributes);
        var types = query.Columns;
        spool.Header = types.Length.ToString(CultureInfo.InvariantCulture);
        request.Sql.ForEach(new BuiltSql(query.Sql), row =>
        {
            for (var i = 0; i < types.Length; i++)
                spool.Write(AmgaRow.Text(row, i, types[i]));
        }, query.Values.AsSpan());
    }

    private static CommandRun Update(bool isSingle) => async (session, arguments, _, cancellationToken) =>
    {
        if (arguments.Count % 2 != 0)
            throw new AmgaException(AmgaError.IllegalCommand, "Each attribute is followed by what it is set to; the condition, which may be empty, comes last.");
        await session.WriteLongAsync(request => Update(request, arguments, isSingle), cancellationToken).ConfigureAwait(false);
    };

    private static void Update(Request request, Arguments arguments, bool isSingle)
    {
        var (main, names) = Split(request, arguments[0]);
        if (main.View is not null)
            throw new AmgaException(AmgaError.NotEmpty, "That is a view; what it shows is changed where it is.");
        const Bits Needed = Bits.Read | Bits.Write;
        var view = request.View(main, Needed);
        var pairs = arguments.From(1).Take(arguments.Count - 2).Chunk(2).Select(pair => (Attribute: request.Writable(view, pair[0]).Name, Expression: pair[1])).ToList();
        RuleCheck.DemandKnown(request, main);
        var condition = arguments[arguments.Count - 1];
        if (isSingle)
            condition += " limit 1";
        var update = QueryCompiler.Update(names, pairs, condition, new QueryNames(request, main.Path, Needed).Context());
        // Whether it finds anything, and whether new values fit, is an answer, too.
        request.TellSearch(update.Change.Attributes);
        if (update.Misfits is { } misfits && request.Sql.Scalar<long>(new BuiltSql(misfits.Sql), misfits.Values.AsSpan()) > 0)
            throw new AmgaException(AmgaError.WrongType, "A new value does not fit its attribute's type.");
        var count = request.Sql.Execute(new BuiltSql(update.Change.Sql), update.Change.Values.AsSpan());
        if (count == 0 && (isSingle || (names is not null && !Glob.Is(names))))
            throw new AmgaException(AmgaError.NoSuchEntry, "No entry is named so and fulfils the condition.");
        RuleCheck.Keep(request, main, null);
    }

    // A directory is all its entries; otherwise the last name is a name or pattern of entries.
    private static (AmgaDirectory Main, string? Names) Split(Request request, string path)
    {
        var absolute = request.Absolute(path);
        if (!Glob.Is(absolute) && request.Known(absolute) is { } whole)
            return (Readable(request, whole), null);
        return request.Known(AmgaPath.Parent(absolute)) is { } directory ? (Readable(request, directory), AmgaPath.Name(absolute)) : throw Request.NoEntry(path);
    }

    private static AmgaDirectory Readable(Request request, AmgaDirectory directory)
    {
        request.View(directory, Bits.Read);
        return directory;
    }
}
