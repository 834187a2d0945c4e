using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Mdm.Gsi.Voms;

/// <summary>The VOMS servers that are believed: <c>VO/HOST.lsc</c>, read once.</summary>
internal sealed class LscDirectory(FrozenDictionary<(string Vo, string Host), LscFile> files)
{
    public static readonly LscDirectory Empty = new(FrozenDictionary<(string, string), LscFile>.Empty);

    public LscFile? Find(string vo, string host) => files.GetValueOrDefault((vo, host));

    public static LscDirectory Load(string directory, ImmutableArray<string>.Builder warnings)
    {
        var files = new Dictionary<(string, string), LscFile>();
        foreach (var vo in Directory.EnumerateDirectories(directory))
        {
            foreach (var file in Directory.EnumerateFiles(vo, "*.lsc"))
            {
                try
                {
                    files[(Path.GetFileName(vo), Path.GetFileNameWithoutExtension(file))] = LscFile.Parse(File.ReadAllText(file));
                }
                catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
                {
                    warnings.Add($"{file}: {e.Message}");
                }
            }
        }
        return new LscDirectory(files.ToFrozenDictionary());
    }
}
