namespace Mdm.Fuzz.Corpus;

/// <summary>Real files beside the checkout, where they are; a run without them has generated ones only.</summary>
internal static class SampleFiles
{
    private const int Largest = 24 * 1024;

    /// <param name="folder">Below <c>../shared</c>; <c>dicom-samples</c> also by <c>MDM_SAMPLES</c>.</param>
    /// <param name="pattern">File names.</param>
    /// <param name="count">At most so many, the smallest.</param>
    public static IEnumerable<byte[]> Smallest(string folder, string pattern, int count)
    {
        var path = folder == "dicom-samples" ? Environment.GetEnvironmentVariable("MDM_SAMPLES") ?? Shared(folder) : Shared(folder);
        if (path is null || !Directory.Exists(path))
            return [];
        return new DirectoryInfo(path).EnumerateFiles(pattern, SearchOption.AllDirectories)
            .Where(file => file.Length is > 0 and <= Largest && file.Extension is not ".md")
            .OrderBy(file => file.Length).ThenBy(file => file.FullName, StringComparer.Ordinal)
            .Take(count).Select(file => File.ReadAllBytes(file.FullName));
    }

    private static string? Shared(string folder)
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "MedicalDataManager.sln")))
                return Path.Combine(at.FullName, "..", "shared", folder);
        }
        return null;
    }
}
