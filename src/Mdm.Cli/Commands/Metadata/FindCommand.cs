using System.CommandLine;
using System.Globalization;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Client;
using Mdm.Client.Metadata;
using Mdm.Formats.Amga.Search;

namespace Mdm.Cli.Commands.Metadata;

/// <summary><c>mdm find 'CONDITION'</c>: all metadata servers at once.</summary>
internal static class FindCommand
{
    private static readonly TimeSpan DefaultTimeLimit = new SearchQuestion().TimeLimit;

    public static DescribedCommand Create(Terminal terminal)
    {
        var condition = new FreeArgument<string>("CONDITION") { Description = "As 'Modality = \"MR\" and StudyDate > 20200101'; all entries when left out.", DefaultValueFactory = _ => string.Empty };
        var collections = new Option<string[]>("--in") { Description = "Searches this collection; several times for several. All that the servers tell of when left out.", HelpName = "COLLECTION" };
        var attributes = new Option<string?>("--attributes", "-a") { Description = "Shows these attributes, separated by commas, after the path.", HelpName = "NAMES" };
        var isLong = new Option<bool>("--long", "-l") { Description = "Shows all attributes that you may read." };
        var order = new Option<string[]>("--order") { Description = "Orders by this attribute, NAME:desc downwards; several times for several.", HelpName = "NAME" };
        var limit = new Option<int?>("--limit", "-n") { Description = "No more than so many.", HelpName = "N" };
        var offset = new Option<int>("--offset") { Description = "Leaves out so many at the beginning.", HelpName = "N" };
        var count = new Option<bool>("--count") { Description = "Says how many there are." };
        var json = new Option<bool>("--json") { Description = "One JSON object a line." };
        var csv = new Option<bool>("--csv") { Description = "Comma-separated values (RFC 4180) with a heading." };
        var get = new Option<string?>("--get") { Description = "Fetches the files into this directory.", HelpName = "DIR" };
        var seconds = new Option<double?>("--time-limit") { Description = $"Seconds that each server has for its answer; {DefaultTimeLimit.TotalSeconds:0} when left out.", HelpName = "S" };
        var servers = MetadataOptions.Servers();
        var command = new DescribedCommand("find", "Searches images on all metadata servers at once. Prints paths, or rows.")
        {
            condition, collections, attributes, isLong, order, limit, offset, count, json, csv, get, seconds, servers,
            new Example("mdm find 'Modality = \"MR\" and StudyDate > 20200101' -a SeriesInstanceUID,BodyPartExamined", "Paths and two attributes of every image on every server that you may read."),
            new Example("mdm find 'Modality = \"CT\"' --get ./images", "Fetches all that is found."),
            GridNotes.Metadata,
            new SeeAlso("mdm meta"),
            new SeeAlso("mdm query"),
            new SeeAlso("mdcli"),
        };
        command.Validators.Add(result =>
        {
            if (new[] { result.GetValue(count), result.GetValue(json), result.GetValue(csv), result.GetValue(get) is not null }.Count(chosen => chosen) > 1)
                result.AddError("choose one of --count, --json, --csv and --get");
            if (result.GetValue(seconds) is not (null or (> 0 and <= 86400)))
                result.AddError("--time-limit takes seconds, more than 0 and no more than 86400");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var shown = Names(parsed.GetValue(attributes));
            var question = new SearchQuestion
            {
                Condition = parsed.GetValue(condition) ?? string.Empty,
                Attributes = parsed.GetValue(isLong) ? null : [.. shown],
                Order = [.. (parsed.GetValue(order) ?? []).Select(Key)],
                Limit = parsed.GetValue(limit),
                Offset = parsed.GetValue(offset),
                TimeLimit = parsed.GetValue(seconds) is { } given ? TimeSpan.FromSeconds(given) : DefaultTimeLimit,
            };
            var asked = await MetadataOptions.FindAsync(terminal, parsed.GetValue(servers), cancellationToken);
            using var metadata = GridMetadata.Open(terminal.Environment());
            var search = await metadata.SearchAsync(asked, parsed.GetValue(collections) ?? [], question, cancellationToken);
            var rows = search.RunAsync(cancellationToken);
            var code = ExitCode.Success;
            if (parsed.GetValue(count))
                terminal.Output.WriteLine((await rows.CountAsync(cancellationToken)).ToString(CultureInfo.InvariantCulture));
            else if (parsed.GetValue(get) is { } directory)
                code = await FetchAsync(terminal, rows, directory, cancellationToken);
            else
                await new RowPrinter(terminal.Output, parsed.GetValue(json) ? RowForm.Json : parsed.GetValue(csv) ? RowForm.Csv : RowForm.Text, question.Attributes is null ? null : shown, terminal.Shown).PrintAsync(rows, cancellationToken);
            return Told(terminal, search) is var told and not ExitCode.Success ? told : code;
        });
        return command;
    }

    /// <summary>Says which servers did not answer; what there is of a partial result has been printed.</summary>
    private static int Told(Terminal terminal, FederatedSearch search)
    {
        terminal.Output.Flush();
        var missing = search.Reports.Where(report => report.Outcome is TargetOutcome.Failed or TargetOutcome.Late).ToList();
        foreach (var report in missing)
            terminal.Complain($"{report.Target.Server}{(report.Target.Collection == "/" ? "" : report.Target.Collection)}: {report.Reason}");
        if (missing.Count > 0)
        {
            terminal.Complain(string.Create(CultureInfo.InvariantCulture, $"the result is partial: {missing.Count} of {search.Reports.Count} did not answer all."));
            return missing.Count == search.Reports.Count ? ExitCode.Unreachable : ExitCode.Failed;
        }
        if (!search.Reports.All(report => report.Outcome == TargetOutcome.NotThere))
            return ExitCode.Success;
        terminal.Complain("no collection has all of these attributes, or you may not read them.");
        return ExitCode.NotFound;
    }

    /// <summary>Fetches what was found. What cannot be had does not stop the rest.</summary>
    internal static async Task<int> FetchAsync(Terminal terminal, IAsyncEnumerable<FoundRow> rows, string directory, CancellationToken cancellationToken)
    {
        using var files = terminal.Open();
        using var progress = new FetchDisplay(terminal);
        var code = ExitCode.Success;
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            if (row.Path is not { } path)
            {
                terminal.Complain($"{row.Entry}: its collection does not say where the file is.");
                code = ExitCode.Failed;
                continue;
            }
            try
            {
                // Below the directory as on the grid: names alone are not unique. By the names that were read, not by the text: a server may have written anything there.
                var file = terminal.Surl(path);
                await files.FetchAsync(file, Path.Combine([directory, .. file.Path.Names]), null, progress, cancellationToken);
            }
            catch (Exception failure) when (failure is SrmException or MdmException)
            {
                terminal.Complain($"{path}: {failure.Message}");
                code = ExitCode.Failed;
            }
        }
        return code;
    }

    private static List<string> Names(string? list) => [.. (list ?? string.Empty).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];

    private static OrderKey Key(string text) => text.Split(':') switch
    {
        [{ Length: > 0 } name] => new OrderKey(name),
        [{ Length: > 0 } name, "asc"] => new OrderKey(name),
        [{ Length: > 0 } name, "desc"] => new OrderKey(name, IsDescending: true),
        _ => throw new MdmException(MdmErrorKind.InvalidName, $"--order takes NAME or NAME:desc, not '{text}'."),
    };
}
