using System.Security.Cryptography;
using System.Text;

namespace Mdm.TestKit;

/// <summary>Where tests let the product keep what outlives it: in files, or where a test says.</summary>
public static class TestStores
{
    private static readonly AsyncLocal<Func<string, string>?> Elsewhere = new();

    public static bool AreElsewhere => Elsewhere.Value is not null;

    /// <summary>For the test that runs now and what it starts: the store string of each name.</summary>
    public static void Are(Func<string, string> elsewhere) => Elsewhere.Value = elsewhere;

    /// <summary>A store string: the same for the same folder and name. A file's is relative to the folder.</summary>
    public static string At(string folder, string name)
    {
        var unique = "t_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.Combine(folder, name))).AsSpan(0, 12));
        return Elsewhere.Value?.Invoke(unique) ?? $"sqlite:{name}.db";
    }
}
