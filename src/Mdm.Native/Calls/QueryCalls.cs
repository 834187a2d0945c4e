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
        Boundary.DemandStruct(question, question is null ? 0 : question->Size, sizeof(QuestionStruct), nameof(question));
        using var use = Boundary.Handles.Use<Session>(session);
        var collections = Boundary.Texts(question->Collections, question->CollectionCount, "collections") ?? [];
        var asked = Read(question);
        var search = Boundary.Wait(cancel, token => use.Value.SearchAsync(collections, asked, token));
        use.Value.TryHold();
        *query = Boundary.Handles.Add(new Query(search, use.Value));
        return Kind.Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "mdm_query_next")]
    public static int Next(ulong query, RowStruct* row, byte* buffer, nuint bufferSize, nuint* needed, ulong cancel, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        Boundary.DemandStruct(row, row is null ? 0 : row->Size, sizeof(RowStruct), nameof(row));
        using var use = Boundary.Handles.Use<Query>(query);
        return Taking.Next(use.Value, cancel, found =>
        {
            var room = new TextRoom(buffer, bufferSize);
            row->Values = room.Array<ValueStruct>(found.Values.Count);
            row->ValueCount = (nuint)found.Values.Count;
            row->Server = room.Put(found.Target.Server);
            row->Collection = room.Put(found.Target.Collection);
            row->Entry = room.Put(found.Entry);
            row->Path = room.Put(found.Path);
            var at = 0;
            foreach (var (name, value) in found.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                var (nameText, valueText) = (Address(room.Put(name)), Address(room.Put(value)));
                if (row->Values is not null)
                    row->Values[at++] = new ValueStruct { Name = (byte*)nameText, Value = (byte*)valueText };
            }
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
        Boundary.DemandStruct(report, report is null ? 0 : report->Size, sizeof(ReportStruct), nameof(report));
        using var use = Boundary.Handles.Use<Query>(query);
        var reports = use.Value.Reports;
        if (index >= (nuint)reports.Count)
            throw new CallException(Kind.BadArgument, $"There are {reports.Count} reports, counted from 0.");
        var one = reports[(int)index];
        var room = new TextRoom(text, textSize);
        report->Outcome = (int)one.Outcome;
        report->Rows = one.Rows;
        report->ElapsedMilliseconds = (long)one.Elapsed.TotalMilliseconds;
        report->Server = room.Put(one.Target.Server);
        report->Collection = room.Put(one.Target.Collection);
        report->Reason = room.Put(one.Reason ?? string.Empty);
        if (needed is not null)
            *needed = room.Needed;
        return room.Fits ? Kind.Ok : Kind.TooSmall;
    });

    [UnmanagedCallersOnly(EntryPoint = "mdm_query_close")]
    public static int Close(ulong query, ErrorStruct* error) => Boundary.Run(error, () =>
    {
        Boundary.Handles.Close<Query>(query);
        return Kind.Ok;
    });

    private static SearchQuestion Read(QuestionStruct* question)
    {
        var plain = new SearchQuestion();
        if (question->Limit is < -1 or > SearchQuestion.MaxRows || question->Offset is < 0 or > SearchQuestion.MaxRows)
            throw new CallException(Kind.BadArgument, $"limit is -1 for all, or 0 to {SearchQuestion.MaxRows}; offset is 0 to {SearchQuestion.MaxRows}.");
        return plain with
        {
            Condition = Boundary.Text(question->Condition, "condition") ?? string.Empty,
            Attributes = Boundary.Texts(question->Attributes, question->AttributeCount, "attributes") is { } attributes ? [.. attributes] : null,
            Order = [.. (Boundary.Texts(question->Order, question->OrderCount, "order") ?? []).Select(Key)],
            Limit = question->Limit < 0 ? null : (int)question->Limit,
            Offset = (int)question->Offset,
            TimeLimit = question->TimeLimitMilliseconds == 0 ? plain.TimeLimit : TimeSpan.FromMilliseconds(question->TimeLimitMilliseconds),
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
