using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Mdm.Cli.Described;
using Mdm.Client;

namespace Mdm.Cli.Commands.Admin;

/// <summary><c>mdm admin requests|abort|pins|pool|archives|drain|undrain</c>.</summary>
internal static class OverviewCommands
{
    /// <summary>What stands for the host where an archive may be named.</summary>
    private const string Host = "host";

    public static IEnumerable<DescribedCommand> All(Terminal terminal) =>
        [Requests(terminal), Abort(terminal), Pins(terminal), Pool(terminal), Archives(terminal), Drain(terminal), Undrain(terminal), Reload(terminal)];

    private static DescribedCommand Requests(Terminal terminal)
    {
        var owner = new Option<string?>("--owner") { Description = "Only this user's, by subject.", HelpName = "DN" };
        var state = new Option<string?>("--state") { Description = "Only those with a file in that state." };
        state.AcceptOnlyFromAmong("queued", "inProgress", "ready", "released", "awaited", "coming", "arrived", "entering", "done", "aborted", "expired", "failed", "timedOut");
        var open = new Option<bool>("--open") { Description = "Only those that are not at their end." };
        var older = new Option<TimeSpan?>("--older-than") { Description = "Only those made longer ago, as 01:00:00.", HelpName = "TIME" };
        var younger = new Option<TimeSpan?>("--younger-than") { Description = "Only those made no longer ago.", HelpName = "TIME" };
        var token = new Option<string?>("--token") { Description = "Only this request." };
        var limit = new Option<int?>("--limit") { Description = "At most so many, the latest." };
        var command = new DescribedCommand("requests", "Shows requests, with the states that their files had and when.")
        {
            owner, state, open, older, younger, token, limit,
            new Example("mdm admin requests --open --older-than 01:00:00", "What has been waiting for more than an hour."),
            GridNotes.Srm,
            new SeeAlso("mdm admin abort"),
        };
        var options = new OrderOptions(command, isShown: true);
        command.SetAction((parsed, cancellationToken) => options.ShowAsync(terminal, parsed, host => host.RequestsAsync(new RequestQuery
        {
            Owner = parsed.GetValue(owner),
            State = parsed.GetValue(state),
            OnlyOpen = parsed.GetValue(open),
            OlderThan = parsed.GetValue(older),
            YoungerThan = parsed.GetValue(younger),
            Token = parsed.GetValue(token),
            Limit = parsed.GetValue(limit),
        }, cancellationToken), RequestWords));
        return command;
    }

    private static DescribedCommand Abort(Terminal terminal)
    {
        var token = new Argument<string>("TOKEN") { Description = "The request, as mdm admin requests shows it." };
        var files = new Option<int[]>("--file") { Description = "Only this file of it, by its number; may be given more than once.", AllowMultipleArgumentsPerToken = true };
        var reason = new Option<string>("--reason") { Description = "Why; its owner is told.", Required = true };
        var command = new DescribedCommand("abort", "Calls off a request, or files of it, whosesoever it is.")
        {
            token, files, reason,
            new Example("mdm admin abort 1f3a --reason \"archive is being repaired\"", "Calls off a request; its owner is told why."),
            GridNotes.Srm,
            new SeeAlso("mdm admin requests"),
        };
        var options = new OrderOptions(command, isShown: false);
        command.SetAction((parsed, cancellationToken) => options.GiveAsync(terminal, parsed, async host =>
        {
            var named = parsed.GetValue(files) is { Length: > 0 } some ? some : null;
            terminal.Say($"{await host.AbortAsync(parsed.GetRequiredValue(token), named, parsed.GetRequiredValue(reason), cancellationToken)} files called off");
            return ExitCode.Success;
        }));
        return command;
    }

    private static DescribedCommand Pins(Terminal terminal)
    {
        var command = new DescribedCommand("pins", "Shows which files are kept, for whom, until when.")
        {
            new Example("mdm admin pins", "What the pool must keep, for whom and until when."),
            GridNotes.Srm,
            new SeeAlso("mdm admin pool"),
        };
        var options = new OrderOptions(command, isShown: true);
        command.SetAction((parsed, cancellationToken) => options.ShowAsync(terminal, parsed, host => host.PinsAsync(cancellationToken),
            line => $"{line.Time("until")} {Size(line.Number("size")),10} {line.Text("owner")} {(line.Text("path") is { Length: > 0 } path ? path : line.Text("file"))} ({line.Text("request")})"));
        return command;
    }

