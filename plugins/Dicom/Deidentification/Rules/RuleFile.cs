using System.Security.Cryptography;

namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>The rule files that this assembly carries.</summary>
internal static class RuleFile
{
    private const string Prefix = "ps315.";

    private static readonly Lazy<string> Digest = new(Compute);

    /// <summary>The edition of PS3.15 that the rules follow.</summary>
    public const string Edition = "2026c";

    /// <summary>Sixteen hexadecimal digits that change with any rule: part of the version of what is made by them.</summary>
    public static string Fingerprint => Digest.Value;

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

    private static string Compute()
    {
        var assembly = typeof(RuleFile).Assembly;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            hash.AppendData(SHA256.HashData(stream));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8));
    }
}
