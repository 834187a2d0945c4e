using System.Text.RegularExpressions;

namespace Mdm.EndToEnd.Tests;

/// <summary>A stranger's machine: a folder outside the checkout with the packed packages, what the template made of them, and a published host. It knows nothing of the sources.</summary>
public sealed partial class Workshop : IAsyncLifetime, IDisposable
{
    /// <summary>The release of Npgsql that the plugin brings; the host has another.</summary>
    public const string OwnLibrary = "9.0.4";

    /// <summary>Restoring, compiling and testing, on a machine that does other things.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly TemporaryDirectory _folder = new();
    private readonly Dictionary<string, string?> _environment;
    private string? _lacking;

    public Workshop() => _environment = new Dictionary<string, string?>
    {
        ["DOTNET_CLI_HOME"] = _folder["home"],
        ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
        ["DOTNET_NOLOGO"] = "1",
        ["DOTNET_GENERATE_ASPNET_CERTIFICATE"] = "false",
        ["MSBUILDDISABLENODEREUSE"] = "1",
        // Packages of this machine's cache are used where they lie; ours are unpacked into a folder of this test's, so that no older ones are taken for them.
        ["NUGET_PACKAGES"] = _folder["nuget"],
        ["NUGET_FALLBACK_PACKAGES"] = Cache,
        // What the test runner sets for itself is not for the processes below it.
        ["MSBuildSDKsPath"] = null,
        ["MSBUILD_EXE_PATH"] = null,
    };

    /// <summary>The solution that the template made.</summary>
    public string Solution => _folder["Acme.Pacs"];

    /// <summary>The published host's program.</summary>
    public string Host => _folder["host", "mdm-host.dll"];

    /// <summary>The published host's plugins.</summary>
    public string Plugins => _folder["host", "plugins"];

    /// <summary>What the kit said of the plugin.</summary>
    public string Proof { get; private set; } = string.Empty;

    private static string Cache => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    public async Task InitializeAsync()
    {
        var packages = _folder["packages"];
        var release = Here.Configuration;
        await Task.WhenAll(
            DoneAsync(Here.Root, "pack", "src/Mdm.Abstractions", "--no-build", "-c", release, "--output", packages, "-v", "quiet"),
            DoneAsync(Here.Root, "pack", "src/Mdm.Abstractions.Testing", "--no-build", "-c", release, "--output", packages, "-v", "quiet"),
            DoneAsync(Here.Root, "pack", "templates", "--no-build", "-c", release, "--output", packages, "-v", "quiet"),
            DoneAsync(Here.Root, "publish", "src/Mdm.Host", "--no-build", "-c", release, "--output", _folder["host"], "-v", "quiet"));
        Copy(Path.Combine(Here.Plugins, "Mdm.Plugins.Lfc"), Path.Combine(Plugins, "Mdm.Plugins.Lfc"));

        var template = Directory.EnumerateFiles(packages, "Mdm.Templates.*.nupkg").Single();
        await DoneAsync(_folder.Path, "new", "install", template, "--debug:custom-hive", _folder["hive"]);
        await DoneAsync(_folder.Path, "new", "mdm-plugin", "-n", "Acme.Pacs", "--backend", "acme", "--packages", packages, "--debug:custom-hive", _folder["hive"]);
        await BringALibraryAsync();

        var (restored, said) = await RunAsync(Solution, "restore", "--source", packages);
        if (restored != 0 && NotFound().Matches(said).Any(m => !m.Groups[1].Value.StartsWith("Mdm.", StringComparison.Ordinal)))
        {
            _lacking = $"packages that the plugin needs are not in {Cache}: {said}";
            return;
        }
        restored.Should().Be(0, "{0}", said);
        Directory.Exists(_folder["nuget", "mdm.abstractions"]).Should().BeTrue("the contract is the packed one");
        Proof = await DoneAsync(Solution, "test", "--no-restore", "-c", "Release", "-v", "quiet", "-p:UseSharedCompilation=false");
        await DoneAsync(Solution, "publish", "src/Acme.Pacs", "--no-build", "-c", "Release", "--output", Path.Combine(Plugins, "Acme.Pacs"), "-v", "quiet");
    }

    /// <summary>Skips the test where the machine has no copy of what a plugin's tests need, and no registry is asked.</summary>
    public void MustBeSetUp() => Skip.If(_lacking is not null, _lacking);

    public Task DisposeAsync()
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>Builds a copy of the plugin with mistakes in it; what the build said.</summary>
    public async Task<string> BuildWithAsync(params (string File, string Before, string After)[] mistakes)
    {
        var copy = _folder["mistaken"];
        Copy(Solution, copy, "/obj/", "/bin/");
        foreach (var (file, before, after) in mistakes)
            await ChangeAsync(copy, file, before, after);
        var (restored, why) = await RunAsync(copy, "restore", "src/Acme.Pacs", "--source", _folder["packages"]);
        restored.Should().Be(0, "{0}", why);
        var (code, said) = await RunAsync(copy, "build", "src/Acme.Pacs", "--no-restore", "-c", "Release", "-v", "quiet", "-p:UseSharedCompilation=false");
        code.Should().NotBe(0, "{0}", said);
        return said;
    }

    /// <summary>Another release of a library that the host has too, and words of it in what the plugin says of itself.</summary>
    private async Task BringALibraryAsync()
    {
        await ChangeAsync(Solution, "src/Acme.Pacs/Acme.Pacs.csproj", "    <!-- Libraries of your own:", $"    <PackageReference Include=\"Npgsql\" Version=\"{OwnLibrary}\" />\n    <!-- Libraries of your own:");
        await ChangeAsync(Solution, "src/Acme.Pacs/PacsBackend.cs", " ms.\";", " ms, with Npgsql {typeof(Npgsql.NpgsqlConnection).Assembly.GetName().Version}.\";");
    }

    private static async Task ChangeAsync(string solution, string file, string before, string after)
    {
        var path = Path.Combine(solution, file);
        var text = await File.ReadAllTextAsync(path);
        text.Should().Contain(before);
        await File.WriteAllTextAsync(path, text.Replace(before, after, StringComparison.Ordinal));
    }

    private async Task<string> DoneAsync(string folder, params string[] arguments)
    {
        var (code, said) = await RunAsync(folder, arguments);
        code.Should().Be(0, "dotnet {0} said: {1}", string.Join(' ', arguments), said);
        return said;
    }

    private Task<(int ExitCode, string Output)> RunAsync(string folder, params string[] arguments) =>
        ChildProcess.RunAsync("dotnet", arguments, _environment, Limit, folder);

    [GeneratedRegex("error NU110[1-3]: .*?package ([A-Za-z0-9.]+)")]
    private static partial Regex NotFound();

    private static void Copy(string from, string to, params string[] skipped)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(file => !skipped.Any(file.Contains)))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