    private static DescribedCommand Pool(Terminal terminal)
    {
        var command = new DescribedCommand("pool", "Shows how full the pool is, and what of it is whose.")
        {
            new Example("mdm admin pool --json", "How full the pool is, for a script."),
            GridNotes.Srm,
            new SeeAlso("mdm admin pins"),
        };
        var options = new OrderOptions(command, isShown: true);
        command.SetAction((parsed, cancellationToken) => options.GiveAsync(terminal, parsed, async host =>
        {
            var pool = await host.PoolAsync(cancellationToken);
            if (options.IsJson(parsed))
                terminal.Say(pool.GetRawText());
            else
                PoolWords(pool).ToList().ForEach(terminal.Say);
            return ExitCode.Success;
        }));
        return command;
    }

    private static DescribedCommand Archives(Terminal terminal)
    {
        var command = new DescribedCommand("archives", "Shows what archives do, how they are, and which is drained.")
        {
            new Example("mdm admin archives", "How every archive does, and how long an object takes."),
            GridNotes.Srm,
            new SeeAlso("mdm admin drain"),
        };
        var options = new OrderOptions(command, isShown: true);
        command.SetAction((parsed, cancellationToken) => options.ShowAsync(terminal, parsed, host => host.ArchivesAsync(cancellationToken), ArchiveWords));
        return command;
    }

    private static DescribedCommand Drain(Terminal terminal)
    {
        var place = new Argument<string>("ARCHIVE") { Description = $"An archive, by its name in the configuration; or '{Host}'." };
        var reason = new Option<string>("--reason") { Description = "Why; callers are told.", Required = true };
        var command = new DescribedCommand("drain", $"Lets nothing new begin at an archive, or at the {Host} itself; what is under way ends. Holds over restarts until mdm admin undrain.")
        {
            place, reason,
            new Example("mdm admin drain radiology --reason \"PACS upgrade\"", "Lets nothing new begin at an archive."),
            GridNotes.Srm,
            new SeeAlso("mdm admin undrain"),
        };
        var options = new OrderOptions(command, isShown: false);
        command.SetAction((parsed, cancellationToken) => options.GiveAsync(terminal, parsed, async host =>
        {
            await host.DrainAsync(ArchiveOf(parsed.GetRequiredValue(place)), parsed.GetRequiredValue(reason), cancellationToken);
            terminal.Say($"{parsed.GetRequiredValue(place)} is being drained");
            return ExitCode.Success;
        }));
        return command;
    }

    private static DescribedCommand Undrain(Terminal terminal)
    {
        var place = new Argument<string>("ARCHIVE") { Description = $"An archive, by its name in the configuration; or '{Host}'." };
        var command = new DescribedCommand("undrain", "Ends a drain.")
        {
            place,
            new Example("mdm admin undrain radiology", "Lets it serve again."),
            GridNotes.Srm,
            new SeeAlso("mdm admin drain"),
        };
        var options = new OrderOptions(command, isShown: false);
        command.SetAction((parsed, cancellationToken) => options.GiveAsync(terminal, parsed, async host =>
        {
            await host.UndrainAsync(ArchiveOf(parsed.GetRequiredValue(place)), cancellationToken);
            terminal.Say($"{parsed.GetRequiredValue(place)} is drained no more");
            return ExitCode.Success;
        }));
        return command;
    }

    private static DescribedCommand Reload(Terminal terminal)
    {
        var command = new DescribedCommand("reload", "Lets the host read its configuration anew: archives, de-identifiers, publications, administrators and operators change at once, or none where there is a fault.")
        {
            new Example("mdm admin reload", "Reads the configuration anew, and says what changed and what needs a restart."),
            GridNotes.Srm,
        };
        var options = new OrderOptions(command, isShown: true);
        command.SetAction((parsed, cancellationToken) => options.GiveAsync(terminal, parsed, async host =>
        {
            var outcome = await host.ReloadAsync(cancellationToken);
            if (options.IsJson(parsed))
            {
                terminal.Say(outcome.GetRawText());
                return ExitCode.Success;
            }
            terminal.Say(outcome.Items("changed").Any() ? $"changed: {string.Join(", ", outcome.Items("changed"))}" : "nothing has changed");
            foreach (var key in outcome.Items("needRestart"))
                terminal.Say($"holds only after a restart: {key}");
            foreach (var trouble in outcome.Items("trouble"))
                terminal.Say($"does not serve: {trouble}");
            return ExitCode.Success;
        }));
        return command;
    }

