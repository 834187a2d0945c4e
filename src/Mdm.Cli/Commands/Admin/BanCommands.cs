using System.CommandLine;
using Mdm.Cli.Described;

namespace Mdm.Cli.Commands.Admin;

/// <summary><c>mdm admin bans|ban|unban</c>.</summary>
internal static class BanCommands
{
    private const string WhomHelp = "A subject as /DC=org/DC=example/CN=Name, or an attribute as /vo, /vo/group or /vo/Role=role, with all that is below it.";

    public static DescribedCommand List(Terminal terminal)
    {
        var command = new DescribedCommand("bans", "Shows who is banned, why, by whom and until when.")
        {
            new Example("mdm admin bans --json", "For a script."),
            GridNotes.Srm,
            new SeeAlso("mdm admin ban"),
        };
        var options = new OrderOptions(command, isShown: true);
        command.SetAction((parsed, cancellationToken) => options.ShowAsync(terminal, parsed, host => host.BansAsync(cancellationToken),
            line => $"{line.Text("whom")}: {line.Text("reason")} (since {line.Time("since")}, by {line.Text("by")}{(line.TryGetProperty("until", out _) ? $", until {line.Time("until")}" : string.Empty)})"));
        return command;
    }

    public static DescribedCommand Ban(Terminal terminal)
    {
        var whom = new Argument<string>("WHOM") { Description = WhomHelp };
        var reason = new Option<string>("--reason") { Description = "Why; shown to other administrators, not to whom is banned.", Required = true };
        var until = new Option<DateTimeOffset?>("--until") { Description = "When it ends by itself, as 2026-12-01T08:00:00Z; never when left out.", HelpName = "TIME" };
        var command = new DescribedCommand("ban", "Serves somebody, or a whole group, no more, from this moment on: what he has open is cut off, what he has queued ends.")
        {
            whom, reason, until,
            new Example("mdm admin ban /DC=org/CN=Eve --reason \"key lost\" --until 2026-12-01T08:00:00Z", "Cuts a user off until then."),
            GridNotes.Srm,
            new SeeAlso("mdm admin unban"),
        };
        var options = new OrderOptions(command, isShown: false);
        command.SetAction((parsed, cancellationToken) => options.GiveAsync(terminal, parsed, async host =>
        {
            await host.BanAsync(parsed.GetRequiredValue(whom), parsed.GetRequiredValue(reason), parsed.GetValue(until), cancellationToken);
            terminal.Say($"{parsed.GetRequiredValue(whom)} is banned");
            return ExitCode.Success;
        }));
        return command;
    }

    public static DescribedCommand Unban(Terminal terminal)
    {
        var whom = new Argument<string>("WHOM") { Description = WhomHelp };
        var command = new DescribedCommand("unban", "Serves again who was banned.")
        {
            whom,
            new Example("mdm admin unban /DC=org/CN=Eve", "Serves a user again."),
            GridNotes.Srm,
            new SeeAlso("mdm admin ban"),
        };
        var options = new OrderOptions(command, isShown: false);
        command.SetAction((parsed, cancellationToken) => options.GiveAsync(terminal, parsed, async host =>
        {
            await host.LiftBanAsync(parsed.GetRequiredValue(whom), cancellationToken);
            terminal.Say($"{parsed.GetRequiredValue(whom)} is banned no more");
            return ExitCode.Success;
        }));
        return command;
    }
}
