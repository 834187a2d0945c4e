using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Plugins.Dicom.Backend;
using Mdm.TestKit;

namespace Mdm.Plugins.DicomWeb.Tests.Backend;

/// <summary>One archive asked by both backends: an administrator who changes from one to the other changes nothing else.</summary>
public sealed class SameAsDicomTests
{
    /// <summary>Objects whose values DCMTK, on which Orthanc stands, rewrites when it sends them by DIMSE: NULs or lone spaces as padding, UN relabelled. WADO-RS gives the file as it was stored.</summary>
    private static readonly string[] RewrittenByDcmtk =
    [
        "1.2.840.113619.2.131.9999.1414055098.834573", "1.2.840.114340.3.8251017118051.3.20160503.121539.16117.4",
        "1.2.826.0.1.3680043.2.1125.1.8828356712501776637392831168989589",
    ];

    [SkippableFact]
    public async Task Ids_labels_attributes_and_content_of_every_sample_are_the_same()
    {
        var samples = Here.Samples();
        await using var pacs = await Orthanc.StartAsync("MDM", Here.FreePort());
        foreach (var folder in Directory.EnumerateDirectories(samples, "*", SearchOption.AllDirectories).Prepend(samples))
            await pacs.UploadAsync(folder);
        await using var dicom = new DicomBackend(new DicomOptions { Host = "127.0.0.1", Port = pacs.Port, CalledAeTitle = pacs.AeTitle, CallingAeTitle = "MDM" }, new TestContext());
        await using var dicomWeb = TestObjects.Backend(pacs.DicomWeb, options => options.PageSize = 50);

        (await dicomWeb.ProbeAsync(CancellationToken.None)).Should().Contain("QIDO-RS");
        var before = await DescribeAsync(dicom);
        var after = await DescribeAsync(dicomWeb);

        before.Should().HaveCountGreaterThan(200);
        after.Keys.Should().Equal(before.Keys);
        after.Where(entry => entry.Value != before[entry.Key]).Select(entry => $"{entry.Value}\nwas {before[entry.Key]}").Should().BeEmpty();

        var bytesBefore = await DigestsAsync(dicom, before.Keys);
        var bytesAfter = await DigestsAsync(dicomWeb, before.Keys);
        bytesAfter.Values.Should().OnlyContain(digest => digest.Length == 64, "nothing failed");
        bytesAfter.Where(pair => bytesBefore[pair.Key] != pair.Value).Select(pair => pair.Key.Split('/')[2]).Should().BeEquivalentTo(RewrittenByDcmtk);
    }

    /// <summary>All that a listing says of each object, by its id.</summary>
    private static async Task<SortedDictionary<string, string>> DescribeAsync(IBrowsableBackend backend)
    {
        var entries = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in await TestObjects.ListAsync(backend))
        {
            var attributes = entry.Attributes.Select(attribute => $"{attribute.Keyword} {attribute.ValueRepresentation} [{string.Join('|', attribute.Values)}]");
            entries.Add(entry.Info.Id.Value, $"{entry.Info.MediaType} {entry.Info.Length} {entry.Info.Version} {string.Join('/', entry.Labels)} {string.Join(", ", attributes)}");
        }

        return entries;
    }

    private static async Task<SortedDictionary<string, string>> DigestsAsync(IBatchReadableBackend backend, IEnumerable<string> ids)
    {
        var digests = new SortedDictionary<string, string>(StringComparer.Ordinal);
        await foreach (var content in backend.OpenReadManyAsync([.. ids.Select(id => new ArchiveObjectId(id))], CancellationToken.None))
        {
            await using (content)
                digests.Add(content.Info.Id.Value, content.Failure?.Message ?? Convert.ToHexString(await SHA256.HashDataAsync(content.Stream)));
        }

        return digests;
    }
}
