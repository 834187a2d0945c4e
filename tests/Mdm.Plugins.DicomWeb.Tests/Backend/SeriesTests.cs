using System.Collections.Concurrent;
using System.Text;
using Mdm.Abstractions;

namespace Mdm.Plugins.DicomWeb.Tests.Backend;

/// <summary>Series that come as a whole, or do not.</summary>
public sealed class SeriesTests
{
    private const string SeriesPath = "/dicom-web/studies/1.2.3/series/1.2.3.4";
    private static readonly string[] Instances = ["1.2.3.4.1", "1.2.3.4.2", "1.2.3.4.3", "1.2.3.4.4"];

    [Fact]
    public async Task A_broken_object_in_the_middle_of_a_series_takes_no_other_with_it()
    {
        var good = Instances.ToDictionary(uid => uid, uid => TestObjects.File(uid, 100_000));
        var broken = good["1.2.3.4.2"][..50_000];
        byte[][] sent = [good["1.2.3.4.1"], broken, "no file"u8.ToArray(), TestObjects.File("1.2.3.4.77", 10), good["1.2.3.4.1"], good["1.2.3.4.3"]];
        await using var archive = new Archive(path => path == SeriesPath ? Multipart(sent) : path.EndsWith("/1.2.3.4.4", StringComparison.Ordinal) ? Multipart([good["1.2.3.4.4"]]) : null);

        var results = await FetchAsync(archive);

        results.Should().BeEquivalentTo(new Dictionary<string, object> { ["1.2.3.4.1"] = good["1.2.3.4.1"].Length, ["1.2.3.4.2"] = MdmErrorKind.Corrupt, ["1.2.3.4.3"] = good["1.2.3.4.3"].Length, ["1.2.3.4.4"] = good["1.2.3.4.4"].Length });
        archive.Asked.Should().Equal([SeriesPath, SeriesPath + "/instances/1.2.3.4.4"], "what did not come with the series is asked for by itself");
    }

    [Fact]
    public async Task An_archive_that_serves_no_series_is_asked_for_instances()
    {
        await using var archive = new Archive(path => path == SeriesPath ? ArchiveServer.Answer("501 Not Implemented", null, []) : Multipart([TestObjects.File(path.Split('/')[^1], 1000)]));

        (await FetchAsync(archive)).Values.Should().AllBeOfType<int>();
        archive.Asked.Should().HaveCount(1 + Instances.Length);
    }

    [Fact]
    public async Task An_archive_that_is_away_is_asked_once_and_everything_is_unavailable()
    {
        await using var archive = new Archive(_ => ArchiveServer.Answer("503 Service Unavailable", null, []));

        (await FetchAsync(archive)).Values.Should().OnlyContain(result => Equals(result, MdmErrorKind.Unavailable));
        archive.Asked.Should().Equal(SeriesPath);
    }

    [Fact]
    public async Task What_a_reader_leaves_is_passed_over_and_the_next_object_is_whole()
    {
        var files = Instances.Select(uid => TestObjects.File(uid, 300_000)).ToList();
        await using var archive = new Archive(path => path == SeriesPath ? Multipart(files) : null);
        await using var backend = TestObjects.Backend(archive.Url);
        var lengths = new List<long>();

        await foreach (var content in backend.OpenReadManyAsync([.. Instances.Select(TestObjects.Id)], default))
        {
            await using (content)
            {
                if (lengths.Count % 2 == 0)
                    lengths.Add(await content.Stream.ReadAsync(new byte[10]));
                else
                    lengths.Add((await TestObjects.ReadAsync(content)).Length);
            }
        }

        lengths.Should().Equal(10, files[1].Length, 10, files[3].Length);
    }

    [Fact]
    public async Task Failures_give_their_connections_back()
    {
        await using var archive = new Archive(path => path.EndsWith("/1.2.3.4.1", StringComparison.Ordinal) ? Multipart([TestObjects.File("1.2.3.4.1", 1000)])
            : path.EndsWith("/1.2.3.4.2", StringComparison.Ordinal) ? Multipart(["no file"u8.ToArray()]) : ArchiveServer.Answer("404 Not Found", null, []));
        await using var backend = TestObjects.Backend(archive.Url, options => (options.MaxConnections, options.MessageTimeout) = (1, TimeSpan.FromSeconds(2)));

        for (var times = 0; times < 4; times++)
        {
            (await TestObjects.FailureAsync(async () => await backend.OpenReadAsync(TestObjects.Id("1.2.3.4.2"), default))).Kind.Should().Be(MdmErrorKind.Corrupt);
            (await TestObjects.FailureAsync(async () => await backend.OpenReadAsync(TestObjects.Id("1.2.3.4.3"), default))).Kind.Should().Be(MdmErrorKind.NotFound);
            (await TestObjects.ReadAsync(await backend.OpenReadAsync(TestObjects.Id("1.2.3.4.1"), default))).Should().NotBeEmpty();
        }

        await using var held = await backend.OpenReadAsync(TestObjects.Id("1.2.3.4.1"), default);
        (await TestObjects.FailureAsync(async () => await backend.OpenReadAsync(TestObjects.Id("1.2.3.4.1"), default))).Kind.Should().Be(MdmErrorKind.Busy, "there is one connection, and it is in use");
    }

    private static byte[] Multipart(IEnumerable<byte[]> files) => ArchiveServer.Answer("200 OK", TestObjects.Multipart, TestObjects.Body(files, withLengths: false));

    /// <summary>The length of each object, or the kind of its failure.</summary>
    private static async Task<Dictionary<string, object>> FetchAsync(Archive archive)
    {
        await using var backend = TestObjects.Backend(archive.Url);
        var results = new Dictionary<string, object>(StringComparer.Ordinal);
        await foreach (var content in backend.OpenReadManyAsync([.. Instances.Select(TestObjects.Id)], default))
        {
            var uid = content.Info.Id.Value.Split('/')[2];
            try
            {
                results.Add(uid, (await TestObjects.ReadAsync(content)).Length);
            }
            catch (MdmException failure)
            {
                results.Add(uid, failure.Kind);
            }
        }

        return results;
    }

    /// <summary>Lists one series, and answers retrievals as it is told; null is 404.</summary>
    private sealed class Archive : IAsyncDisposable
    {
        private readonly ArchiveServer _server;
        private readonly ConcurrentQueue<string> _asked = [];

        public Archive(Func<string, byte[]?> retrieved) => _server = new ArchiveServer(async (request, stream, cancellationToken) =>
        {
            if (request.Target.Contains("/instances?", StringComparison.Ordinal))
            {
                var listed = Encoding.ASCII.GetBytes($"[{string.Join(',', Instances.Select(uid => $$$"""{"00080018":{"vr":"UI","Value":["{{{uid}}}"]}}"""))}]");
                await stream.WriteAsync(ArchiveServer.Answer("200 OK", "application/dicom+json", listed), cancellationToken);
                return;
            }

            _asked.Enqueue(request.Target);
            await stream.WriteAsync(retrieved(request.Target) ?? ArchiveServer.Answer("404 Not Found", null, []), cancellationToken);
        });

        public Uri Url => _server.Url;

        public IReadOnlyCollection<string> Asked => _asked;

        public ValueTask DisposeAsync() => _server.DisposeAsync();
    }
}
