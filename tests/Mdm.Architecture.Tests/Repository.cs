using System.Reflection;
using System.Xml.Linq;

namespace Mdm.Architecture.Tests;

/// <summary>The checkout as files.</summary>
internal static class Repository
{
    public static string Root { get; } = Metadata("Root");

    public static string HostAssembly { get; } = Metadata("HostAssembly");

    /// <summary>Every project below a folder with the names of the projects it references, those of the folder's shared props included.</summary>
    public static IReadOnlyDictionary<string, string[]> Projects(string folder)
    {
        var path = Path.Combine(Root, folder);
        if (!Directory.Exists(path))
            return new Dictionary<string, string[]>();
        var shared = Path.Combine(path, "Directory.Build.props") is var props && File.Exists(props) ? References(props) : [];
        return Directory.EnumerateFiles(path, "*.csproj", SearchOption.AllDirectories)
            .ToDictionary(p => Path.GetFileNameWithoutExtension(p), p => References(p).Concat(shared).Distinct().Order(StringComparer.Ordinal).ToArray());
    }

    private static string[] References(string project) =>
        [.. XDocument.Load(project).Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(((string)r.Attribute("Include")!).Replace('\\', '/')))];

    private static string Metadata(string key) =>
        typeof(Repository).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
