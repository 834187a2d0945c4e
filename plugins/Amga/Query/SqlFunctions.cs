using System.Collections.Immutable;

namespace Mdm.Plugins.Amga.Query;

/// <summary>Writes the functions so that both stores give the same.</summary>
internal static class SqlFunctions
{
    private const string Day = "86400000000";

    // Of times before 1970, too.
    private const string Clock = $"(({{0}} % {Day} + {Day}) % {Day})";
    private const string Days = $"(({{0}} - {Clock}) / {Day})";

    public static void Write(SqlWriter writer, BoundCall call)
    {
        var arguments = call.Arguments;
        switch (call.Function)
        {
            case "upper" or "lower":
                // Under the collation C only the letters of ASCII have another case, as in SQLite.
                writer.Text(call.Function).Text("(").Write(arguments[0]).Text(writer.IsPostgres ? " COLLATE \"C\")" : ")");
                break;
            case "trim":
                writer.Text(writer.IsPostgres ? "btrim(" : "trim(").Write(arguments[0]).Text(")");
                break;
            case "length":
                writer.Text("CAST(length(").Write(arguments[0]).Text($") AS {writer.WholeType})");
                break;
            case "concat":
                List(writer, "(", arguments, " || ");
                break;
            case "coalesce":
                if (arguments.Length == 1)
                    writer.Write(arguments[0]);
                else
                    List(writer, "coalesce(", arguments, ", ");
                break;
            case "substr":
                Substring(writer, arguments);
                break;
            case "sqrt":
                writer.Let("sqrt({0})", "{0} >= 0", arguments[0]);
                break;
            case "mod":
                writer.Let("{0} % {1}", "{1} <> 0", arguments[0], arguments[1]);
                break;
            case "abs" or "floor" or "ceil" or "round" when arguments[0].Type.Kind == ValueKind.Float:
                writer.Let(call.Function == "round" ? SqlWriter.Rounded("{0}") : call.Function + "({0})", "{0} IS NOT NULL", arguments[0]);
                break;
            case "abs":
                // The least number has no positive.
                writer.Let("abs({0})", "{0} >= -9223372036854775807", arguments[0]);
                break;
            case "floor" or "ceil" or "round":
                Rounding(writer, call.Function, arguments[0]);
                break;
            default:
                Field(writer, call.Function, arguments[0]);
                break;
        }
    }

    private static void List(SqlWriter writer, string opening, ImmutableArray<Bound> parts, string separator)
    {
        writer.Text(opening);
        for (var i = 0; i < parts.Length; i++)
            writer.Text(i == 0 ? string.Empty : separator).Write(parts[i]);
        writer.Text(")");
    }

    private static void Rounding(SqlWriter writer, string function, Bound operand)
    {
        var unit = SqlWriter.Unit(operand.Type.Scale);
        writer.Let(function switch
        {
            "floor" => $"{{0}} / {unit} - CASE WHEN {{0}} % {unit} < 0 THEN 1 ELSE 0 END",
            "ceil" => $"{{0}} / {unit} + CASE WHEN {{0}} % {unit} > 0 THEN 1 ELSE 0 END",
            _ => SqlWriter.Rounded("{0}", unit),
        }, "{0} IS NOT NULL", operand);
    }

    // Places before the first count and hold nothing, as in the SQL standard. No text has a thousand million characters, and no sum here overflows.
    private static void Substring(SqlWriter writer, ImmutableArray<Bound> arguments)
    {
        const string First = "CASE WHEN {1} < 1 THEN 1 WHEN {1} > 1000000000 THEN 1000000000 ELSE {1} END";
        const string Early = "CASE WHEN {2} + {1} <= 1 THEN 0 WHEN {2} + {1} > 1000000000 THEN 1000000000 ELSE {2} + {1} - 1 END";
        const string Count = $"CASE WHEN {{2}} <= 0 THEN 0 WHEN {{1}} < 1 THEN {Early} WHEN {{2}} > 1000000000 THEN 1000000000 ELSE {{2}} END";
        var number = writer.IsPostgres ? "int" : "INTEGER";
        if (arguments.Length == 2)
        {
            writer.Let($"substr({{0}}, CAST({First} AS {number}))", "{0} IS NOT NULL AND {1} IS NOT NULL", arguments[0], arguments[1]);
            return;
        }
        writer.Let($"substr({{0}}, CAST({First} AS {number}), CAST({Count} AS {number}))", "{0} IS NOT NULL AND {1} IS NOT NULL AND {2} IS NOT NULL",
            arguments[0], arguments[1], arguments[2]);
    }

    private static void Field(SqlWriter writer, string field, Bound time)
    {
        var select = field switch
        {
            "hour" => $"{Clock} / 3600000000",
            "minute" => $"{Clock} / 60000000 % 60",
            "second" => $"{Clock} / 1000000 % 60",
            _ when writer.IsPostgres => $"CAST(extract({field} FROM date '1970-01-01' + CAST({Days} AS int)) AS bigint)",
            _ => $"CAST(strftime('%{field switch { "year" => "Y", "month" => "m", _ => "d" }}', {Days} * 86400, 'unixepoch') AS INTEGER)",
        };
        writer.Let(select, "{0} IS NOT NULL", time);
    }
}
