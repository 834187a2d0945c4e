using Mdm.Cli.Described;
using Mdm.Cli.Lfc;

namespace Mdm.Cli.Medical;

/// <summary><c>glite-mdm-del -f FILE</c>.</summary>
internal static class ImageDeleteCommand
{
    private const string Name = "glite-mdm-del";

    public static DescribedCommand Create(Terminal terminal)
    {
        var selector = new ImageSelector();
        var command = new DescribedCommand(Name, "Removes an image from the grid: its entry, its metadata and its key. The archive keeps it. Removing it twice is an error.")
        {
            new Example($"{Name} -f slice.dcm", "The image whose UIDs are those of this file."),
            new Example($"{Name} -l lfn:/grid/biomed/mdm/1.2.3/1.2.3.4/1.2.3.4.5", "By its name in the file catalogue."),
            MedicalFamily.Notes,
            new SeeAlso("glite-mdm-register"),
            new SeeAlso("mdm withdraw"),
        };
        selector.AddTo(command, isRequired: true);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var session = new NameSession(terminal, NameServer.Lfc);
            var image = await selector.FindAsync(terminal, parsed, session, cancellationToken);
            if (!await session.NamesAt(image).RemoveAsync(image.Surl.Path, cancellationToken))
                terminal.Complain($"the image is gone at the host; {MedicalFamily.StillTelling}");
            return ExitCode.Success;
        });
        return command;
    }
}
