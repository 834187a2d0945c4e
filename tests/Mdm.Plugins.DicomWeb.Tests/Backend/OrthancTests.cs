using System.Diagnostics;
using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Plugins.DicomWeb.Backend;
using Mdm.TestKit;

namespace Mdm.Plugins.DicomWeb.Tests.Backend;

/// <summary>Against Orthanc with its DICOMweb plugin, as Debian ships both.</summary>
public sealed class OrthancTests
{
    private const int Large = 64 << 20;

    // The contract allows a second; a machine that runs all tests at once is slower than one.
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(5);

    [SkippableFact]
    public async Task What_is_stored_is_found_listed_and_read_as_it_was()
    {
        await using var pacs = await Orthanc.StartAsync("MDM", Here.FreePort());
        await using var backend = TestObjects.Writable(pacs.DicomWeb);
        var file = TestObjects.File("1.2.3.4.5", 3_000_000);

        (await backend.FindAsync(TestObjects.Id("1.2.3.4.5"), default)).Should().BeNull();
        var stored = await backend.StoreAsync(new MemoryStream(file), TestObjects.Draft("application/dicom"), default);

        stored.Should().Be(new ArchiveObjectInfo(TestObjects.Id("1.2.3.4.5"), "application/dicom"));
        (await backend.FindAsync(stored.Id, default)).Should().Be(stored);
        (await TestObjects.ReadAsync(await backend.OpenReadAsync(stored.Id, default))).Should().Equal(file);
        (await TestObjects.ListAsync(backend)).Should().ContainSingle().Which.Value("PatientName").Should().Be("Doe^Jane");
        (await TestObjects.ListAsync(backend, new ArchiveSelection([new AttributeCondition("StudyInstanceUID", [TestObjects.Study, "1.9.9"])]))).Should().ContainSingle();
        (await TestObjects.ListAsync(backend, new ArchiveSelection([new AttributeCondition("Modality", ["MR"])]))).Should().BeEmpty();
    }

    [SkippableFact]
    public async Task A_stream_of_unknown_length_is_stored_too()
    {
        await using var pacs = await Orthanc.StartAsync("MDM", Here.FreePort());
        await using var backend = TestObjects.Writable(pacs.DicomWeb);
        var file = TestObjects.File("1.2.3.4.6", 5_000_000);

        await backend.StoreAsync(new OneWay(file), TestObjects.Draft("application/dicom"), default);

        (await TestObjects.ReadAsync(await backend.OpenReadAsync(TestObjects.Id("1.2.3.4.6"), default))).Should().Equal(file);
    }

    [SkippableFact]
    public async Task What_is_not_there_is_not_found()
    {
        await using var pacs = await Orthanc.StartAsync("MDM", Here.FreePort());
        await using var backend = TestObjects.Backend(pacs.DicomWeb);

        (await TestObjects.FailureAsync(async () => await backend.OpenReadAsync(TestObjects.Id("1.2.9"), default))).Kind.Should().Be(MdmErrorKind.NotFound);
        (await TestObjects.FailureAsync(async () => await backend.OpenReadAsync(new ArchiveObjectId("a/b/c"), default))).Kind.Should().Be(MdmErrorKind.InvalidName);
        (await TestObjects.ListAsync(backend)).Should().BeEmpty();
        await using var elsewhere = TestObjects.Backend(new Uri($"http://127.0.0.1:{pacs.HttpPort}/no-such-root"));
        (await TestObjects.FailureAsync(() => TestObjects.ListAsync(elsewhere))).Kind.Should().Be(MdmErrorKind.Refused, "an archive that is not there is no empty one");
        (await TestObjects.FailureAsync(async () => await elsewhere.ProbeAsync(default))).Kind.Should().Be(MdmErrorKind.Refused);
    }

    [SkippableFact]
    public async Task A_series_comes_with_one_request_and_each_of_its_objects_once()
    {
        await using var pacs = await Orthanc.StartAsync("MDM", Here.FreePort());
        var files = Enumerable.Range(1, 40).ToDictionary(number => $"1.2.3.4.{number}", number => TestObjects.File($"1.2.3.4.{number}", 10_000 + number * 2));
        await FillAsync(pacs, files.Values);
        await using var backend = TestObjects.Backend(pacs.DicomWeb);
        // One that is not there, one that is no name, one twice.
        ArchiveObjectId[] wanted = [.. files.Keys.Skip(4).Select(TestObjects.Id), TestObjects.Id("1.2.3.4.999"), new("x"), TestObjects.Id("1.2.3.4.7")];

        var results = await FetchAsync(backend, wanted);

        results.Should().HaveCount(files.Count - 4 + 2);
        results["x"].Should().Be(nameof(MdmErrorKind.InvalidName));
        results[TestObjects.Id("1.2.3.4.999").Value].Should().Be(nameof(MdmErrorKind.NotFound));
        foreach (var (uid, file) in files.Skip(4))
            results[TestObjects.Id(uid).Value].Should().Be(Convert.ToHexString(SHA256.HashData(file)));
        (await FetchAsync(backend, [TestObjects.Id("1.2.3.4.1"), TestObjects.Id("1.2.3.4.2")])).Values.Should().OnlyContain(digest => digest.Length == 64, "few of many are asked for one by one");
    }

