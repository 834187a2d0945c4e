using System.CommandLine;
using System.Text.Json;
using Mdm.Cli.Commands.Admin;
using Mdm.Cli.Described;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm publish NAME [--study UID] [--restore] [--accept-loss]</c>: runs a publication now, and shows how far it is.</summary>
internal static class PublishCommand
{
    // Null while it runs.
    private const string OutcomeProperty = "outcome";
    private const string Complete = "complete";

    public static DescribedCommand Create(Terminal terminal)
    {
        var name = new Argument<string>("NAME") { Description = "The publication, as the host's configuration names it." };
        var study = new Option<string?>("--study") { Description = "Only this study, by its Study Instance UID.", HelpName = "UID" };
        var restores = new Option<bool>("--restore") { Description = "Publish again what users removed." };
        var acceptsLoss = new Option<bool>("--accept-loss") { Description = "Un-publish what vanished from the archive, however much it is." };
        var command = new DescribedCommand("publish", "Runs a publication now: what the archive holds becomes entries.")
        {
            name, study, restores, acceptsLoss,
            new Example("mdm publish research", "Runs a publication now and shows how far it is."),
            new Example("mdm publish research --study 1.2.840.1", "Only one study, as soon as it has arrived."),
            GridNotes.Srm,
            new SeeAlso("mdm withdraw"),
        };
        var options = new OrderOptions(command, isShown: true);
        command.SetAction((parsed, cancellationToken) => options.GiveAsync(terminal, parsed, async administration =>
        {
            var publication = parsed.GetRequiredValue(name);
            JsonElement? last = null;
            await foreach (var progress in administration.PublishAsync(publication, parsed.GetValue(study), parsed.GetValue(restores), parsed.GetValue(acceptsLoss), cancellationToken))
            {
                terminal.Say(options.IsJson(parsed) ? progress.GetRawText() : $"{publication}: {Words(progress)}");
                last = progress;
            }
            return Judge(terminal, publication, last);
        }));
        return command;
    }

    // The last line says how it ended; a run that ends without one broke off.
    private static int Judge(Terminal terminal, string publication, JsonElement? last)
    {
        var outcome = Text(last, OutcomeProperty);
        if (outcome == Complete)
        {
            // What was held back, if anything.
            if (Text(last, "reason") is { } remark)
                terminal.Complain($"{publication}: {remark}");
            return ExitCode.Success;
        }
        terminal.Complain(outcome is null
            ? $"{publication}: the host stopped reporting before the run was over"
            : $"{publication}: {outcome}: {Text(last, "reason") ?? "the host gives no reason"}");
        return ExitCode.Failed;
    }

    // {"outcome":null,"listed":120,"created":40,"failed":0} reads: running, listed 120, created 40.
    private static string Words(JsonElement progress)
    {
        if (progress.ValueKind != JsonValueKind.Object)
            return Plain(progress);
        var counts = progress.EnumerateObject()
            .Where(p => p.Value.ValueKind == JsonValueKind.Number && p.Value.GetDouble() != 0)
            .Select(p => $"{p.Name} {Plain(p.Value)}");
        return string.Join(", ", counts.Prepend(Text(progress, OutcomeProperty) ?? "running"));
    }

    // A host's text goes to a terminal: what could steer it is not passed on.
    private static string Plain(JsonElement value) => new([.. value.ToString().Where(c => !char.IsControl(c))]);

    private static string? Text(JsonElement? line, string name) =>
        line is { ValueKind: JsonValueKind.Object } value && value.TryGetProperty(name, out var text) && text.ValueKind == JsonValueKind.String ? Plain(text) : null;
}
