using System.Globalization;
using Mdm.Formats.Sealed;

namespace Mdm.EndToEnd.Tests;

/// <summary>The host's pool as an administrator sees it with <c>ls</c>: names that tell id, version, length, adler32 and delivery, and partial files beside them.</summary>
internal static class Pool
{
    private static readonly string[] AtTheTop = ["boot", "mdm-pool", "owner.lock"];

    /// <summary>Files that are being written now.</summary>
    public static string[] Partial(HostProcess host) => Entries(host, isPartial: true);

    /// <summary>Complete files that lie in the pool now.</summary>
    public static string[] Files(HostProcess host) => Entries(host, isPartial: false);

    /// <summary>Part of every object of the demonstration archive.</summary>
    private static readonly byte[] Plain = "MDM Phantom Works"u8.ToArray();

    /// <summary>
    /// Waits until nothing is being written, then demands that each file is as long as its name says, sealed, and that there is nothing else. Whether it opens shows when it is delivered.
    /// </summary>
    public static async Task MustBeWholeAsync(HostProcess host)
    {
        await Here.UntilAsync(() => Task.FromResult(Partial(host).Length == 0), TimeSpan.FromSeconds(60), "nothing is partial");
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
            parts.Should().HaveCount(5, "{0} is a stray", path);
            var length = long.Parse(parts[2], CultureInfo.InvariantCulture);
            bytes.LongLength.Should().Be(parts[4] == "c" ? SealedFormat.SealedLength(length) : length, "{0} must be complete", path);
            SealedHeader.TryParse(bytes, out _).Should().BeTrue("{0} must be sealed", path);
            bytes.AsSpan().IndexOf(Plain).Should().Be(-1, "{0} must be sealed", path);
            if (parts[4] == "s")
                GridUser.Adler32(bytes).Should().Be(parts[3]);
        }
    }

    private static string[] Entries(HostProcess host, bool isPartial) =>
        [.. Directory.GetDirectories(host.Pool).SelectMany(Directory.GetFileSystemEntries).Where(path => Path.GetFileName(path).StartsWith("partial-", StringComparison.Ordinal) == isPartial)];
}
