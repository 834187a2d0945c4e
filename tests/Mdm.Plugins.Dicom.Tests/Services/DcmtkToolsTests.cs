using System.Globalization;
using Mdm.DemoPacs;
using Mdm.TestKit;

namespace Mdm.Plugins.Dicom.Tests.Services;

/// <summary>DCMTK's users against our provider: the same association and DIMSE code that the backend runs, seen from the other side.</summary>
public class DcmtkToolsTests
{
    private const string Root = "2.25.96487669750105191897146003936682062432.9";

    private static readonly Dictionary<string, string?> NoDelay = new() { ["TCP_NODELAY"] = "1" };

    [SkippableFact]
    public async Task Echoscu_is_answered()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions());
        var (exit, output) = await RunAsync("echoscu", pacs, ["-v"]);
        exit.Should().Be(0, output);
        output.Should().Contain("Received Echo Response (Success)");
    }

    [SkippableFact]
    public async Task Findscu_finds_by_wildcard()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions());
        var (exit, output) = await RunAsync("findscu", pacs, ["-S", "-k", "0008,0052=STUDY", "-k", "0020,000D", "-k", "0010,0010=RO*", "-k", "0010,0020"]);
        exit.Should().Be(0, output);
        output.Should().Contain("PAT-0002").And.NotContain("PAT-0001");
    }

    [SkippableTheory]
    [InlineData("findscu")]
    [InlineData("getscu")]
    public async Task A_wrong_called_title_is_rejected(string tool)
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions { AeTitle = "OTHER" });
        var (exit, output) = await ChildProcess.RunAsync(Here.Tool(tool), ["-S", "-aec", "DEMOPACS", "-k", "0008,0052=STUDY", "127.0.0.1", Port(pacs)], NoDelay);
        exit.Should().NotBe(0);
        output.Should().Contain("Association Rejected");
    }

    [SkippableFact]
    public async Task Getscu_gets_a_series()
    {
        using var folder = new TemporaryFolder();
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions());
        var (exit, output) = await RunAsync("getscu", pacs, ["-S", "-od", folder.Path, "-k", "0008,0052=SERIES", "-k", $"0020,000D={Root}.2", "-k", $"0020,000E={Root}.2.1"]);
        exit.Should().Be(0, output);
        Directory.GetFiles(folder.Path).Should().HaveCount(16);
    }

    [SkippableFact]
    public async Task Movescu_receives_a_series()
    {
        using var folder = new TemporaryFolder();
        var port = Here.FreePort();
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions { Destinations = new Dictionary<string, (string, int)> { ["MDM"] = ("127.0.0.1", port) } });
        var (exit, output) = await RunAsync("movescu", pacs,
            ["-S", "-aet", "MDM", "-aem", "MDM", "+P", port.ToString(CultureInfo.InvariantCulture), "-od", folder.Path, "-k", "0008,0052=SERIES", "-k", $"0020,000D={Root}.2", "-k", $"0020,000E={Root}.2.1"]);
        exit.Should().Be(0, output);
        Directory.GetFiles(folder.Path).Should().HaveCount(16);
    }

    [SkippableFact]
    public async Task What_storescu_stores_getscu_gets()
    {
        using var folder = new TemporaryFolder();
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions { Phantoms = false, AcceptsStore = true });
        var file = Samples.Path("mr-ge-b0map");
        var (stored, said) = await ChildProcess.RunAsync(Here.Tool("storescu"), ["-aec", pacs.AeTitle, "+sd", "127.0.0.1", Port(pacs), file], NoDelay);
        stored.Should().Be(0, said);

        var study = await StudyOfAsync(pacs);
        var (exit, output) = await RunAsync("getscu", pacs, ["-S", "-od", folder.Path, "-k", "0008,0052=STUDY", "-k", $"0020,000D={study}"]);
        exit.Should().Be(0, output);
        Directory.GetFiles(folder.Path).Should().HaveCount(32);
    }

    private static async Task<string> StudyOfAsync(DemoPacsServer pacs)
    {
        var (_, output) = await RunAsync("findscu", pacs, ["-S", "-k", "0008,0052=STUDY", "-k", "0020,000D"]);
        var line = output.Split('\n').Last(line => line.Contains("(0020,000d)", StringComparison.Ordinal) && line.Contains('[', StringComparison.Ordinal));
        return line.Split('[', ']')[1].Trim('\0', ' ');
    }

    private static Task<(int ExitCode, string Output)> RunAsync(string tool, DemoPacsServer pacs, string[] arguments) =>
        ChildProcess.RunAsync(Here.Tool(tool), ["-aec", pacs.AeTitle, .. arguments, "127.0.0.1", Port(pacs)], NoDelay);

    private static string Port(DemoPacsServer pacs) => pacs.Port.ToString(CultureInfo.InvariantCulture);
}
