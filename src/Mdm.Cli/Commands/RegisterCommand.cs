using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Client;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm register FILE</c>, and the same as <c>glite-mdm-register</c>.</summary>
internal static class RegisterCommand
{
    public static DescribedCommand Create(Terminal terminal)
    {
        var host = HostOption.Create();
        var command = Create(terminal, "register", parsed => terminal.Surl(parsed.GetValue(host)!));
        command.Options.Add(host);
        command.Add(new Example("mdm register slice.dcm", "Stores slice.dcm in the archive of the host of MDM_ENDPOINT, and prints where it is published."));
        command.Add(new SeeAlso("mdm publish"));
        return command;
    }

    /// <param name="terminal">Where it writes.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="hostOf">Any SURL at the host.</param>
    public static DescribedCommand Create(Terminal terminal, string name, Func<ParseResult, Surl> hostOf)
    {
        var file = new Argument<string>("FILE") { Description = "A DICOM file." };
        var publication = new Option<string?>("--publication") { Description = "The publication, as the host's configuration names it; the one into which you may register unless given.", HelpName = "NAME" };
        var command = new DescribedCommand(name, "Stores an image in the archive behind a publication, where the archive allows it, and publishes it at once. Registering it twice is an error. Prints GUID and path."
            + "\n\nAn image that the archive has already is not stored again: what the archive has is published. It takes to be one of the publication's Registrars.")
        {
            file, publication,
            new SeeAlso("glite-mdm-get"), new SeeAlso("glite-mdm-del"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var source = parsed.GetRequiredValue(file);
            using var files = terminal.Open();
            RegisteredFile done;
            using (var progress = new PutDisplay(terminal, source))
                done = await files.RegisterAsync(source, hostOf(parsed), parsed.GetValue(publication), progress, cancellationToken);
            if (!done.WasStored)
                terminal.Complain("the archive had this image already; what it has is what is published");
            terminal.Output.WriteLine($"{FileGuid.NameOf(done.Id)} {done.Path}");
            return ExitCode.Success;
        });
        return command;
    }
}
