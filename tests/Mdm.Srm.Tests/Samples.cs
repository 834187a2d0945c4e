namespace Mdm.Srm.Tests;

/// <summary>Recorded material that stands beside the checkout; tests that need it skip where it is absent.</summary>
internal static class Samples
{
    public static string? Srm { get; } = Find();

    private static string? Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (!File.Exists(Path.Combine(directory.FullName, "MedicalDataManager.sln")))
                continue;
            var samples = Path.GetFullPath(Path.Combine(directory.FullName, "..", "shared", "srm"));
            return Directory.Exists(samples) ? samples : null;
        }
        return null;
    }
}
