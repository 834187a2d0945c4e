using System.Diagnostics;
using System.Globalization;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>What the kernel says of this machine and its processes.</summary>
internal static class Machine
{
    /// <summary>
    /// Touches as much memory as a measured part fills with its files: a virtual machine's memory is given to it at the first touch, at a cost that is the
    /// machine's, not that of who happens to be measured then.
    /// </summary>
    public static void WarmMemory(long bytes)
    {
        using var folder = new TemporaryDirectory();
        var piece = new byte[1 << 20];
        using var file = File.OpenHandle(folder["touched"], FileMode.CreateNew, FileAccess.Write, options: FileOptions.DeleteOnClose);
        for (long offset = 0; offset < bytes; offset += piece.Length)
            RandomAccess.Write(file, piece, offset);
    }

    /// <summary>The load averages: figures of a busy machine are to be read with them.</summary>
    public static string Load() => string.Join('/', File.ReadAllText("/proc/loadavg").Split(' ').Take(3));

    /// <summary>Bytes of memory a process had resident at its peak.</summary>
    public static long PeakMemory(int process) => Status(process, "VmHWM:") * 1024;

    /// <summary>Processor time a process has used, its own and the kernel's for it.</summary>
    public static TimeSpan ProcessorTime(int process)
    {
        var fields = File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/stat").Split(") ")[1].Split(' ');
        // utime and stime are the 14th and 15th of proc(5), in hundredths of a second.
        return TimeSpan.FromMilliseconds(10 * (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)));
    }

    /// <summary>Ends every process that this one started: servers must not outlive a run that is interrupted.</summary>
    public static void EndChildren()
    {
        foreach (var process in Process.GetProcesses())
        {
            try
            {
                if (Status(process.Id, "PPid:") == Environment.ProcessId)
                    process.Kill(entireProcessTree: true);
            }
            catch (Exception gone) when (gone is IOException or InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                // It ended by itself meanwhile.
                process.Refresh();
            }
            process.Dispose();
        }
    }

    private static long Status(int process, string name) =>
        long.Parse(File.ReadLines($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/status").First(line => line.StartsWith(name, StringComparison.Ordinal)).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
