using Mdm.Abstractions;
using Mdm.DemoPacs;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Backend;
using Mdm.Plugins.Dicom.Tests.Deidentification;
using Mdm.TestKit;

namespace Mdm.Plugins.Dicom.Tests.Backend;

/// <summary>C-STORE beyond what the kit asks of any backend.</summary>
public sealed class StoringTests
{
    private const string Media = "application/dicom";
    private static readonly ArchiveObjectDraft Draft = new(Media, new ArchiveObjectId("tests/1"));

    [Fact]
    public async Task An_archive_that_nobody_opened_has_not_the_ability()
    {
        await using var closed = DicomBackend.Create(Options("NOBODY", 104, writable: false), new TestContext("/"));
        await using var open = DicomBackend.Create(Options("NOBODY", 104), new TestContext("/"));

        (closed as IWritableBackend).Should().BeNull();
        (open as IWritableBackend).Should().NotBeNull();
    }

    [Theory]
    [InlineData(0x0000, null)]
    [InlineData(0xB000, null)]
    [InlineData(0xB006, null)]
    [InlineData(0xB007, null)]
    [InlineData(0xA700, MdmErrorKind.NoSpace)]
    [InlineData(0xA7FF, MdmErrorKind.NoSpace)]
    [InlineData(0xA900, MdmErrorKind.Refused)]
    [InlineData(0xC000, MdmErrorKind.Refused)]
    [InlineData(0x0111, MdmErrorKind.Refused)]
    [InlineData(0x0122, MdmErrorKind.Unsupported)]
    [InlineData(0x0124, MdmErrorKind.Refused)]
    [InlineData(0x0213, MdmErrorKind.Busy)]
    [InlineData(0x0110, MdmErrorKind.Refused)]
    public async Task What_the_archive_answers_decides_whether_the_object_is_stored(int status, MdmErrorKind? kind)
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions { Phantoms = false, AcceptsStore = true, Faults = new DemoFaults { StoreStatus = status } });
        await using var backend = Open(pacs);

        if (kind is null)
        {
            var stored = await StoreAsync(backend, ContractPacs.NewImage(1));
            (await backend.FindAsync(stored.Id, default)).Should().NotBeNull();
            return;
        }

        var failure = await FailureAsync(() => StoreAsync(backend, ContractPacs.NewImage(1)));
        failure.Kind.Should().Be(kind);
        failure.Message.Should().Contain(status.ToString("X4", System.Globalization.CultureInfo.InvariantCulture)).And.NotContain("Wolkenstein");
        // It is refused, not lost: what was refused is stored once the reason is gone, over the same association.
        pacs.Faults.StoreStatus = 0;
        await StoreAsync(backend, ContractPacs.NewImage(1));
        pacs.Associations.Should().BeLessThanOrEqualTo(2);
    }

    [Fact]
    public async Task An_object_that_is_stored_again_is_the_same_one()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions { Phantoms = false, AcceptsStore = true });
        await using var backend = Open(pacs);

        var first = await StoreAsync(backend, ContractPacs.NewImage(1));
        var second = await StoreAsync(backend, ContractPacs.NewImage(1));

        second.Id.Should().Be(first.Id);
        first.Id.Value.Should().Be($"{Patient.Study}/{Patient.Series}.8/{Patient.Instance}.1001");
        (await backend.BrowseAsync(ArchiveSelection.Everything, default).ToListAsync()).Should().ContainSingle();
    }

    [Fact]
    public async Task What_is_no_object_or_is_too_long_never_reaches_the_archive()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions { Phantoms = false, AcceptsStore = true });
        await using var backend = Open(pacs, options => options.MaxObjectLength = 5000);

        (await FailureAsync(() => StoreAsync(backend, "Dear colleague, this is a letter and no image."u8.ToArray()))).Kind.Should().Be(MdmErrorKind.Corrupt);
        (await FailureAsync(() => StoreAsync(backend, ContractPacs.NewImage(1), Draft with { MediaType = "text/plain" }))).Kind.Should().Be(MdmErrorKind.Unsupported);
        (await FailureAsync(() => StoreAsync(backend, ContractPacs.NewImage(1, 6000)))).Message.Should().Contain("MaxObjectLength");
        pacs.Associations.Should().Be(0);
        // Nobody said how long it is.
        (await FailureAsync(() => StoreAsync(backend, ContractPacs.NewImage(1, 6000), oneWay: true))).Kind.Should().Be(MdmErrorKind.Refused);
        (await backend.BrowseAsync(ArchiveSelection.Everything, default).ToListAsync()).Should().BeEmpty();
    }

    [SkippableTheory]
    [InlineData("demo")]
    [InlineData("orthanc")]
    [InlineData("dcmqrscp")]
    public async Task What_breaks_off_in_the_middle_is_not_kept_by_any_archive(string make)
    {
        ContractPacs pacs = make switch { "demo" => new ContractDemoPacs(), "orthanc" => new ContractOrthanc(), _ => new ContractDcmqrscp() };
        await pacs.InitializeAsync();
        try
        {
            Skip.If(pacs.Absent is not null, pacs.Absent);
            await using var backend = (WritableDicomBackend)pacs.Open(RetrievalMode.Get);
            var image = ContractPacs.NewImage(3, 4_000_000);

            // Half of it came, and the source says so; or it says nothing, and the object itself does.
            await FluentActions.Awaiting(() => backend.StoreAsync(new TricklingStream(image, 64 * 1024, breaksAt: image.Length / 2), Draft, default).AsTask()).Should().ThrowAsync<IOException>();
            (await FailureAsync(() => StoreAsync(backend, image[..(image.Length / 2)]))).Kind.Should().Be(MdmErrorKind.Corrupt);
            (await backend.FindAsync(new ArchiveObjectId($"{Patient.Study}/{Patient.Series}.8/{Patient.Instance}.1003"), default)).Should().BeNull();

            // Another one. dcmqrscp clears away what broke off when it notices, and what comes meanwhile it may lose: it is stored again, as its client is told.
            image = ContractPacs.NewImage(4, 4_000_000);
            using var read = new MemoryStream();
            await Here.UntilAsync(async () =>
            {
                try
                {
                    var whole = await StoreAsync(backend, image);
                    read.SetLength(0);
                    await using var content = await backend.OpenReadAsync(whole.Id, default);
                    await content.Stream.CopyToAsync(read);
                    return true;
                }
                catch (MdmException) when (make == "dcmqrscp")
                {
                    return false;
                }
            }, TimeSpan.FromSeconds(60), "the object is stored");
            read.ToArray().Should().Equal(image);
        }
        finally
        {
            await pacs.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task An_archive_that_does_not_take_the_transfer_syntax_is_named_with_it_and_nothing_is_recoded()
    {
        Samples.Require();
        var pacs = new ContractDcmqrscp();
        await pacs.InitializeAsync();
        try
        {
            Skip.If(pacs.Absent is not null, pacs.Absent);
            await using var backend = (WritableDicomBackend)pacs.Open(RetrievalMode.Get);
            var image = Patient.Image();
            byte[] file = [.. Part10.CanonicalHeader(Patient.Ct, Patient.Instance, "1.2.840.10008.1.2.4.90"), .. image.ToArray(DataEncoding.ExplicitLittleEndian)];

            var failure = await FailureAsync(() => StoreAsync(backend, file));

            failure.Kind.Should().Be(MdmErrorKind.Unsupported);
            failure.Message.Should().Contain("CTImageStorage").And.Contain("JPEG2000Lossless").And.Contain("DCMQR");
        }
        finally
        {
            await pacs.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task Orthanc_keeps_every_sample_that_it_takes_as_it_was_sent()
    {
        Samples.Require();
        await using var pacs = await Orthanc.StartAsync("MDM", Here.FreePort());
        await using var backend = (WritableDicomBackend)DicomBackend.Create(Options(pacs.AeTitle, pacs.Port), new TestContext("/"));
        var sent = new Dictionary<ArchiveObjectId, byte[]>();
        var refused = 0;
        foreach (var file in Samples.All().Where(file => new FileInfo(file).Length < 200_000).Where((_, at) => Here.Soak || at % 8 == 0))
        {
            try
            {
                await using var stream = await CanonicalPart10.FromFileAsync(File.OpenRead(file), null, default);
                using var whole = new MemoryStream();
                await stream.CopyToAsync(whole);
                sent[(await StoreAsync(backend, whole.ToArray())).Id] = whole.ToArray();
            }
            catch (MdmException refusal) when (refusal.Kind is MdmErrorKind.Corrupt or MdmErrorKind.Refused or MdmErrorKind.Unsupported)
            {
                refused++;
            }
        }

        var changed = new List<ArchiveObjectId>();
        await foreach (var content in backend.OpenReadManyAsync([.. sent.Keys], default))
        {
            await using (content)
            {
                using var whole = new MemoryStream();
                await content.Stream.CopyToAsync(whole);
                if (!sent[content.Info.Id].AsSpan().SequenceEqual(whole.ToArray()))
                    changed.Add(content.Info.Id);
            }
        }

        sent.Should().HaveCountGreaterThan(10, "{0} were refused", refused);
        // DCMTK, on which Orthanc stands, rewrites the padding of some values.
        changed.Should().HaveCountLessThan(4);
    }

    private static WritableDicomBackend Open(DemoPacsServer pacs, Action<DicomOptions>? configure = null)
    {
        var options = Options(pacs.AeTitle, pacs.Port);
        configure?.Invoke(options);
        return (WritableDicomBackend)DicomBackend.Create(options, new TestContext("/"));
    }

    private static DicomOptions Options(string aeTitle, int port, bool writable = true) => new() { Host = "127.0.0.1", Port = port, CalledAeTitle = aeTitle, CallingAeTitle = "MDM", Writable = writable };

    private static async Task<ArchiveObjectInfo> StoreAsync(WritableDicomBackend backend, byte[] content, ArchiveObjectDraft? draft = null, bool oneWay = false) =>
        await backend.StoreAsync(oneWay ? new TricklingStream(content, 1000) : new MemoryStream(content), draft ?? Draft, default);

    private static async Task<MdmException> FailureAsync(Func<Task> act) => (await act.Should().ThrowAsync<MdmException>()).Which;
}
