using System.Collections.Immutable;
using System.Data.Common;
using Mdm.Plugins.Amga.Query;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Sessions;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Values of attributes, by entry.</summary>
internal static class ValueCommands
{
    public static readonly CommandEntry[] All =
    [
        new("getattr", "metadata", "PATTERN [ATTR]…", 1, CommandEntry.Any, static async (session, arguments, answer, cancellationToken) =>
        {
            if (await session.ReadAtOnceAsync(request => GetAtOnce(request, arguments), cancellationToken).ConfigureAwait(false) is { } lines)
                await answer.WriteAllAsync(lines, cancellationToken).ConfigureAwait(false);
            else
                await session.StreamAsync((request, spool) => Get(request, arguments, spool), answer, cancellationToken).ConfigureAwait(false);
        }),
        new("setattr", "metadata", "PATTERN [ATTR VALUE]…", 3, CommandEntry.Any, static async (session, arguments, _, cancellationToken) => await session.WriteLongAsync(request =>
        {
            if (arguments.Count % 2 == 0)
                throw new AmgaException(AmgaError.IllegalCommand, "Each attribute is followed by its value.");
            Set(request, arguments[0], [.. arguments.From(1).Where(static (_, i) => i % 2 == 0)], [.. arguments.From(1).Where(static (_, i) => i % 2 == 1)]);
        }, cancellationToken).ConfigureAwait(false)),
        new("clearattr", "metadata", "PATTERN ATTR", 2, 2, static async (session, arguments, _, cancellationToken) =>
            await session.WriteLongAsync(request => Set(request, arguments[0], [arguments[1]], [null]), cancellationToken).ConfigureAwait(false)),
    ];

    private static void Get(Request request, Arguments arguments, Spool spool)
    {
        var whole = Glob.Is(arguments[0]) ? null : request.Known(request.Absolute(arguments[0]));
        var rows = whole is not null ? new EntryRows(request, request.View(whole, Bits.Read), "*") : EntryRows.Of(request, arguments[0], Bits.Read);
        if (whole is null && !Glob.Is(arguments[0]))
        {
            GetOne(request, arguments, rows, spool);
            return;
        }
        var attributes = Asked(request, arguments, rows);
        request.TellSearch(attributes.Select(static attribute => attribute.Name));
        var count = 0;
        request.Sql.ForEach(EntryTable.Select(rows.View.Table, attributes, rows.Where), row =>
        {
            spool.Write(row.GetString(1));
            for (var i = 0; i < attributes.Length; i++)
                spool.Write(AmgaRow.Text(row, i + 2, attributes[i].Type));
            count++;
        }, rows.Values);
        if (whole is null)
            rows.DemandFound(count, arguments[0]);
    }

    // The most frequent question, of an entry that is there and no link: one statement, with the version of all that it was made of.
    private static string[]? GetAtOnce(Request request, Arguments arguments)
    {
        var absolute = request.Absolute(arguments[0]);
        if (Glob.Is(absolute) || request.Known(absolute) is not null || request.Known(AmgaPath.Parent(absolute)) is not { View: null })
            return null;
        var rows = EntryRows.Of(request, arguments[0], Bits.Read);
        var attributes = Asked(request, arguments, rows);
        var lines = request.Sql.First(EntryTable.Select(rows.View.Table, attributes, rows.Where, EntryTable.Target + ", (SELECT version FROM catalogue)"),
            row => row.IsDBNull(attributes.Length + 2) && row.GetInt64(attributes.Length + 3) == request.Tree.Version ? Lines(row, attributes) : null, rows.Values);
        if (lines is not null && request.Tree.IsSure)
            request.TellSearch(attributes.Select(static attribute => attribute.Name));
        return lines;
    }

    // One statement, and another one only where the entry turns out to be a link.
    private static void GetOne(Request request, Arguments arguments, EntryRows rows, Spool spool)
    {
        var attributes = Asked(request, arguments, rows);
        request.TellSearch(attributes.Select(static attribute => attribute.Name));
        var (lines, isLink) = request.Sql.First(EntryTable.Select(rows.View.Table, attributes, rows.Where, EntryTable.Target),
            row => (Lines(row, attributes), !row.IsDBNull(attributes.Length + 2)), rows.Values);
        if (isLink && EntryCommands.Followed(request, arguments[0]) is var target && target != request.Absolute(arguments[0]))
        {
            GetOne(request, arguments, EntryRows.Of(request, target, Bits.Read), spool);
            return;
        }
        rows.DemandFound(lines is null ? 0 : 1, arguments[0]);
        foreach (var line in lines!)
            spool.Write(line);
    }

    private static string[] Lines(DbDataReader row, ImmutableArray<AmgaAttribute> attributes) =>
        [row.GetString(1), .. attributes.Select((attribute, i) => AmgaRow.Text(row, i + 2, attribute.Type))];

    private static ImmutableArray<AmgaAttribute> Asked(Request request, Arguments arguments, EntryRows rows) =>
        arguments.Count == 1 ? rows.View.Attributes : [.. arguments.From(1).Select(name => request.Attribute(rows.View, name))];

    private static void Set(Request request, string pattern, string[] names, string?[] values)
    {
        var target = Glob.Is(pattern) ? pattern : EntryCommands.Followed(request, pattern);
        var view = EntryRows.Of(request, target, Bits.Write).View;
        if (view.Shown.View is not null)
            throw new AmgaException(AmgaError.NotEmpty, "That is a view; what it shows is changed where it is.");
        var attributes = names.Select(name => request.Writable(view, name)).ToList();
        if (attributes.Distinct().Count() != attributes.Count)
            throw new AmgaException(AmgaError.IllegalKey, "An attribute is named twice.");
        RuleCheck.DemandKnown(request, view.Table);
        object?[] parsed = [.. attributes.Select((attribute, i) => values[i] is { } text ? AmgaRow.Parse(attribute.Type, text) : null)];
        var rows = EntryRows.Of(request, target, Bits.Write, parsed);
        rows.DemandFound(request.Sql.Execute(EntryTable.Update(view.Table, attributes, rows.Where), rows.Values), pattern);
        if (Glob.Is(rows.Pattern))
            RuleCheck.Keep(request, view.Table, null);
        else
            RuleCheck.Keep(request, view.Table, "d0.name = ${0}", rows.Pattern);
    }
}
