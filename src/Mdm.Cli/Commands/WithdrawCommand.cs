using System.CommandLine;
using Mdm.Cli.Commands.Admin;
using Mdm.Cli.Described;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm withdraw PATIENT [--lift]</c>: takes a patient out of every publication.</summary>
internal static class WithdrawCommand
{
    private const string FromInput = "-";

    public static DescribedCommand Create(Terminal terminal)
    {
        var patient = new Argument<string>("PATIENT") { Description = "The Patient ID as the archives have it; - reads it from standard input, where no list of processes shows it." };
        var lifts = new Option<bool>("--lift") { Description = "Take a withdrawal back; the next publication run shows the patient again." };
        var command = new DescribedCommand("withdraw", "Takes a patient out of every publication: entries, staged files, metadata and keys go for good, and no run brings them back.")
        {
            patient, lifts,
            new Example("mdm withdraw - < patient", "Withdraws the patient whose ID is the first line of a file: no list of processes shows it."),
            GridNotes.Srm,
            new SeeAlso("mdm publish"),
        };
        var options = new OrderOptions(command, isShown: false);
        command.SetAction((parsed, cancellationToken) => options.GiveAsync(terminal, parsed, async administration =>
        {
            var id = parsed.GetRequiredValue(patient);
            if (id == FromInput)
                id = (await Console.In.ReadLineAsync(cancellationToken))?.Trim() ?? string.Empty;
            if (parsed.GetValue(lifts))
            {
                await administration.LiftWithdrawalAsync(id, cancellationToken);
                terminal.Say("lifted; run the publications to show the patient again");
                return ExitCode.Success;
            }
            var (count, destroyed) = await administration.WithdrawAsync(id, cancellationToken);
            terminal.Say($"{count} files withdrawn, {(destroyed ? "their keys are destroyed" : "the keystores have not all confirmed yet that the keys are destroyed; the host goes on telling them")}");
            return ExitCode.Success;
        }));
        return command;
    }
}

/// <summary>Which host an order goes to.</summary>
internal static class HostOption
{
    public static Option<string> Create() =>
        new("--host") { Description = "The host, when MDM_ENDPOINT does not name it.", HelpName = "SURL", DefaultValueFactory = _ => "/" };
}
