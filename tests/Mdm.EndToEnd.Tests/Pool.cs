using System.Globalization;

namespace Mdm.EndToEnd.Tests;

/// <summary>The host's pool as an administrator sees it with <c>ls</c>: names that tell id, version, length and adler32, and a folder for what is incoming.</summary>
internal static class Pool
{
    private static readonly string[] AtTheTop = ["boot", "mdm-pool", "owner.lock"];

    public static string[] Incoming(HostProcess host) => Directory.GetFileSystemEntries(Path.Combine(host.Pool, "incoming"));

    /// <summary>Complete files that lie in the pool now.</summary>
    public static string[] Files(HostProcess host) =>
        [.. Directory.GetDirectories(host.Pool).Where(folder => Path.GetFileName(folder) != "incoming").SelectMany(folder => Directory.GetFileSystemEntries(folder))];

    /// <summary>Waits until nothing is being written, then demands that each file is, byte for byte, what its name says, and that there is nothing else.</summary>
    public static async Task MustBeWholeAsync(HostProcess host)
    {
        await Here.UntilAsync(() => Task.FromResult(Incoming(host).Length == 0), TimeSpan.FromSeconds(30), "nothing is left in incoming/");
        Directory.GetFiles(host.Pool).Select(Path.GetFileName).Should().BeSubsetOf(AtTheTop);
        foreach (var path in Files(host))
        {
            byte[] bytes;
            try
            {
                bytes = await File.ReadAllBytesAsync(path);
            }
            catch (FileNotFoundException)
            {
                // Evicted in this moment.
                continue;
            }
            var parts = Path.GetFileName(path).Split('-');
            parts.Should().HaveCount(4, "{0} is a stray", path);
            bytes.LongLength.Should().Be(long.Parse(parts[2], CultureInfo.InvariantCulture), "{0} must be complete", path);
            GridUser.Adler32(bytes).Should().Be(parts[3]);
        }
    }
}
