using System.Globalization;
using System.Net;
using Mdm.Plugins.Dicom.Services;
using Mdm.Plugins.Dicom.UpperLayer;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Plugins.Dicom.Tests.Services;

/// <summary>Our only open door: DCMTK's storescu knocks.</summary>
public class StorageReceiverTests
{
    private const string Sample = "transfer-syntax/CT_small.dcm";

    [SkippableTheory]
    [InlineData("PACS", "MDM", false, true)] // no move under way
    [InlineData("STRANGER", "MDM", true, true)] // not the archive's title
    [InlineData("PACS", "OTHER", true, true)] // not our title
    [InlineData("PACS", "MDM", true, false)] // not the archive's address
    public async Task Rejects_whom_nobody_expects(string calling, string called, bool isMoving, bool isArchive)
    {
        await using var receiver = Receiver(_ => isArchive);
        using var expected = isMoving ? receiver.Expect(new ExpectedMove(["1.2.3"])) : null;
        var (exit, output) = await StoreAsync(receiver, calling, called);
        exit.Should().NotBe(0);
        output.Should().Contain("Association Rejected");
    }

    [SkippableFact]
    public async Task Refuses_an_instance_that_was_not_asked_for()
    {
        await using var receiver = Receiver(IPAddress.IsLoopback);
        using var expected = receiver.Expect(new ExpectedMove(["1.2.3"]));
        var (_, output) = await StoreAsync(receiver, "PACS", "MDM");
        output.Should().MatchRegex("0x0?124", "PS3.7 calls that not authorized");
    }

    private static StorageReceiver Receiver(Func<IPAddress, bool> isArchive) =>
        new(IPAddress.Loopback, 0, "MDM", "PACS", isArchive, null, AssociationOptions.Default, NullLogger.Instance);

    private static Task<(int ExitCode, string Output)> StoreAsync(StorageReceiver receiver, string calling, string called) =>
        ChildProcess.RunAsync(Here.Tool("storescu"),
            ["-v", "-aet", calling, "-aec", called, "127.0.0.1", receiver.Port.ToString(CultureInfo.InvariantCulture), Samples.Path(Sample)],
            new Dictionary<string, string?> { ["TCP_NODELAY"] = "1" });
}
