using Mdm.Abstractions;

namespace Mdm.Cli.Medical;

/// <summary>The three UIDs that name an image.</summary>
internal sealed record ImageUids(string Study, string Series, string Instance)
{
    /// <summary>PS3.5 §9.1.</summary>
    private const int LongestUid = 64;

    /// <summary>What an entry is called below the root of its publication; also the original system's name of the key.</summary>
    public string Path => $"{Study}/{Series}/{Instance}";

    /// <summary>Reads <c>STUDY/SERIES/SOP</c>, with or without a slash at the beginning; null when it is something else.</summary>
    public static ImageUids? Parse(string text) => text.TrimStart('/').Split('/') is [var study, var series, var instance] ? Of(study, series, instance) : null;

    /// <summary>Null when one of them is no UID.</summary>
    public static ImageUids? Of(string study, string series, string instance) => IsUid(study) && IsUid(series) && IsUid(instance) ? new ImageUids(study, series, instance) : null;

    /// <summary>Digits and points: what may stand in a path, and in a name of a file.</summary>
    public static bool IsUid(string text) => text.Length is > 0 and <= LongestUid && text.All(c => char.IsAsciiDigit(c) || c == '.') && char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[^1]);

    public override string ToString() => Path;

    /// <summary>Of three words.</summary>
    /// <exception cref="MdmException">InvalidName: one of them is no UID.</exception>
    public static ImageUids Demand(string study, string series, string instance, string where) =>
        Of(study, series, instance) ?? throw new MdmException(MdmErrorKind.InvalidName, $"{where} has no Study, Series and SOP Instance UID, which are digits and points, {LongestUid} characters at most.");
}
