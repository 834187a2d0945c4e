using Mdm.Abstractions;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification;

/// <summary>The files that a site writes for its de-identifier. Read once, at start.</summary>
/// <param name="Words">Harmless words.</param>
/// <param name="SafePrivate">Safe private elements.</param>
/// <param name="Regions">Where devices write into pixels.</param>
/// <param name="Text">All files' text: a change of it is another version of the rules.</param>
internal sealed record SiteFiles(DescriptorCleaner Words, SafePrivateElements SafePrivate, PixelRegions Regions, string Text)
{
    /// <summary>Bytes of a file.</summary>
    public const int MaxLength = 8 << 20;

    /// <exception cref="MdmException">Refused: a file cannot be read or is not of its form; the message names the option and the line.</exception>
    public static SiteFiles Read(Ps315Options options, Func<string, string> pathOf)
    {
        try
        {
            var words = ReadText(options.WordsFile, pathOf);
            var safe = ReadText(options.SafePrivateFile, pathOf);
            var regions = ReadText(options.PixelRegionsFile, pathOf);
            return new SiteFiles(
                words is null ? DescriptorCleaner.BuiltIn : DescriptorCleaner.With(words.Split('\n'), nameof(options.WordsFile)),
                safe is null ? SafePrivateElements.None : SafePrivateElements.Parse(safe.Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0), nameof(options.SafePrivateFile)),
                regions is null ? PixelRegions.None : PixelRegions.Parse(regions, nameof(options.PixelRegionsFile)),
                string.Join('\0', words, safe, regions));
        }
        catch (FormatException exception)
        {
            throw new MdmException(MdmErrorKind.Refused, exception.Message, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MdmException(MdmErrorKind.Refused, $"A file of the de-identifier cannot be read: {exception.Message}", exception);
        }
    }

    private static string? ReadText(string? path, Func<string, string> pathOf)
    {
        if (path is null)
            return null;
        var file = new FileInfo(pathOf(path));
        return file.Length <= MaxLength
            ? File.ReadAllText(file.FullName)
            : throw new MdmException(MdmErrorKind.Refused, $"The file {path} is longer than {MaxLength} bytes.");
    }
}
