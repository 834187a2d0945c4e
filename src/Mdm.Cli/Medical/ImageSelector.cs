using System.CommandLine;
using Mdm.Abstractions;
using Mdm.Cli.Lfc;
using Mdm.Client.Names;

namespace Mdm.Cli.Medical;

/// <summary>The four ways in which a command is told which image it is about.</summary>
internal sealed class ImageSelector
{
    private const int Uids = 3;
    private const string ByUids = "-s";
    private const string EndOfOptions = "--";

    private static readonly char[] Between = [',', '/', ' ', '\t'];

    // How many there are is said by a validator, in words that tell what was expected.
    private readonly Option<string[]> _uids = new(ByUids) { Description = "By Study, Series and SOP Instance UID: three words, with or without commas, or one word with commas, blanks or slashes between them.", HelpName = "STUDY, SERIES, SOP", Arity = new ArgumentArity(0, Uids), AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> _guid = new("-g") { Description = "By GUID, as guid:8-4-4-4-12 or 32 digits.", HelpName = "GUID" };
    private readonly Option<string?> _file = new("-f") { Description = "By the UIDs of this DICOM file.", HelpName = "FILE" };
    private readonly Option<string?> _lfn = new("-l") { Description = "By its name in the file catalogue, as lfn:/grid/... .", HelpName = "LFN" };

    /// <summary>
    /// The arguments with the UIDs after <c>-s</c> as three words, however they were typed: an option of three words would take what follows a single one. As they are where there are not three UIDs.
    /// </summary>
    public static string[] Spread(string[] typed)
    {
        var at = Array.FindIndex(typed, word => word is ByUids or EndOfOptions || word.StartsWith(ByUids + "=", StringComparison.Ordinal));
        if (at < 0 || typed[at] == EndOfOptions)
            return typed;
        string[] after = typed[at] == ByUids ? typed[(at + 1)..] : [typed[at][(ByUids.Length + 1)..], .. typed[(at + 1)..]];
        var uids = new List<string>();
        var taken = 0;
        while (taken < after.Length && uids.Count < Uids && Apart(after[taken]) is var parts && Array.TrueForAll(parts, ImageUids.IsUid))
        {
            uids.AddRange(parts);
            taken++;
        }
        return uids.Count == Uids ? [.. typed[..at], ByUids, .. uids, .. after[taken..]] : typed;
    }

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
            if (result.GetResult(_uids) is { Implicit: false } words && Of(words.Tokens.Select(token => token.Value)) is null)
                result.AddError($"{ByUids} takes three UIDs, which are digits and points: Study, Series and SOP Instance UID, as 1.2, 1.3, 1.4 or 1.2/1.3/1.4; there are {words.Tokens.SelectMany(token => Apart(token.Value)).Count(ImageUids.IsUid)}");
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
            : Of(parsed.GetRequiredValue(_uids))!;
        return await new ImageFinder(terminal, session, configuration).FindAsync(uids, cancellationToken);
    }

    private static ImageUids? Of(IEnumerable<string> words) => words.SelectMany(Apart).ToArray() is [var study, var series, var instance] ? ImageUids.Of(study, series, instance) : null;

    private static string[] Apart(string word) => word.Split(Between, StringSplitOptions.RemoveEmptyEntries);
}
