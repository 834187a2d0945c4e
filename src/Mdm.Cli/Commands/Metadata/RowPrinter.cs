using System.Buffers;
using Mdm.Formats.Amga.Search;

namespace Mdm.Cli.Commands.Metadata;

/// <summary>How rows are written.</summary>
internal enum RowForm
{
    /// <summary>The path, then the values, separated by tabulators.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,

    /// <summary>RFC 4180 with a heading.</summary>
    Csv,
}

/// <summary>Writes found rows as they come. Values are data: what could steer a terminal, or end a line, is written as an escape.</summary>
/// <param name="output">Where to.</param>
/// <param name="form">How.</param>
/// <param name="shown">The attributes to show, in their order; null for all.</param>
/// <param name="cell">A value of CSV as it is written: for a person it is as in a line, for a program as it is.</param>
internal sealed class RowPrinter(TextWriter output, RowForm form, IReadOnlyList<string>? shown, Func<string, string>? cell = null)
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create(",\"\r\n");

    private static readonly string[] Fixed = ["Path", "Entry", "Server", "Collection"];

    private IReadOnlyList<string>? _heading;

    public async Task PrintAsync(IAsyncEnumerable<FoundRow> rows, CancellationToken cancellationToken)
    {
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            switch (form)
            {
                case RowForm.Json:
                    output.WriteLine(Json(row));
                    break;
                case RowForm.Csv:
                    Csv(row);
                    break;
                default:
                    output.WriteLine(string.Join('\t', new[] { NameOf(row) }.Concat(Text(row))));
                    break;
            }
        }
    }

    private static string NameOf(FoundRow row) => TerminalText.Of(row.Path ?? row.Entry);

    private IEnumerable<string> Text(FoundRow row) => shown is null
        ? row.Values.OrderBy(value => value.Key, StringComparer.Ordinal).Select(value => TerminalText.Of($"{value.Key}={value.Value}"))
        : shown.Select(name => TerminalText.Of(row.Values.GetValueOrDefault(name, string.Empty)));

    /// <summary>The heading is that of the first row: with all attributes, each collection may have others.</summary>
    private void Csv(FoundRow row)
    {
        if (_heading is null)
        {
            _heading = shown ?? [.. row.Values.Keys.Order(StringComparer.Ordinal)];
            output.WriteLine(string.Join(',', Fixed.Concat(_heading).Select(Cell)));
        }
        output.WriteLine(string.Join(',', new[] { row.Path ?? string.Empty, row.Entry, row.Target.Server, row.Target.Collection }.Concat(_heading.Select(name => row.Values.GetValueOrDefault(name, string.Empty))).Select(Cell)));
    }

    private string Json(FoundRow row) => JsonText.Object(json =>
    {
        json.WriteString("path", row.Path);
        json.WriteString("entry", row.Entry);
        json.WriteString("server", row.Target.Server);
        json.WriteString("collection", row.Target.Collection);
        json.WriteStartObject("attributes");
        foreach (var name in shown ?? [.. row.Values.Keys.Order(StringComparer.Ordinal)])
        {
            if (row.Values.TryGetValue(name, out var value))
                json.WriteString(name, value);
        }
        json.WriteEndObject();
    });

    private string Cell(string raw) => (cell?.Invoke(raw) ?? raw) is var value && value.AsSpan().IndexOfAny(Quoted) < 0 ? value : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
