using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Described;
using Mdm.Cli.Lfc;
using Mdm.Client;

namespace Mdm.Cli.Medical;

/// <summary><c>glite-mdm-get STUDY/SERIES/SOP OUT</c>, or by <c>-l LFN</c> or <c>-g GUID</c>.</summary>
internal static class ImageGetCommand
{
    private const string Name = "glite-mdm-get";

    public static DescribedCommand Create(Terminal terminal)
    {
        var words = new Argument<string[]>("[STUDY/SERIES/SOP] OUT") { Description = "The image, unless an option names it; then the file to write. A file that is there is replaced when all of the image is.", Arity = new ArgumentArity(1, 2) };
        var selector = new ImageSelector();
        var command = new DescribedCommand(Name, "Fetches an image, verified and deciphered: byte for byte as the archive has it, or as its publication de-identifies it.")
        {
            words,
            new Example($"{Name} 1.2.3/1.2.3.4/1.2.3.4.5 slice.dcm", "By study, series and object."),
            new Example($"{Name} -l lfn:/grid/biomed/mdm/1.2.3/1.2.3.4/1.2.3.4.5 slice.dcm", "By its name in the file catalogue."),
            new Example($"{Name} -g guid:0c3f2f9e-4a53-4f67-9d1c-5a0a5a4f8a11 slice.dcm", "By its GUID."),
            MedicalFamily.Notes,
            new SeeAlso("mdm get"),
            new SeeAlso("glite-mdm-register"),
        };
        selector.AddTo(command, isRequired: false);
        command.Validators.Add(result =>
        {
            if (result.GetValue(words) is { } given && (given.Length == 2) == selector.IsGiven(result))
                result.AddError($"name one image, by -s, -g, -f, -l or as STUDY/SERIES/SOP, and the file to write");
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var given = parsed.GetRequiredValue(words);
            using var session = new NameSession(terminal, NameServer.Lfc);
            var image = given.Length == 1
                ? await selector.FindAsync(terminal, parsed, session, cancellationToken)
                : await new ImageFinder(terminal, session, MedicalConfiguration.Load(terminal)).FindAsync(
                    ImageUids.Parse(given[0]) ?? throw new MdmException(MdmErrorKind.InvalidName, $"'{given[0]}' is not STUDY/SERIES/SOP, three UIDs; a name in the file catalogue goes after -l."), cancellationToken);
            using var progress = new FetchDisplay(terminal);
            await session.Files.FetchAsync(image.Surl, given[^1], new FetchOptions { Force = true }, progress, cancellationToken);
            return ExitCode.Success;
        });
        return command;
    }
}
