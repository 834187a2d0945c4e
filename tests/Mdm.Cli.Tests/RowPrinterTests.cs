using System.Collections.Immutable;
using Mdm.Cli.Commands.Metadata;
using Mdm.Formats.Amga.Search;

namespace Mdm.Cli.Tests;

public sealed class RowPrinterTests
{
    private static readonly FoundRow Row = new(
        new SearchTarget("meta:8822", "/grid/c", _ => throw new InvalidOperationException()), "0a", "/grid/c/1.dcm",
        new Dictionary<string, string> { ["Modality"] = "MR", ["Note"] = "says \"no\",\nreally\u001b[31m" }.ToImmutableDictionary());

    [Fact]
    public async Task A_line_is_the_path_and_what_was_asked_for()
    {
        (await PrintAsync(RowForm.Text, [])).Should().Be("/grid/c/1.dcm\n");
        (await PrintAsync(RowForm.Text, ["Modality", "Nothing"])).Should().Be("/grid/c/1.dcm\tMR\t\n");
    }

    [Fact]
    public async Task No_value_ends_a_line_or_steers_a_terminal() =>
        (await PrintAsync(RowForm.Text, ["Note"])).Should().Be("/grid/c/1.dcm\tsays \"no\",\\012really\\033[31m\n");

    [Fact]
    public async Task Csv_quotes_what_would_break_it() =>
        (await PrintAsync(RowForm.Csv, ["Modality", "Note"])).Should().Be(
            "Path,Entry,Server,Collection,Modality,Note\n/grid/c/1.dcm,0a,meta:8822,/grid/c,MR,\"says \"\"no\"\",\nreally\u001b[31m\"\n");

    [Fact]
    public async Task Json_has_all_of_it()
    {
        using var json = System.Text.Json.JsonDocument.Parse(await PrintAsync(RowForm.Json, null));
        json.RootElement.GetProperty("path").GetString().Should().Be("/grid/c/1.dcm");
        json.RootElement.GetProperty("attributes").GetProperty("Note").GetString().Should().Be(Row.Values["Note"]);
    }

    private static async Task<string> PrintAsync(RowForm form, IReadOnlyList<string>? shown)
    {
        using var output = new StringWriter { NewLine = "\n" };
        await new RowPrinter(output, form, shown).PrintAsync(new[] { Row }.ToAsyncEnumerable(), default);
        return output.ToString();
    }
}
