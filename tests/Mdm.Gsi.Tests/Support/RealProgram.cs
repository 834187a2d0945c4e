using System.Diagnostics;

namespace Mdm.Gsi.Tests.Support;

/// <summary>A program that we did not write, run to its end.</summary>
internal static class RealProgram
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    public static bool IsInstalled(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, name)));

    public static async Task<(int ExitCode, string Output)> RunAsync(string name, IEnumerable<string> arguments, TestGrid grid, string? proxy = null, string input = "")
    {
        var start = new ProcessStartInfo(name) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["X509_CERT_DIR"] = grid.CertificateDirectory;
        start.Environment["X509_VOMS_DIR"] = grid.VomsDirectory;
        start.Environment["GFAL_PYTHONBIN"] = "/usr/bin/python3";
        // ARC keeps a cache of ports there.
        start.Environment["HOME"] = grid.Root;
        if (proxy is not null)
            start.Environment["X509_USER_PROXY"] = proxy;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{name} did not end within {Limit}.");
        }
        return (process.ExitCode, await output + await error);
    }
}
