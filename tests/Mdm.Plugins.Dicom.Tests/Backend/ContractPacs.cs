using System.Globalization;
using Mdm.Abstractions.Testing;
using Mdm.DemoPacs;
using Mdm.Plugins.Dicom.Backend;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Tests.Deidentification;
using Mdm.TestKit;

namespace Mdm.Plugins.Dicom.Tests.Backend;

/// <summary>A PACS that holds a patient's images, for all tests of one class.</summary>
public abstract class ContractPacs : IAsyncLifetime
{
    private const string Other = Patient.Series + ".9";

    /// <summary>What it holds; PACS of any make must give these very bytes.</summary>
    public static IReadOnlyList<KnownObject> Known { get; } = [.. Images().Select(static image => KnownObject.Of(IdOf(image), "application/dicom", Patient.File(image)))];

    /// <summary>Why there is no such PACS here; null when there is one.</summary>
    public string? Absent { get; private set; }

    /// <summary>Where C-MOVE delivers.</summary>
    protected int MovePort { get; } = Here.FreePort();

    public async Task InitializeAsync()
    {
        using var folder = new TemporaryFolder();
        var number = 0;
        foreach (var image in Images())
            await File.WriteAllBytesAsync(folder.File($"{++number}.dcm"), Patient.File(image));
        try
        {
            await StartAsync(folder.Path);
        }
        catch (SkipException e)
        {
            // A fixture cannot skip; each of its tests does.
            Absent = e.Message;
        }
    }

    public abstract Task DisposeAsync();

    /// <summary>An image of another patient's series that it does not hold.</summary>
    public static byte[] NewImage(int number, int pixels = 1000) => Patient.File(Patient.Image()
        .Set(Tags.SopInstanceUid, $"{Patient.Instance}.{number + 1000}").Set(Tags.SeriesInstanceUid, Patient.Series + ".8")
        .Set(new DicomAttribute(Tags.PixelData, Vr.OB, Enumerable.Range(0, pixels).Select(at => (byte)(at * number / 3)).ToArray())));

    internal DicomBackend Open(RetrievalMode retrieval, bool isWritable = true)
    {
        var (aeTitle, port) = Address;
        return DicomBackend.Create(new DicomOptions
        {
            Host = "127.0.0.1",
            Port = port,
            CalledAeTitle = aeTitle,
            CallingAeTitle = "MDM",
            // Storing has nothing to do with how objects are fetched.
            Writable = isWritable && retrieval == RetrievalMode.Get,
            Retrieval = retrieval,
            MoveDestination = new MoveDestinationOptions { AeTitle = "MDM", Port = MovePort, Address = "127.0.0.1" },
        }, new TestContext("/"));
    }

    protected abstract (string AeTitle, int Port) Address { get; }

    /// <summary>Starts it with the objects of a folder.</summary>
    protected abstract Task StartAsync(string folder);

    private static IEnumerable<AttributeSet> Images()
    {
        for (var number = 1; number <= 4; number++)
        {
            // The first series has small ones; in the second there is something to leave in the middle.
            var size = (ushort)(number < 3 ? 16 : 400);
            yield return Patient.Image()
                .Set(Tags.SopInstanceUid, $"{Patient.Instance}.{number}").Set(Tags.SeriesInstanceUid, number < 3 ? Patient.Series : Other)
                .Set(Tags.InstanceNumber, number.ToString(CultureInfo.InvariantCulture)).Set(new Tag(0x0028_0010), size).Set(new Tag(0x0028_0011), size)
                .Set(new DicomAttribute(Tags.PixelData, Vr.OB, Enumerable.Range(0, size * size).Select(at => (byte)(at * number / 7)).ToArray()));
        }
    }

    private static string IdOf(AttributeSet image) => $"{image.GetText(Tags.StudyInstanceUid)}/{image.GetText(Tags.SeriesInstanceUid)}/{image.GetText(Tags.SopInstanceUid)}";
}

/// <summary>The demo PACS.</summary>
public sealed class ContractDemoPacs : ContractPacs
{
    private DemoPacsServer? _server;

    protected override (string AeTitle, int Port) Address => (_server!.AeTitle, _server.Port);

    public override async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    protected override async Task StartAsync(string folder)
    {
        var send = Here.Tool("dcmsend");
        _server = DemoPacsServer.Start(new DemoPacsOptions { AcceptsStore = true, Destinations = new Dictionary<string, (string, int)> { ["MDM"] = ("127.0.0.1", MovePort) } });
        var (exit, output) = await ChildProcess.RunAsync(send,
            ["-aec", _server.AeTitle, "--scan-directories", "--decompress-never", "127.0.0.1", _server.Port.ToString(CultureInfo.InvariantCulture), folder], new Dictionary<string, string?> { ["TCP_NODELAY"] = "1" });
        exit.Should().Be(0, output);
    }
}

/// <summary>Orthanc.</summary>
public sealed class ContractOrthanc : ContractPacs
{
    private Orthanc? _server;

    protected override (string AeTitle, int Port) Address => (_server!.AeTitle, _server.Port);

    public override async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    protected override async Task StartAsync(string folder)
    {
        _server = await Orthanc.StartAsync("MDM", MovePort);
        await _server.UploadAsync(folder);
    }
}

/// <summary>DCMTK's dcmqrscp.</summary>
public sealed class ContractDcmqrscp : ContractPacs
{
    private Dcmqrscp? _server;

    protected override (string AeTitle, int Port) Address => (_server!.AeTitle, _server.Port);

    public override async Task DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }

    protected override async Task StartAsync(string folder)
    {
        _server = await Dcmqrscp.StartAsync("MDM", MovePort);
        await _server.SendAsync(folder);
    }
}
