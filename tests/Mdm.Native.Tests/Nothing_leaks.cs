using System.Globalization;
using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace Mdm.Native.Tests;

/// <summary>Everything the library does, round after round, each with a session of its own. A thousand rounds with MDM_SOAK=1, also under valgrind.</summary>
[Collection(NativeSite.Name)]
public sealed partial class Nothing_leaks(NativeSite site, ITestOutputHelper output)
{
    private static readonly string Exercise = CppProgram.Own("exercise");
    /// <summary>64 MiB, in hexadecimal digits as the runtime reads it.</summary>
    private const string HeapLimit = "4000000";

    private static readonly TimeSpan Limit = Here.Soak ? TimeSpan.FromMinutes(90) : TimeSpan.FromMinutes(15);

    [SkippableFact]
    public async Task A_process_grows_no_more_once_it_is_warm()
    {
        site.Require();
        var rounds = Here.Soak ? 1000 : 50;
        // The heap grows as it likes below a limit, and shows what is held.
        var environment = site.Environment();
        environment["DOTNET_GCHeapHardLimit"] = HeapLimit;

        var (code, said) = await site.RunAsync(Exercise, Rounds(rounds), environment, Limit);

        code.Should().Be(0, said);
        output.WriteLine(said);
        var sizes = Sizes().Match(said);
        sizes.Success.Should().BeTrue(said);
        // Pages of code and of threads that were not needed before; a connection or a file that is left behind each round would be more.
        (Number(sizes.Groups[3]) - Number(sizes.Groups[2])).Should().BeLessThan(24 * 1024, said);
    }

    [SkippableFact]
    public async Task Under_valgrind_no_access_is_invalid_and_what_is_lost_does_not_grow()
    {
        site.Require();
        var valgrind = Here.Tool("valgrind");
        var rounds = Here.Soak ? 1000 : 5;
        var program = await site.BuiltAsync(Exercise);

        var (code, said) = await ChildProcess.RunAsync(
            valgrind,
            // Leaks are counted below: the errors that end it are accesses.
            ["--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=none", $"--suppressions={Path.Combine(Here.Root, "tests", "Mdm.Native.Tests", "cpp", "valgrind.supp")}", program, .. Rounds(rounds)],
            site.Environment(), Limit);

        code.Should().Be(0, said);
        said.Should().Contain($"rounds {rounds},");
        var lost = Lost().Matches(said).Sum(match => Number(match.Groups[1]));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{rounds} rounds, {lost} bytes lost"));
        // What the runtime and libc lose once, whatever the rounds.
        lost.Should().BeLessThan(2048, said);
    }

    [SkippableFact]
    public async Task A_program_with_sanitizers_touches_nothing_that_is_not_its_own()
    {
        site.Require();
        await CppProgram.RequireSanitizersAsync();
        var environment = site.Environment();
        environment[CppProgram.SanitizerVariable] = CppProgram.SanitizerOptions;

        var (code, said) = await ChildProcess.RunAsync(await site.CheckedAsync(Exercise), Rounds(2), environment, Limit);

        code.Should().Be(0, said);
        said.Should().Contain("rounds 2,");
    }

    private string[] Rounds(int rounds) => ["rounds", site.Image, site.Series, "Modality = \"CT\"", rounds.ToString(CultureInfo.InvariantCulture)];

    private static long Number(Group group) => long.Parse(group.Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    [GeneratedRegex("rounds ([0-9]+), KB half way ([0-9]+), KB at the end ([0-9]+)")]
    private static partial Regex Sizes();

    [GeneratedRegex("(?:definitely|indirectly) lost: ([0-9,]+) bytes")]
    private static partial Regex Lost();
}
