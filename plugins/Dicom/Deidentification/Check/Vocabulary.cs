using System.Collections.Frozen;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Check;

/// <summary>The words of which PS3.6 makes the keywords of its attributes: Image, Contrast, Patient, Name. Immutable.</summary>
internal static class Vocabulary
{
    private static readonly Lazy<FrozenSet<ulong>> Hashes = new(() => DicomDictionary.Keywords.SelectMany(Parts).Select(part => Words.HashOf(part)).ToFrozenSet());

    /// <param name="word">The hash that <see cref="Words"/> gives a word.</param>
    public static bool Contains(ulong word) => Hashes.Value.Contains(word);

    private static IEnumerable<string> Parts(string keyword)
    {
        var start = 0;
        for (var i = 1; i <= keyword.Length; i++)
        {
            if (i < keyword.Length && !(char.IsAsciiLetterUpper(keyword[i]) && !char.IsAsciiLetterUpper(keyword[i - 1])))
                continue;
            yield return keyword[start..i];
            start = i;
        }
    }
}
