namespace Mdm.Interop.Tests;

/// <summary>
/// For every object that a PACS accepted, what a client gets is the canonical form of what the PACS holds, byte for byte. Orthanc's own copy of each file is put into that form by an
/// independent script on pydicom.
/// </summary>
[Collection(RealSite.Name)]
public sealed class Canonical_bytes(RealSite site)
{
    /// <summary>What the samples are in that Orthanc takes: uncompressed, and encapsulated as JPEG, JPEG-LS, JPEG 2000 and RLE.</summary>
    private static readonly string[] Syntaxes =
    [
        "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2",
        "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.5",
    ];

    /// <summary>DCMTK, on which Orthanc stands, rewrites values of these when it sends them: no form of the object can undo that (docs/conformance.md).</summary>
    private static readonly string[] RewrittenByOrthanc =
    [
        "1.2.840.113619.2.131.9999.1414055098.834573", // a text padded with NULs loses them
        "1.2.840.114340.3.8251017118051.3.20160503.121539.16117.4", // a short string of nothing but spaces becomes empty
    ];

    /// <summary>Classes that dcmqrscp stores, but does not know when it is to send them by C-MOVE.</summary>
    private static readonly string[] NotMovedByDcmqrscp =
    [
        "1.2.826.0.1.3680043.10.153.2991893795.21120.1550153784.159", // Encapsulated STL
        "1.2.826.0.1.3680043.10.511.3.43769862825864704536182881533064337", // Microscopy Bulk Simple Annotations
    ];

    [SkippableTheory]
    [InlineData("orthanc-get")]
    [InlineData("orthanc-move")]
    public async Task Are_delivered_of_every_object_in_Orthanc(string publication)
    {
        site.Require();
        using var held = new TemporaryDirectory();
        await site.Orthanc.DownloadAsync(held.Path);
        var canonical = await CanonicalForm.OfAsync(held.Path);
        using var target = new TemporaryDirectory();
        var delivered = await FetchAsync(site.Host, publication, target);

        delivered.Count.Should().Be(Directory.GetFiles(held.Path).Length).And.BeGreaterThan(180);
        delivered.Select(file => file.TransferSyntax).Should().Contain(Syntaxes);
        Differing(delivered, canonical).Should().BeEquivalentTo(RewrittenByOrthanc);
    }

    [SkippableTheory]
    [InlineData("dcmqr-get")]
    [InlineData("dcmqr-move")]
    public async Task Are_delivered_of_every_object_in_dcmqrscp(string publication)
    {
        site.Require();
        var (isMove, canonical) = (publication == "dcmqr-move", await CanonicalForm.OfAsync(site.Dcmqrscp.Storage));
        var listed = (await new Shell(site).FilesAsync(publication)).Select(Path.GetFileNameWithoutExtension);
        using var target = new TemporaryDirectory();
        var delivered = await FetchAsync(site.Host, publication, target, mayMiss: isMove);
        delivered.Count.Should().BeGreaterThan(130);
        listed.Except(delivered.Select(file => file.Instance)).Should().BeEquivalentTo(isMove ? NotMovedByDcmqrscp : []);
        Differing(delivered, canonical).Should().BeEmpty();
    }

    internal static async Task<List<(string Instance, string TransferSyntax, string Digest)>> FetchAsync(HostProcess host, string publication, TemporaryDirectory target, bool mayMiss = false)
    {
        var (code, output) = await Mdm.RunAsync(host, host.Grid.PhysicianProxy, "get", "-r", host.Surl(RealSite.Root(publication)), target["all"]);
        if (!mayMiss)
            code.Should().Be(0, string.Join('\n', output.Split('\n').Where(line => !line.StartsWith("fetched ", StringComparison.Ordinal))));
        return [.. Directory.EnumerateFiles(target["all"], "*", SearchOption.AllDirectories).Select(file =>
        {
            var (instance, syntax) = CanonicalForm.HeaderOf(file);
            return (instance, syntax, CanonicalForm.Digest(file));
        })];
    }

    private static List<string> Differing(IEnumerable<(string Instance, string TransferSyntax, string Digest)> delivered, ILookup<string, string> canonical) =>
        [.. delivered.Where(file => !canonical[file.Instance].Contains(file.Digest)).Select(file => file.Instance)];
}
