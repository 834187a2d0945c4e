using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.TestKit;

namespace Mdm.Plugins.DicomWeb.Tests.Backend;

/// <summary>The backend's promises, kept with Orthanc.</summary>
public sealed class DicomWebBackendContractTests(DicomWebBackendContractTests.Archive archive) : StorageBackendContract, IClassFixture<DicomWebBackendContractTests.Archive>
{
    private const string Media = "application/dicom";

    private static readonly byte[][] Files = [TestObjects.File("1.2.3.4.1", 600), TestObjects.File("1.2.3.4.2", 3_000_000)];

    protected override IReadOnlyList<KnownObject> Known { get; } = [KnownObject.Of(TestObjects.Id("1.2.3.4.1").Value, Media, Files[0]), KnownObject.Of(TestObjects.Id("1.2.3.4.2").Value, Media, Files[1])];

    protected override ArchiveObjectId Missing { get; } = TestObjects.Id("1.2.3.4.404");

    protected override IReadOnlyList<ArchiveObjectId> OfAnotherForm { get; } = [new("one/two/three"), new("1.2.3"), new("1.2/1.3/1.4/1.5"), new("1.2/1.3/*")];

    protected override IReadOnlyList<string> Marks { get; } = ["Doe^Jane"];

    public override Task InitializeAsync()
    {
        Skip.If(archive.Absent is not null, archive.Absent);
        return base.InitializeAsync();
    }

    protected override (byte[] Content, string MediaType) NewObject(int number) => (TestObjects.File($"1.2.3.4.{1000 + number}", 1000), Media);

    protected override ValueTask<IStorageBackend> OpenAsync() => new(TestObjects.Writable(archive.Url));

    /// <summary>Orthanc with two objects, for all tests of the class.</summary>
    public sealed class Archive : IAsyncLifetime
    {
        private Orthanc? _server;

        /// <summary>Why there is none; null when there is.</summary>
        public string? Absent { get; private set; }

        public Uri Url => _server!.DicomWeb;

        public async Task InitializeAsync()
        {
            try
            {
                _server = await Orthanc.StartAsync("MDM", Here.FreePort());
                await using var backend = TestObjects.Writable(Url);
                foreach (var file in Files)
                    await backend.StoreAsync(new MemoryStream(file), TestObjects.Draft(Media), default);
            }
            catch (SkipException e)
            {
                // A fixture cannot skip; each of its tests does.
                Absent = e.Message;
            }
        }

        public async Task DisposeAsync()
        {
            if (_server is not null)
                await _server.DisposeAsync();
        }
    }
}
