using System.Security.Cryptography;
using System.Text;
using Mdm.Sql;

namespace Mdm.Host.Tests.Doubles;

/// <summary>Where the benches keep what outlives them: in files of their folders, or where a test says.</summary>
internal static class TestStores
{
    private static readonly AsyncLocal<Func<string, string>?> Elsewhere = new();

    public static bool AreElsewhere => Elsewhere.Value is not null;

    /// <summary>For the test that runs now and what it starts: the store of each name.</summary>
    public static void Are(Func<string, string> elsewhere) => Elsewhere.Value = elsewhere;

    /// <summary>The same store for the same folder and name.</summary>
    public static SqlStoreAddress At(string folder, string name)
    {
        var unique = "t_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.Combine(folder, name))).AsSpan(0, 12));
        return SqlStoreAddress.Parse(Elsewhere.Value?.Invoke(unique) ?? $"sqlite:{name}.db", folder);
    }
}
