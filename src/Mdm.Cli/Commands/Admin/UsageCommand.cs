using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Mdm.Cli.Described;

namespace Mdm.Cli.Commands.Admin;

/// <summary><c>mdm admin usage</c>.</summary>
internal static class UsageCommand
{
    private static readonly string[] Counts = ["requests", "filesFetched", "bytesStaged", "deliveries", "bytesDelivered", "filesPut", "bytesPut"];

    public static DescribedCommand Create(Terminal terminal)
    {
        var since = new Option<DateOnly?>("--since") { Description = "From this day on (UTC), as 2026-11-01; today when left out.", HelpName = "DAY" };
        var until = new Option<DateOnly?>("--until") { Description = "To this day, included; today when left out.", HelpName = "DAY" };
        var by = new Option<string>("--by") { Description = "By what it is added up.", DefaultValueFactory = _ => "vo" };
        by.AcceptOnlyFromAmong("vo", "user", "archive", "day");
        var csv = new Option<bool>("--csv") { Description = "Comma-separated values (RFC 4180), with a line of names first." };
        var command = new DescribedCommand("usage", "Shows who used how much.")
        {
            since, until, by, csv,
            new Example("mdm admin usage --by archive --since 2026-11-01 --csv", "A month by archives, for a table."),
            GridNotes.Srm,
        };
        var options = new OrderOptions(command, isShown: true);
        command.SetAction((parsed, cancellationToken) =>
        {
            var isCsv = parsed.GetValue(csv);
            if (isCsv)
                terminal.Say(string.Join(',', Counts.Prepend(parsed.GetRequiredValue(by))));
            return options.ShowAsync(terminal, parsed,
                host => host.UsageAsync(parsed.GetValue(since), parsed.GetValue(until), parsed.GetRequiredValue(by), cancellationToken), line => isCsv ? CsvOf(line) : WordsOf(line));
        });
        return command;
    }

    private static string CsvOf(JsonElement line) => string.Join(',', Counts.Select(count => line.Number(count).ToString(CultureInfo.InvariantCulture)).Prepend(Quoted(line.Text("name"))));

    private static string WordsOf(JsonElement line) => $"{(line.Text("name") is { Length: > 0 } name ? name : "(none)")}: {line.Number("requests")} requests; {line.Number("filesFetched")} files fetched, {line.Number("bytesStaged")} bytes; {line.Number("deliveries")} transfers, {line.Number("bytesDelivered")} bytes; {line.Number("filesPut")} files put, {line.Number("bytesPut")} bytes";

    private static string Quoted(string text) => text.IndexOfAny([',', '"', '\n', '\r']) < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
