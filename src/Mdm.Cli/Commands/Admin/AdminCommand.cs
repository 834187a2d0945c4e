using System.CommandLine;
using System.Text.Json;
using Mdm.Cli.Described;

namespace Mdm.Cli.Commands.Admin;

/// <summary><c>mdm admin</c>: what keeps a host in order.</summary>
internal static class AdminCommand
{
    public static DescribedCommand Create(Terminal terminal)
    {
        var command = new DescribedCommand("admin", "Keeps a host in order; for those whom its configuration names as administrators or operators, and on its own machine by its local socket.");
        foreach (var sub in OverviewCommands.All(terminal).Concat([BanCommands.List(terminal), BanCommands.Ban(terminal), BanCommands.Unban(terminal), UsageCommand.Create(terminal), Reconcile(terminal), Rotate(terminal), Quarantine(terminal)]))
            command.Subcommands.Add(sub);
        return command;
    }

    private static DescribedCommand Quarantine(Terminal terminal)
    {
        var ids = new Argument<string[]>("FILE") { Description = "Ids of files to be tried again; without one, what is in quarantine is shown.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--retry-all") { Description = "Try all of them again." };
        var command = new DescribedCommand("quarantine", "Shows what could not be de-identified, and why, or lets it be tried again.")
        {
            ids, all,
            new Example("mdm admin quarantine", "What could not be de-identified, and why."),
            new Example("mdm admin quarantine --retry-all", "Tries all of it again, after a rule was changed."),
            GridNotes.Srm,
        };
        var options = new OrderOptions(command, isShown: true);
        command.SetAction((parsed, cancellationToken) => options.GiveAsync(terminal, parsed, async administration =>
        {
            var named = parsed.GetValue(ids) ?? [];
            if (parsed.GetValue(all) || named.Length > 0)
            {
                terminal.Say($"{await administration.EndQuarantineAsync(parsed.GetValue(all) ? null : named, cancellationToken)} files will be tried again");
                return ExitCode.Success;
            }
            await foreach (var line in administration.QuarantineAsync(cancellationToken))
            {
                terminal.Say(options.IsJson(parsed)
                    ? line.GetRawText()
                    : $"{line.GetProperty("file")} {(line.TryGetProperty("path", out var path) ? path.ToString() : "(no longer published)")}: {line.GetProperty("reason")}");
            }
            return ExitCode.Success;
        }));
        return command;
    }

    private static DescribedCommand Reconcile(Terminal terminal)
    {
        var mends = new Option<bool>("--mend") { Description = "Mend what can be mended: tell rights anew, destroy keys that no file has, give new keys where one is lost." };
        var command = new DescribedCommand("reconcile", "Compares the keystores and the metadata with the catalogue, and shows what differs. Ends with 0 when nothing does, or all was mended.")
        {
            mends,
            new Example("mdm admin reconcile --mend", "Shows what differs between catalogue, keystores and metadata, and mends it."),
            GridNotes.Srm,
        };
        var options = new OrderOptions(command, isShown: true);
        command.SetAction((parsed, cancellationToken) => options.GiveAsync(terminal, parsed, async administration =>
        {
            var areKeysSound = await SayAsync(administration.ReconcileKeysAsync(parsed.GetValue(mends), cancellationToken), "keystores");
            var isMetadataSound = await SayAsync(administration.ReconcileMetadataAsync(parsed.GetValue(mends), cancellationToken), "metadata");
            return areKeysSound && isMetadataSound ? ExitCode.Success : ExitCode.Failed;

            async Task<bool> SayAsync(IAsyncEnumerable<JsonElement> lines, string whom)
            {
                var isSound = false;
                await foreach (var line in lines)
                {
                    terminal.Say(options.IsJson(parsed) ? line.GetRawText() : Words(line, whom));
                    // The last line counts.
                    isSound = line.TryGetProperty("findings", out var findings) && findings.GetInt32() == line.GetProperty("mended").GetInt32();
                }
                return isSound;
            }
        }));
        return command;
    }

    private static DescribedCommand Rotate(Terminal terminal)
    {
        var surl = new Argument<string>("SURL") { Description = "A file, or with -r a directory." };
        var recursive = new Option<bool>("--recursive", "-r") { Description = "All files below the directory." };
        var command = new DescribedCommand("rotate", "Gives files new keys: a new version is sealed when they are next asked for, and what was sealed with the old keys opens no more.")
        {
            surl, recursive,
            new Example("mdm admin rotate -r /grid/biomed/research/s", "New keys for a study whose old ones became known."),
            GridNotes.Srm,
            new SeeAlso("mdm key rotate"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var at = terminal.Surl(parsed.GetRequiredValue(surl));
            using var files = terminal.Open();
            var count = await files.AdministrationAt(at).RotateKeysAsync(at.Path.ToString(), parsed.GetValue(recursive), cancellationToken);
            terminal.Say($"{count} files have new keys");
            return ExitCode.Success;
        });
        return command;
    }

    private static string Words(JsonElement line, string whom)
    {
        if (line.TryGetProperty("findings", out var findings))
        {
            var pending = line.GetProperty("pending").GetInt64();
            return $"{whom}: {findings} differences, {line.GetProperty("mended")} mended{(pending > 0 ? $"; {pending} changes wait for the {whom}" : string.Empty)}";
        }
        var isMended = line.GetProperty("isMended").GetBoolean() ? ", mended" : string.Empty;
        if (line.TryGetProperty("collection", out var collection))
            return $"{line.GetProperty("drift")}: file {line.GetProperty("file")} in {collection}{isMended}";
        var file = line.TryGetProperty("file", out var id) ? $" of file {id}" : string.Empty;
        return $"{line.GetProperty("drift")}: key {line.GetProperty("key")}{file}{isMended}";
    }
}
