using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Formats.Reidentification;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm reidentify TABLE [PSEUDONYM...]</c>: for the physicians to whom a hospital's table is sealed.</summary>
internal static class ReidentifyCommand
{
    public static DescribedCommand Create(Terminal terminal)
    {
        var table = new Argument<string>("TABLE") { Description = "The hospital's re-identification table." };
        var pseudonyms = new Argument<string[]>("PSEUDONYM") { Description = "As in Patient ID of de-identified images; without one, all that the table holds.", Arity = ArgumentArity.ZeroOrMore };
        var certificate = new Option<string>("--cert") { Description = "Your certificate, PEM.", Required = true };
        var key = new Option<string>("--key") { Description = "Its private key, PEM, not encrypted.", Required = true };
        var command = new DescribedCommand("reidentify", "Whom pseudonyms stand for, out of a table that is sealed to your certificate. One line each: pseudonym, Patient ID, issuer, name.")
        {
            table, pseudonyms, certificate, key,
            new Example("mdm reidentify table --cert me.pem --key me.key P-0001", "Whom one pseudonym stands for."),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var recipient = Recipient(parsed.GetRequiredValue(certificate), parsed.GetRequiredValue(key));
            var wanted = (parsed.GetValue(pseudonyms) ?? []).ToHashSet(StringComparer.Ordinal);
            var all = wanted.Count == 0;
            var isComplete = true;
            await foreach (var line in File.ReadLinesAsync(parsed.GetRequiredValue(table), cancellationToken))
            {
                if (line.Length == 0 || line[0] == '#')
                    continue;
                if (TableLine.Parse(line) is not { } parsedLine)
                {
                    isComplete = false;
                    continue;
                }
                var identity = SealedIdentity.Open(parsedLine.SealedBytes, recipient);
                if (all || wanted.Contains(identity.Pseudonym))
                    terminal.Output.WriteLine(string.Join('\t', identity.Pseudonym, Plain(identity.PatientId), Plain(identity.IssuerOfPatientId), Plain(identity.PatientName)));
                wanted.Remove(identity.Pseudonym);
            }
            if (!isComplete)
                terminal.Complain("lines of the table were skipped: they are cut off or damaged");
            foreach (var missing in wanted)
                terminal.Complain($"{Plain(missing)}: not in the table");
            return wanted.Count == 0 ? ExitCode.Success : ExitCode.Failed;
        });
        return command;
    }

    private static X509Certificate2 Recipient(string certificate, string key)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(certificate, key);
        }
        catch (CryptographicException exception)
        {
            throw new MdmException(MdmErrorKind.Refused, $"{certificate} and {key} are not a certificate and its key in PEM.", exception);
        }
    }

    // A value may hold anything; a terminal must not obey it, and a line must stay one.
    private static string Plain(string value) => string.Concat(value.Select(letter => char.IsControl(letter) ? '?' : letter));
}
