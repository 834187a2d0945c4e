using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Lfc;
using Mdm.Client.Names;

namespace Mdm.Cli.Medical;

/// <summary>The four ways in which a command is told which image it is about.</summary>
internal sealed class ImageSelector
{
    private const int Uids = 3;

    private readonly Option<string[]> _uids = new("-s") { Description = "By Study, Series and SOP Instance UID, with or without commas.", HelpName = "STUDY, SERIES, SOP", Arity = new ArgumentArity(Uids, Uids), AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _guid = new("-g") { Description = "By GUID, as guid:8-4-4-4-12 or 32 digits.", HelpName = "GUID" };
    private readonly Option<string?> _file = new("-f") { Description = "By the UIDs of this DICOM file.", HelpName = "FILE" };
    private readonly Option<string?> _lfn = new("-l") { Description = "By its name in the file catalogue, as lfn:/grid/... .", HelpName = "LFN" };

    /// <param name="command">Gets the options.</param>
    /// <param name="isRequired">Exactly one of them must be given; else no more than one.</param>
    public void AddTo(Command command, bool isRequired)
    {
        foreach (var option in (Option[])[_uids, _guid, _file, _lfn])
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            var given = ((Option[])[_uids, _guid, _file, _lfn]).Count(option => result.GetResult(option) is { Implicit: false });
            if (given > 1 || (isRequired && given == 0))
                result.AddError(isRequired ? "name one image, by -s, -g, -f or -l" : "name one image: by -s, -g, -f or -l, or STUDY/SERIES/SOP");
        });
    }

    public bool IsGiven(System.CommandLine.Parsing.CommandResult result) => ((Option[])[_uids, _guid, _file, _lfn]).Any(option => result.GetResult(option) is { Implicit: false });

    /// <summary>The image that was named.</summary>
    /// <exception cref="MdmException">InvalidName: the text can be none.</exception>
    public async Task<NamePlace> FindAsync(Terminal terminal, ParseResult parsed, NameSession session, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_lfn) is { } lfn)
            return NameServer.Lfc.Place(terminal, lfn);
        if (parsed.GetValue(_guid) is { } guid)
        {
            var host = NameServer.Lfc.Host(terminal) with { Path = StoragePath.Root };
            var entry = await session.NamesAt(new NamePlace(host, "/")).FindAsync(FileGuid.Parse(guid), cancellationToken);
            return new NamePlace(host with { Path = entry.Path }, guid);
        }
        var configuration = MedicalConfiguration.Load(terminal);
        var uids = parsed.GetValue(_file) is { } file
            ? await configuration.UidsOfAsync(file, cancellationToken)
            : Demand(parsed.GetRequiredValue(_uids));
        return await new ImageFinder(terminal, session, configuration).FindAsync(uids, cancellationToken);
    }

    private static ImageUids Demand(string[] words)
    {
        var uids = Array.ConvertAll(words, word => word.Trim(',', ' '));
        return ImageUids.Of(uids[0], uids[1], uids[2]) ?? throw new MdmException(MdmErrorKind.InvalidName, "-s takes a Study, a Series and a SOP Instance UID: digits and points.");
    }
}
