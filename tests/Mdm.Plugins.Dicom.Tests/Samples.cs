using System.Diagnostics;

namespace Mdm.Plugins.Dicom.Tests;

/// <summary>Public sample objects beside the checkout, or where MDM_SAMPLES points; tests that need them skip when they are not there.</summary>
internal static class Samples
{
    public static string? Folder { get; } = Find();

    public static string Checkout { get; } = FindCheckout();

    public static void Require() => Skip.If(Folder is null, "No DICOM samples: set MDM_SAMPLES or put them at ../shared/dicom-samples.");

    public static string Path(string name)
    {
        Require();
        return System.IO.Path.Combine(Folder!, name);
    }

    public static IReadOnlyList<string> All()
    {
        Require();
        return [.. Directory.EnumerateFiles(Folder!, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".md", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    private static string? Find()
    {
        var configured = Environment.GetEnvironmentVariable("MDM_SAMPLES");
        if (configured is { Length: > 0 })
            return Directory.Exists(configured) ? configured : null;
        var beside = System.IO.Path.Combine(FindCheckout(), "../shared/dicom-samples");
        return Directory.Exists(beside) ? System.IO.Path.GetFullPath(beside) : null;
    }

    private static string FindCheckout()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "MedicalDataManager.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests do not run from within the checkout.");
    }
}

/// <summary>Debian's Python, which has pydicom.</summary>
internal static class Python
{
    private const string Interpreter = "/usr/bin/python3";

    public static void Require()
    {
        Skip.IfNot(File.Exists(Interpreter), "No /usr/bin/python3.");
        var (exit, _) = Run(["-c", "import pydicom"]);
        Skip.If(exit != 0, "python3-pydicom is not installed.");
    }

    public static string Output(IEnumerable<string> arguments)
    {
        var (exit, output) = Run(arguments);
        exit.Should().Be(0, "the script must run to its end: {0}", output);
        return output;
    }

    private static (int Exit, string Output) Run(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Interpreter) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, process.ExitCode == 0 ? output : output + errors.Result);
    }
}

/// <summary>An empty folder that goes away with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("mdm-dicom-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
