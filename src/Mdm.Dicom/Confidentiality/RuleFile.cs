using System.Reflection;

namespace Mdm.Dicom.Confidentiality;

/// <summary>The rule files that assemblies carry.</summary>
internal static class RuleFile
{
    private const string Prefix = "ps315.";

    public static IEnumerable<string> Lines(Assembly carrier, string name)
    {
        using var stream = carrier.GetManifestResourceStream(Prefix + name)
            ?? throw new InvalidOperationException($"The rules {name} are not embedded.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
                yield return line;
        }
    }
}
