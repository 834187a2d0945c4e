namespace Mdm.Plugins.Amga.Query;

/// <summary>Writes the aggregates. Sums of exact numbers are exact and null where they overflow; of doubles they are added in the store's own order, so that last digits may differ.</summary>
internal static class SqlAggregates
{
    public static void Write(SqlWriter writer, BoundAggregate aggregate)
    {
        switch (aggregate.Function)
        {
            case AggregateFunction.Count when aggregate.Operand is null:
                writer.Text("count(*)");
                break;
            case AggregateFunction.Count:
                writer.Text(aggregate.IsDistinct ? "count(DISTINCT " : "count(").Write(aggregate.Operand).Text(")");
                break;
            case AggregateFunction.Min or AggregateFunction.Max:
                writer.Text(aggregate.Function == AggregateFunction.Min ? "min(" : "max(").Write(aggregate.Operand!).Text(")");
                break;
            case AggregateFunction.Sum:
                Sum(writer, aggregate.Operand!);
                break;
            default:
                Average(writer, aggregate.Operand!);
                break;
        }
    }

    private static void Average(SqlWriter writer, Bound operand)
    {
        writer.Text("CAST(");
        Sum(writer, operand);
        writer.Text($" AS {writer.FloatType})");
        if (operand.Type.Scale > 0)
            writer.Text($" / CAST({SqlWriter.Unit(operand.Type.Scale)} AS {writer.FloatType})");
        // Of no values the sum is null, and so is what it is divided by.
        writer.Text(" / CAST(NULLIF(count(").Write(operand).Text($"), 0) AS {writer.FloatType})");
    }

    private static void Sum(SqlWriter writer, Bound operand)
    {
        if (operand.Type.Kind == ValueKind.Float)
        {
            // The range of float arithmetic, so that no sum is infinite.
            writer.Text("CASE WHEN max(abs(").Write(operand).Text(")) <= 1e100 THEN sum(CASE WHEN abs(").Write(operand).Text(") <= 1e100 THEN ").Write(operand).Text(" END) END");
            return;
        }
        var least = operand.Type.Scale == 0 ? "(-9223372036854775807 - 1)" : "-9223372036854775807";
        if (writer.IsPostgres)
        {
            writer.Text("CASE WHEN sum(").Write(operand).Text($") BETWEEN {least} AND 9223372036854775807 THEN CAST(sum(").Write(operand).Text(") AS bigint) END");
            return;
        }
        // SQLite's sum ends the statement when it overflows. Those of the upper and the lower halves do not, and together they overflow when the whole does.
        writer.Text("CASE WHEN typeof(");
        Whole(writer, operand);
        writer.Text(") = 'integer' AND ");
        Whole(writer, operand);
        writer.Text($" >= {least} THEN ");
        Whole(writer, operand);
        writer.Text(" END");
    }

    private static void Whole(SqlWriter writer, Bound operand) =>
        writer.Text("((sum(").Write(operand).Text(" >> 32) + (sum(").Write(operand).Text(" & 4294967295) >> 32)) * 4294967296 + (sum(").Write(operand).Text(" & 4294967295) & 4294967295))");
}
