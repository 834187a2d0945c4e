using System.Runtime.InteropServices;
using Mdm.Formats.Amga.Search;
using Mdm.Native.Handles;

namespace Mdm.Native.Calls;

/// <summary>Questions to all metadata servers.</summary>
internal static unsafe class QueryCalls
{
    [UnmanagedCallersOnly(EntryPoint = "mdm_query_open")]
    public static int Open(ulong session, QuestionStruct* question, ulong* query, ulong cancel, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        Boundary.Demand(query, nameof(query));
        *query = 0;
        var given = Boundary.Taken(question, nameof(question));
        using var use = Boundary.Handles.Use<Session>(session);
        var collections = Boundary.Texts(given.Collections, given.CollectionCount, "collections") ?? [];
        var asked = Read(given);
        var search = Boundary.Wait(cancel, token => use.Value.SearchAsync(collections, asked, token));
        use.Value.TryHold();
        *query = Boundary.Handles.Add(new Query(search, use.Value));
        return Kind.Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "mdm_query_next")]
    public static int Next(ulong query, RowStruct* row, byte* buffer, nuint bufferSize, nuint* needed, ulong cancel, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        Boundary.DemandStruct(row, nameof(row));
        using var use = Boundary.Handles.Use<Query>(query);
        return Taking.Next(use.Value, cancel, found =>
        {
            var room = new TextRoom(buffer, bufferSize);
            RowStruct filled = default;
            filled.Values = room.Array<ValueStruct>(found.Values.Count);
            filled.ValueCount = (nuint)found.Values.Count;
            filled.Server = room.Put(found.Target.Server);
            filled.Collection = room.Put(found.Target.Collection);
            filled.Entry = room.Put(found.Entry);
            filled.Path = room.Put(found.Path);
            var at = 0;
            foreach (var (name, value) in found.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                var (nameText, valueText) = (Address(room.Put(name)), Address(room.Put(value)));
                if (filled.Values is not null)
                    filled.Values[at++] = new ValueStruct { Name = (byte*)nameText, Value = (byte*)valueText };
            }
            Boundary.Give(row, filled);
            if (needed is not null)
                *needed = room.Needed;
            return room.Fits;
        });
    });

    [UnmanagedCallersOnly(EntryPoint = "mdm_query_reports")]
    public static int Reports(ulong query, nuint* count, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        Boundary.Demand(count, nameof(count));
        using var use = Boundary.Handles.Use<Query>(query);
        *count = (nuint)use.Value.Reports.Count;
        return Kind.Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "mdm_query_report")]
    public static int Report(ulong query, nuint index, ReportStruct* report, byte* text, nuint textSize, nuint* needed, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        Boundary.DemandStruct(report, nameof(report));
        using var use = Boundary.Handles.Use<Query>(query);
        var reports = use.Value.Reports;
        if (index >= (nuint)reports.Count)
            throw new CallException(Kind.BadArgument, $"There are {reports.Count} reports, counted from 0.");
        var one = reports[(int)index];
        var room = new TextRoom(text, textSize);
        ReportStruct filled = default;
        filled.Outcome = (int)one.Outcome;
        filled.Rows = one.Rows;
        filled.ElapsedMilliseconds = (long)one.Elapsed.TotalMilliseconds;
        filled.Server = room.Put(one.Target.Server);
        filled.Collection = room.Put(one.Target.Collection);
        filled.Reason = room.Put(one.Reason ?? string.Empty);
        Boundary.Give(report, filled);
        if (needed is not null)
            *needed = room.Needed;
        return room.Fits ? Kind.Ok : Kind.TooSmall;
    });

    [UnmanagedCallersOnly(EntryPoint = "mdm_query_close")]
    public static int Close(ulong query, ErrorStruct* error) => Boundary.Close<Query>(query, error);

    private static SearchQuestion Read(in QuestionStruct question)
    {
        Boundary.DemandZero(question.Reserved);
        var plain = new SearchQuestion();
        if (question.Limit is < -1 or > SearchQuestion.MaxRows || question.Offset is < 0 or > SearchQuestion.MaxRows)
            throw new CallException(Kind.BadArgument, $"limit is -1 for all, or 0 to {SearchQuestion.MaxRows}; offset is 0 to {SearchQuestion.MaxRows}.");
        return plain with
        {
            Condition = Boundary.Text(question.Condition, "condition") ?? string.Empty,
            Attributes = Boundary.Texts(question.Attributes, question.AttributeCount, "attributes") is { } attributes ? [.. attributes] : null,
            Order = [.. (Boundary.Texts(question.Order, question.OrderCount, "order") ?? []).Select(Key)],
            Limit = question.Limit < 0 ? null : (int)question.Limit,
            Offset = (int)question.Offset,
            TimeLimit = Boundary.TimeLimit(question.TimeLimitMilliseconds, "time_limit_ms") ?? plain.TimeLimit,
        };
    }

    private static OrderKey Key(string text) => text.Split(':') switch
    {
        [{ Length: > 0 } name] => new OrderKey(name),
        [{ Length: > 0 } name, "asc"] => new OrderKey(name),
        [{ Length: > 0 } name, "desc"] => new OrderKey(name, IsDescending: true),
        _ => throw new CallException(Kind.InvalidName, "order takes names of attributes, or NAME:desc."),
    };

    // Tuples hold no pointers.
    private static nint Address(byte* text) => (nint)text;
}
