using Mdm.Cli.Commands;
using Mdm.Cli.Described;
using Mdm.Cli.Lfc;
using Mdm.Cli.Linked;

namespace Mdm.Cli.Medical;

/// <summary>The commands of the Medical Data Manager itself.</summary>
internal static class MedicalFamily
{
    /// <summary>Said behind what holds at the host already, where not all that follows it has confirmed it in the time that an answer takes.</summary>
    public const string StillTelling = "keystores or metadata are still being told, which goes on until they have it";

    /// <summary>What they read beside arguments.</summary>
    public static readonly IReadOnlyList<ICommandNote> Notes =
    [
        new Variable(MedicalConfiguration.LfcPathName, "The directory that holds studies. Without it, and without a configuration file that has it, every publication that you may look into is searched for STUDY/SERIES/SOP."),
        new Variable(MedicalConfiguration.PathVariable, $"The configuration file, instead of {MedicalConfiguration.DefaultPath}."),
        .. NameServer.Lfc.Notes,
        new UsedFile(MedicalConfiguration.DefaultPath, $"Assignments as a shell reads them: {MedicalConfiguration.LfcPathName}, {MedicalConfiguration.DpmPathName}, and {MedicalConfiguration.UidProgramName}, a program, with arguments or none, that is called with FILE and STUDY_INSTANCE_UID, SERIES_INSTANCE_UID or SOP_INSTANCE_UID and prints that; without it the file's header is read. The file is never executed."),
    ];

    public static LinkedFamily Images { get; } = LinkedFamily.OfYesAndNo(
        "Medical images",
        new LinkedCommand("glite-mdm-register", Register),
        new LinkedCommand("glite-mdm-get", ImageGetCommand.Create) { Arguments = ImageSelector.Spread },
        new LinkedCommand("glite-mdm-del", ImageDeleteCommand.Create) { Arguments = ImageSelector.Spread },
        new LinkedCommand("glite-mdm-set-right", ImageRightCommand.Create) { Arguments = ImageSelector.Spread });

    private static DescribedCommand Register(Terminal terminal)
    {
        const string name = "glite-mdm-register";
        var command = RegisterCommand.Create(terminal, name, _ => NameServer.Lfc.Host(terminal));
        command.Add(new Example($"{name} slice.dcm", "Stores slice.dcm in the archive, and prints where it is published."));
        command.Add(NameServer.Lfc.Notes);
        return command;
    }
}