    private static string? ArchiveOf(string place) => place == Host ? null : place;

    private static string RequestWords(JsonElement request)
    {
        var ended = request.TryGetProperty("ended", out _) ? $", ended {request.Time("ended")}" : string.Empty;
        var at = ended.Length > 0 ? string.Empty : request.Text("address") is { Length: > 0 } address ? $", at {address}" : ", at no host that lives";
        var head = $"{request.Text("token")} {request.Text("kind")} of {request.Text("owner")}, made {request.Time("created")}{ended}{at}";
        return string.Join('\n', request.Items("files").Select(FileWords).Prepend(head));
    }

    private static string FileWords(JsonElement file)
    {
        DateTimeOffset? before = null;
        var steps = file.Items("history").Select(step =>
        {
            var at = step.GetProperty("at").GetDateTimeOffset();
            var told = before is null ? at.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"+{(at - before.Value).TotalSeconds:0.0}s");
            before = at;
            return $"{step.Text("state")} {told}";
        });
        return $"  {file.Text("file")} {file.Text("state")} {file.Text("surl")} [{string.Join(", ", steps)}]{(file.Text("fault") is { Length: > 0 } fault ? $": {fault}" : string.Empty)}";
    }

    private static IEnumerable<string> PoolWords(JsonElement pool)
    {
        yield return $"{Size(pool.Number("used"))} of {Size(pool.Number("quota"))} in {pool.Number("files")} files; pinned {Size(pool.Number("pinned"))}, being fetched {Size(pool.Number("reserved"))}";
        foreach (var (section, kind) in new[] { ("archives", "archive"), ("publications", "publication"), ("vos", "pinned for VO") })
        {
            foreach (var share in pool.Items(section))
                yield return $"{kind} {(share.Text("name") is { Length: > 0 } name ? name : "(none)")}: {Size(share.Number("bytes"))} in {share.Number("files")} files";
        }
        foreach (var user in pool.Items("users"))
            yield return $"held for {user.Text("subject")}: {Size(user.Number("held"))}";
    }

    private static string ArchiveWords(JsonElement archive)
    {
        var drained = archive.TryGetProperty("drained", out var drain) ? $"; drained since {drain.Time("since")}: {drain.Text("reason")}" : string.Empty;
        var failed = archive.Text("lastFailure") is { Length: > 0 } failure ? $"; last failed {archive.Time("lastFailedAt")}: {failure}" : string.Empty;
        var probe = archive.TryGetProperty("probe", out var state) ? $"; {(state.GetProperty("serves").GetBoolean() ? "serves" : "DOES NOT SERVE")}: {state.Text("found")}" : string.Empty;
        var latency = archive.TryGetProperty("medianSeconds", out var median)
            ? string.Create(CultureInfo.InvariantCulture, $", {median.GetDouble():0.000} s an object (95%: {archive.GetProperty("ninetyFifthSeconds").GetDouble():0.000} s)")
            : string.Empty;
        return $"{archive.Text("archive")}: circuit {archive.Text("circuit")}, {archive.Number("retrievals")} of {archive.Number("maxRetrievals")} retrievals with {archive.Number("objects")} objects, {archive.Number("queued")} queued; "
            + $"delivered {archive.Number("delivered")} objects, {Size(archive.Number("bytes"))}{latency}{failed}{drained}{probe}";
    }

    private static string Size(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
        var (value, unit) = ((double)bytes, 0);
        while (value >= 1024 && unit < units.Length - 1)
            (value, unit) = (value / 1024, unit + 1);
        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? value.ToString("0", CultureInfo.InvariantCulture) : value.ToString("0.0", CultureInfo.InvariantCulture))} {units[unit]}");
    }
}
