using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.DemoPacs;
using Mdm.Dicom.Archives;
using Mdm.Plugins.Dicom.Backend;

namespace Mdm.Plugins.Dicom.Tests.Backend;

public class SeriesMemoryTests
{
    private const string Study = "2.25.96487669750105191897146003936682062432.9.1";
    private const string Series = Study + ".1";

    [Fact]
    public void Remembers_a_series_for_a_while_and_only_for_what_it_had()
    {
        var time = new ManualTime();
        var memory = new SeriesMemory(time);
        memory.Keep(Listing("1.1", "a", "b"));

        memory.Find("1", "1.1", ["b"])!.Classes.Should().HaveCount(2);
        memory.Find("1", "1.1", ["b", "c"]).Should().BeNull("c was not there");
        memory.Find("1", "1.2", ["b"]).Should().BeNull("that is another series");
        time.Advance(TimeSpan.FromMinutes(11));
        memory.Find("1", "1.1", ["b"]).Should().BeNull("it may have changed by now");
    }

    [Fact]
    public void Forgets_the_oldest_for_the_newest()
    {
        var memory = new SeriesMemory(new ManualTime());
        string[] many = [.. Enumerable.Range(0, (SeriesMemory.MaxInstances / 2) + 1).Select(i => $"i{i}")];
        memory.Keep(Listing("1.1", many));
        memory.Keep(Listing("1.2", many));
        memory.Find("1", "1.1", ["i0"]).Should().BeNull();
        memory.Find("1", "1.2", ["i0"]).Should().NotBeNull();

        memory.Keep(Listing("1.3", [.. many, .. many.Select(name => name + "x")]));
        memory.Find("1", "1.3", ["i0"]).Should().BeNull("a series larger than all of it is not kept");
        memory.Keep(Listing("1.2"));
        memory.Find("1", "1.2", ["i0"]).Should().BeNull("the series is empty now");
    }

    [Fact]
    public async Task Is_not_believed_when_something_does_not_come()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions());
        var options = new DicomOptions { Host = "127.0.0.1", Port = pacs.Port, CalledAeTitle = pacs.AeTitle };
        await using var archive = new ArchiveConnection(options, new TestContext("/"));
        const string ct = "1.2.840.10008.5.1.4.1.1.2";
        archive.Memory.Keep(new SeriesListing(Study, Series, new Dictionary<string, string> { [Series + ".1"] = ct, [Series + ".2"] = ct, [Series + ".999"] = ct }, IsWhole: true));

        var read = new List<string>();
        var failed = new List<(string Id, MdmErrorKind? Kind)>();
        await foreach (var content in new Retriever(archive, Study, Series).FetchAsync([Series + ".1", Series + ".2", Series + ".999"], CancellationToken.None))
        {
            await using (content)
            {
                if (content.Failure is { } failure)
                    failed.Add((content.Info.Id.Value, failure.Kind));
                else
                {
                    await content.Stream.CopyToAsync(Stream.Null);
                    read.Add(content.Info.Id.Value);
                }
            }
        }

        read.Should().HaveCount(2);
        failed.Should().Equal(($"{Study}/{Series}/{Series}.999", MdmErrorKind.NotFound));
    }

    private static SeriesListing Listing(string series, params string[] instances) => new("1", series, instances.ToDictionary(instance => instance, _ => "1.2"), IsWhole: true);
}