    [SkippableFact]
    public async Task A_reader_who_leaves_in_the_middle_leaves_the_archive_at_once()
    {
        await using var pacs = await Orthanc.StartAsync("MDM", Here.FreePort());
        await FillAsync(pacs, [TestObjects.File("1.2.3.4.1", Large), TestObjects.File("1.2.3.4.2", Large)]);
        await using var backend = TestObjects.Backend(pacs.DicomWeb, options => options.MaxConnections = 1);
        using var leaving = new CancellationTokenSource();
        var clock = Stopwatch.StartNew();

        var act = async () =>
        {
            await foreach (var content in backend.OpenReadManyAsync([TestObjects.Id("1.2.3.4.1"), TestObjects.Id("1.2.3.4.2")], leaving.Token))
            {
                await using (content)
                {
                    (await content.Stream.ReadAtLeastAsync(new byte[100_000], 100_000)).Should().BeGreaterThan(0);
                    clock.Restart();
                    await leaving.CancelAsync();
                    await content.Stream.CopyToAsync(Stream.Null, leaving.Token);
                }
            }
        };

        await act.Should().ThrowAsync<OperationCanceledException>();
        clock.Elapsed.Should().BeLessThan(AtOnce);
        // The one connection is free again.
        (await backend.FindAsync(TestObjects.Id("1.2.3.4.2"), default)).Should().NotBeNull();
    }

    [SkippableFact]
    public async Task An_archive_that_is_killed_in_the_middle_is_unavailable_and_then_back()
    {
        await using var pacs = await Orthanc.StartAsync("MDM", Here.FreePort());
        await FillAsync(pacs, [TestObjects.File("1.2.3.4.1", Large), TestObjects.File("1.2.3.4.2", Large)]);
        await using var backend = TestObjects.Backend(pacs.DicomWeb);
        var kinds = new List<MdmErrorKind?>();

        await foreach (var content in backend.OpenReadManyAsync([TestObjects.Id("1.2.3.4.1"), TestObjects.Id("1.2.3.4.2")], default))
        {
            await using (content)
            {
                if (content.Failure is { } failure)
                {
                    kinds.Add(failure.Kind);
                    continue;
                }

                await content.Stream.ReadExactlyAsync(new byte[100_000]);
                await pacs.Process.KillAsync();
                kinds.Add((await TestObjects.FailureAsync(() => content.Stream.CopyToAsync(Stream.Null))).Kind);
            }
        }

        kinds.Should().Equal(MdmErrorKind.Unavailable, MdmErrorKind.Unavailable);
        await pacs.RestartAsync();
        (await FetchAsync(backend, [TestObjects.Id("1.2.3.4.1"), TestObjects.Id("1.2.3.4.2")])).Values.Should().OnlyContain(digest => digest.Length == 64);
    }

    [SkippableFact]
    public async Task Without_the_password_nothing_is_given()
    {
        await using var pacs = await Orthanc.StartAsync("MDM", Here.FreePort(), configuration =>
        {
            configuration["AuthenticationEnabled"] = true;
            configuration["RegisteredUsers"] = new Dictionary<string, string> { ["mdm"] = "right" };
        });
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder["password"], "mdm:right\n");
        await using var nobody = TestObjects.Backend(pacs.DicomWeb);
        await using var known = TestObjects.Backend(pacs.DicomWeb, options => options.BasicFile = "password", folder.Path);

        (await TestObjects.FailureAsync(() => TestObjects.ListAsync(nobody))).Kind.Should().Be(MdmErrorKind.AccessDenied);
        (await TestObjects.FailureAsync(async () => await nobody.OpenReadAsync(TestObjects.Id("1.2.9"), default))).Kind.Should().Be(MdmErrorKind.AccessDenied);
        (await TestObjects.ListAsync(known)).Should().BeEmpty();
        await File.WriteAllTextAsync(folder["password"], "mdm:wrong again\n");
        (await TestObjects.FailureAsync(() => TestObjects.ListAsync(known))).Kind.Should().Be(MdmErrorKind.AccessDenied, "the file is read again when it changes");
    }

    private static async Task FillAsync(Orthanc pacs, IEnumerable<byte[]> files)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{pacs.HttpPort}") };
        foreach (var file in files)
        {
            using var content = new ByteArrayContent(file);
            using var response = await client.PostAsync(new Uri("/instances", UriKind.Relative), content);
            response.EnsureSuccessStatusCode();
        }
    }

    /// <summary>The digest of each object, or the kind of its failure, by id.</summary>
    private static async Task<Dictionary<string, string>> FetchAsync(DicomWebBackend backend, IReadOnlyList<ArchiveObjectId> ids)
    {
        var results = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var content in backend.OpenReadManyAsync(ids, default))
            results.Add(content.Info.Id.Value, content.Failure is { } failure ? failure.Kind.ToString() : Convert.ToHexString(SHA256.HashData(await TestObjects.ReadAsync(content))));
        return results;
    }

    /// <summary>Bytes that can only be read forward, as what a client uploads.</summary>
    private sealed class OneWay(byte[] content) : Mdm.Dicom.DataSet.ReadOnlyByteStream
    {
        private int _given;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = Math.Min(buffer.Length, content.Length - _given);
            content.AsMemory(_given, count).CopyTo(buffer);
            _given += count;
            return ValueTask.FromResult(count);
        }
    }
}
