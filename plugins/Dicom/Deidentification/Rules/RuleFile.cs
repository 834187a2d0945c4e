namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>The rule files that this assembly carries.</summary>
internal static class RuleFile
{
    private const string Prefix = "ps315.";

    public static IEnumerable<string> Lines(string name)
    {
        using var stream = typeof(RuleFile).Assembly.GetManifestResourceStream(Prefix + name)
            ?? throw new InvalidOperationException($"The rules {name} are not embedded.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length > 0 && line[0] != '#')
                yield return line;
        }
    }
}
