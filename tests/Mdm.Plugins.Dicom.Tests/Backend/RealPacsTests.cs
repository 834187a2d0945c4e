using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Backend;
using Mdm.TestKit;

namespace Mdm.Plugins.Dicom.Tests.Backend;

/// <summary>Against PACS that we did not write.</summary>
public class RealPacsTests
{
    /// <summary>Objects whose values DCMTK, on which Orthanc stands, rewrites when it sends them: NULs or lone spaces as padding, UN relabelled.</summary>
    private static readonly string[] RewrittenByDcmtk =
    [
        "1.2.840.113619.2.131.9999.1414055098.834573", "1.2.840.114340.3.8251017118051.3.20160503.121539.16117.4",
        "1.2.826.0.1.3680043.2.1125.1.8828356712501776637392831168989589",
    ];

    /// <summary>Objects of classes that dcmqrscp stores, but does not know when it is to send them by C-MOVE.</summary>
    private static readonly string[] NotMovedByDcmqrscp =
    [
        "1.2.826.0.1.3680043.10.153.2991893795.21120.1550153784.159", // Encapsulated STL
        "1.2.826.0.1.3680043.10.511.3.43769862825864704536182881533064337", // Microscopy Bulk Simple Annotations
    ];

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
            // Among them rt-sr-seg-ecg/seg_image_sm_dots.dcm: transcoding it takes Orthanc 1.10.1 down, so it comes only where nobody lets it transcode.
            fetched.Should().HaveCountGreaterThan(200);
            fetched.Where(pair => !originals[pair.Key.Split('/')[2]].Contains(pair.Value)).Select(pair => pair.Key.Split('/')[2])
                .Should().BeEquivalentTo(RewrittenByDcmtk, "{0} changes no other", retrieval);
        }
    }

    [SkippableFact]
    public async Task Dcmqrscp_gives_every_object_by_both_ways()
    {
        Samples.Require();
        var port = Here.FreePort();
        await using var pacs = await Dcmqrscp.StartAsync("MDM", port);
        await pacs.SendAsync(Samples.Folder!);
        var byGet = await FetchAllAsync(pacs, "get", port);
        byGet.Should().HaveCountGreaterThan(150);
        var byMove = await FetchAllAsync(pacs, "move", port);
        byMove.Keys.Should().Equal(byGet.Keys);
        byMove.Where(pair => byGet[pair.Key] != pair.Value).Select(pair => pair.Key.Split('/')[2]).Should().BeEquivalentTo(NotMovedByDcmqrscp);

        // dcmsend recodes a few implicit objects on their way in.
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
        MoveQuietPeriod = TimeSpan.FromSeconds(5),
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
