using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Client;
using Mdm.Client.Keys;
using Mdm.Formats.Keystores;

namespace Mdm.Cli.Commands.Keys;

/// <summary><c>mdm keystore</c>: what the keystores' administrators do.</summary>
internal static class KeystoreCommands
{
    public static DescribedCommand Create(Terminal terminal) => new("keystore", "Looks after keystores: repair, new shares, moving, replacing.")
    {
        Status(terminal), Repair(terminal), Refresh(terminal), Replace(terminal), Export(terminal), Import(terminal),
    };

    private static DescribedCommand Status(Terminal terminal) =>
        KeyCommands.Make(terminal, "status", "Says which keystores answer, and what they take you for.", [], [], [new Example("mdm keystore status", "Ends with 0 when enough of them answer to give a key.")], async (_, keys, cancellationToken) =>
        {
            var states = await keys.Group.StatusAsync(cancellationToken);
            foreach (var (keystore, status, failure) in states)
            {
                var role = status switch { null => null, { IsAdministrator: true } => "administrator", { IsRegistrar: true } => "registrar", { MayCreate: true } => "may register", _ => "may get what is shared" };
                terminal.Output.WriteLine(status is null ? $"{keystore.Name} does not answer: {failure!.Message}" : $"{keystore.Name} answers; you: {role}{(status.IsAdministrator || status.IsRegistrar ? $"; {status.Keys} keys" : "")}");
            }
            var well = states.Count(s => s.Status is not null);
            terminal.Output.WriteLine($"{keys.Group.Threshold} of {keys.Group.Keystores.Count} give a key; {well} answer");
            return well >= keys.Group.Threshold ? ExitCode.Success : ExitCode.Unreachable;
        });

    private static DescribedCommand Repair(Terminal terminal)
    {
        var verifies = new Option<bool>("--verify") { Description = "Join every key, look at every share and replace wrong ones." };
        return KeyCommands.Make(terminal, "repair", "Brings missing shares, rights and destructions to every keystore that answers.", [], [verifies], [new Example("mdm keystore repair --verify", "Joins every key, and puts right whatever a keystore has wrong."), new SeeAlso("mdm admin reconcile")], async (parsed, keys, cancellationToken) =>
        {
            var report = await keys.Group.RepairAsync(parsed.GetValue(verifies), cancellationToken);
            terminal.Output.WriteLine($"{report.Seen} keys: {report.Completed} completed, {report.Aligned} brought to the latest rights, {report.Destroyed} destroyed");
            if (report.Unrepairable > 0)
                terminal.Complain($"{report.Unrepairable} keys have too few shares: registrations that broke off, made good when they are asked for again");
            Tell(terminal, report.Absent);
            return report.IsWhole ? ExitCode.Success : ExitCode.Failed;
        });
    }

    private static DescribedCommand Refresh(Terminal terminal)
    {
        var to = new Option<string[]>("--to") { Description = "The keystores that shall hold the keys, once for each, in order; the same ones unless given.", HelpName = "URL" };
        var threshold = new Option<int?>("--to-threshold") { Description = "How many of them give a key.", HelpName = "K" };
        return KeyCommands.Make(terminal, "refresh", "Makes new shares of every key; old ones are worth nothing beside them. May be broken off and run again.", [], [to, threshold], [new Example("mdm keystore refresh", "New shares for every key at the same keystores; what a thief has of old ones is worth nothing."), new SeeAlso("mdm keystore replace")], async (parsed, keys, cancellationToken) =>
        {
            var addresses = parsed.GetValue(to) is { Length: > 0 } given ? [.. given.Select(KeystoreSource.Address)] : keys.Group.Keystores.Select(k => k.Address).ToArray();
            var needed = parsed.GetValue(threshold) ?? (parsed.GetValue(to) is { Length: > 0 } ? (addresses.Length / 2) + 1 : keys.Group.Threshold);
            return await RenewAsync(terminal, keys, keys.GroupOf(addresses, needed), cancellationToken);
        });
    }

