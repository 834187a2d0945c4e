using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Plugins.Dicom.Backend;
using Mdm.Plugins.Dicom.DataSet;
using Mdm.TestKit;

namespace Mdm.Plugins.Dicom.Tests.Backend;

/// <summary>Against PACS that we did not write.</summary>
public class RealPacsTests
{
    [SkippableFact]
    public async Task Orthanc_gives_every_sample_in_the_canonical_form_of_the_file_by_both_ways()
    {
        Samples.Require();
        var port = Here.FreePort();
        await using var pacs = await Orthanc.StartAsync("MDM", port);
        await UploadAsync(pacs);
        var originals = await OriginalsAsync();
        foreach (var retrieval in new[] { "get", "move" })
        {
            var fetched = await FetchAllAsync(pacs, retrieval, port);
            fetched.Should().HaveCountGreaterThan(200);
            fetched.Where(pair => !originals[pair.Key.Split('/')[2]].Contains(pair.Value)).Select(pair => pair.Key).Should().BeEmpty("{0} changes no object", retrieval);
        }
    }

    [SkippableFact]
    public async Task Dcmqrscp_gives_the_same_bytes_by_both_ways()
    {
        Samples.Require();
        var port = Here.FreePort();
        await using var pacs = await Dcmqrscp.StartAsync("MDM", port);
        await pacs.SendAsync(Samples.Folder!);
        var byGet = await FetchAllAsync(pacs, "get", port);
        byGet.Should().HaveCountGreaterThan(150);
        (await FetchAllAsync(pacs, "move", port)).Should().Equal(byGet);

        // dcmsend recodes a few implicit objects on their way in; what it leaves alone comes back as the file's canonical form.
        var originals = await OriginalsAsync();
        byGet.Count(pair => originals[pair.Key.Split('/')[2]].Contains(pair.Value)).Should().BeGreaterThan(byGet.Count * 9 / 10);
    }

    /// <summary>Lists and reads everything; the digest of each object by its id.</summary>
    private static async Task<SortedDictionary<string, string>> FetchAllAsync(PacsProcess pacs, string retrieval, int movePort)
    {
        await using var backend = new DicomBackend(Options(pacs, retrieval, movePort), new TestContext("/"));
        (await backend.ProbeAsync(CancellationToken.None)).Should().Contain(retrieval == "get" ? "objects by C-GET" : "objects by C-MOVE");
        var ids = new List<ArchiveObjectId>();
        await foreach (var entry in backend.BrowseAsync(ArchiveSelection.Everything, CancellationToken.None))
            ids.Add(entry.Info.Id);
        // One object of the samples takes Orthanc 1.10.1 down; it has its own test.
        ids.RemoveAll(id => id.Value.EndsWith(SeriesThatKills.Instance, StringComparison.Ordinal));

        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await foreach (var content in backend.OpenReadManyAsync(ids, CancellationToken.None))
        {
            await using (content)
                digests.Add(content.Info.Id.Value, content.Failure?.Message ?? await DigestAsync(content.Stream));
        }

        digests.Keys.Should().BeEquivalentTo(ids.Select(id => id.Value));
        return digests;
    }

    private static async Task UploadAsync(Orthanc pacs)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{pacs.HttpPort}") };
        foreach (var file in Samples.All())
        {
            // Orthanc refuses what lacks identifiers; the rest it keeps byte for byte.
            using var content = new ByteArrayContent(await File.ReadAllBytesAsync(file));
            using var response = await client.PostAsync("/instances", content);
        }
    }

    private static DicomOptions Options(PacsProcess pacs, string retrieval, int movePort) => new()
    {
        Host = "127.0.0.1",
        Port = pacs.Port,
        CalledAeTitle = pacs.AeTitle,
        CallingAeTitle = "MDM",
        Retrieval = Enum.Parse<RetrievalMode>(retrieval, ignoreCase: true),
        MoveDestination = new MoveDestinationOptions { AeTitle = "MDM", Port = movePort, Address = "127.0.0.1" },
        MoveQuietPeriod = TimeSpan.FromSeconds(2),
    };

    /// <summary>Canonical digests of the samples by SOP Instance UID; some samples share one.</summary>
    private static async Task<ILookup<string, string>> OriginalsAsync()
    {
        var all = new List<(string Uid, string Digest)>();
        foreach (var file in Samples.All())
        {
            try
            {
                await using var opened = await Part10.OpenAsync(File.OpenRead(file), CancellationToken.None);
                await using var stream = await CanonicalPart10.FromFileAsync(File.OpenRead(file), null, CancellationToken.None);
                var canonical = new MemoryStream();
                await stream.CopyToAsync(canonical);
                canonical.Position = 0;
                await using var again = await Part10.OpenAsync(canonical, CancellationToken.None);
                all.Add((again.FileMeta.GetText(Tags.MediaStorageSopInstanceUid), Convert.ToHexString(SHA256.HashData(canonical.ToArray()))));
            }
            catch (MdmException)
            {
                // Not an object: the malformed ones have their own tests.
                continue;
            }
        }

        return all.ToLookup(entry => entry.Uid, entry => entry.Digest);
    }

    private static async Task<string> DigestAsync(Stream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        for (int count; (count = await stream.ReadAsync(buffer)) > 0;)
            hash.AppendData(buffer, 0, count);
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}

/// <summary>rt-sr-seg-ecg/seg_image_sm_dots.dcm: a C-GET of it trips an assertion in the codec of Orthanc 1.10.1, and the process ends.</summary>
internal static class SeriesThatKills
{
    public const string File = "rt-sr-seg-ecg/seg_image_sm_dots.dcm";

    public const string Instance = "1.2.826.0.1.3680043.8.498.10230567335252703350357406946916509321";
}