    private static DescribedCommand Replace(Terminal terminal)
    {
        var old = new Argument<string>("OLD") { Description = "The keystore that leaves." };
        var next = new Argument<string>("NEW") { Description = "The keystore that takes its place." };
        return KeyCommands.Make(terminal, "replace", "Gives one keystore's place to another, with new shares for all.", [old, next], [], [new Example("mdm keystore replace https://keys1:8443/services/keys https://keys9:8443/services/keys", "keys9 takes the place of keys1.")], async (parsed, keys, cancellationToken) =>
        {
            var (leaves, comes) = (KeystoreSource.Address(parsed.GetRequiredValue(old)), KeystoreSource.Address(parsed.GetRequiredValue(next)));
            var addresses = keys.Group.Keystores.Select(k => k.Address).ToArray();
            if (!addresses.Contains(leaves))
                throw new MdmException(MdmErrorKind.InvalidName, $"{leaves} is none of the keystores.");
            return await RenewAsync(terminal, keys, keys.GroupOf([.. addresses.Select(a => a == leaves ? comes : a)], keys.Group.Threshold), cancellationToken);
        });
    }

    private static DescribedCommand Export(Terminal terminal)
    {
        var (keystore, file, passphrase) = (Keystore(), new Argument<string>("FILE") { Description = "The file to write." }, PassphraseFile());
        return KeyCommands.Make(terminal, "export", "Writes all that one keystore holds into a file that a passphrase opens.", [keystore, file], [passphrase], [new Example("mdm keystore export https://keys1:8443/services/keys keys1.export --passphrase-file pass", "Writes a file that import reads."), new SeeAlso("mdm keystore import")], async (parsed, keys, cancellationToken) =>
        {
            await using var to = new FileStream(parsed.GetRequiredValue(file), new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            var count = await KeystoreExport.ExportAsync(keys.At(KeystoreSource.Address(parsed.GetRequiredValue(keystore))), to, Passphrase(parsed.GetRequiredValue(passphrase)), cancellationToken);
            to.Flush(flushToDisk: true);
            terminal.Output.WriteLine($"{count} keys");
            return ExitCode.Success;
        });
    }

    private static DescribedCommand Import(Terminal terminal)
    {
        var (keystore, file, passphrase) = (Keystore(), new Argument<string>("FILE") { Description = "The file that export wrote." }, PassphraseFile());
        return KeyCommands.Make(terminal, "import", "Puts an export into another keystore. May be broken off and run again.", [keystore, file], [passphrase], [new Example("mdm keystore import https://keys9:8443/services/keys keys1.export --passphrase-file pass", "keys9 holds all that keys1 held."), new SeeAlso("mdm keystore export")], async (parsed, keys, cancellationToken) =>
        {
            await using var from = File.OpenRead(parsed.GetRequiredValue(file));
            var count = await KeystoreExport.ImportAsync(from, Passphrase(parsed.GetRequiredValue(passphrase)), keys.At(KeystoreSource.Address(parsed.GetRequiredValue(keystore))), cancellationToken);
            terminal.Output.WriteLine($"{count} keys");
            return ExitCode.Success;
        });
    }

    private static Argument<string> Keystore() => new("URL") { Description = "The keystore." };

    private static Option<string> PassphraseFile() => new("--passphrase-file") { Description = "The file whose first line is the passphrase.", HelpName = "FILE", Required = true };

    // It may be a pipe, from a program that keeps passphrases.
    private static string Passphrase(string file)
    {
        const int longest = 4096;
        using var text = new StreamReader(file);
        return ShortFile.ReadLine(text, file, longest) ?? string.Empty;
    }

    private static async Task<int> RenewAsync(Terminal terminal, GridKeys keys, KeystoreGroup to, CancellationToken cancellationToken)
    {
        var report = await KeystoreGroup.RenewAsync(keys.Group, to, null, cancellationToken);
        terminal.Output.WriteLine($"{report.Seen} keys: {report.Renewed} with new shares, {to.Threshold} of {to.Keystores.Count}{(report.Finished > 0 ? $"; {report.Finished} finished what had broken off" : "")}");
        if (report.Failed > 0)
            terminal.Complain($"{report.Failed} keys keep their old shares, run it again: {report.FirstFailure!.Message}");
        Tell(terminal, report.Absent);
        return report.Failed == 0 ? ExitCode.Success : ExitCode.Failed;
    }

    private static void Tell(Terminal terminal, IReadOnlyList<MdmException> absent)
    {
        foreach (var one in absent)
            terminal.Complain($"{one.Message}");
    }
}
