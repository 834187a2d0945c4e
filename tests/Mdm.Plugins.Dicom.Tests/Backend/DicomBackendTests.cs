using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.DemoPacs;
using Mdm.Dicom.Archives;
using Mdm.Plugins.Dicom.Backend;
using Mdm.TestKit;

namespace Mdm.Plugins.Dicom.Tests.Backend;

public class DicomBackendTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private const string Root = "2.25.96487669750105191897146003936682062432.9";

    [Fact]
    public async Task Lists_everything_with_its_attributes()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions());
        await using var backend = Backend(pacs);

        var entries = await ListAsync(backend, ArchiveSelection.Everything);

        entries.Should().HaveCount(46);
        entries.Select(entry => entry.Info.Id).Should().OnlyHaveUniqueItems();
        var japanese = entries.First(entry => entry.Labels[0] == Root + ".5");
        japanese.Value("PatientName").Should().Be("Yamada^Tarou=山田^太郎=やまだ^たろう");
        japanese.Value("Modality").Should().Be("OT");
        japanese.Labels.Should().HaveCount(3);
    }

    [Fact]
    public async Task Selects_by_modality_and_date()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions());
        await using var backend = Backend(pacs);

        var selection = new ArchiveSelection([new AttributeCondition("Modality", ["MR", "US"]), new AttributeCondition("StudyDate", ["20240101-20240110"])]);
        var entries = await ListAsync(backend, selection);

        entries.Select(entry => entry.Value("Modality")).Distinct().Should().Equal("MR");
        entries.Should().HaveCount(17);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("move")]
    public async Task Reads_one_object_and_the_same_bytes_again(string retrieval)
    {
        var port = Here.FreePort();
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions { Destinations = To(port) });
        await using var backend = Backend(pacs, options => Move(options, retrieval, port));
        var id = new ArchiveObjectId($"{Root}.1/{Root}.1.1/{Root}.1.1.7");

        var first = await ReadAsync(backend, id);
        var second = await ReadAsync(backend, id);

        first.Should().Be(second);
        (await backend.FindAsync(id, CancellationToken.None))!.MediaType.Should().Be("application/dicom");
    }

    [Theory]
    [InlineData("get")]
    [InlineData("move")]
    public async Task Asks_for_one_object_of_a_series_only(string retrieval)
    {
        var port = Here.FreePort();
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions { Destinations = To(port) });
        await using var backend = Backend(pacs, options => Move(options, retrieval, port));

        await ReadAsync(backend, Series(1, 1, 20)[^1]);

        pacs.ObjectsSent.Should().Be(1);
    }

    [Fact]
    public async Task Uses_few_associations_for_many_objects()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions());
        await using var backend = Backend(pacs, options => options.MaxAssociations = 2);
        for (var instance = 1; instance <= 20; instance++)
            await ReadAsync(backend, new ArchiveObjectId($"{Root}.1/{Root}.1.1/{Root}.1.1.{instance}"));

        pacs.Associations.Should().Be(2, "one for queries, one for CT retrievals");
        pacs.MostAssociationsAtOnce.Should().BeLessThanOrEqualTo(2);
    }

    [Fact]
    public async Task Says_not_found_and_invalid_name()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions());
        await using var backend = Backend(pacs);
        var missing = new ArchiveObjectId($"{Root}.1/{Root}.1.1/{Root}.1.1.999");

        (await backend.FindAsync(missing, CancellationToken.None)).Should().BeNull();
        (await Failure(() => ReadAsync(backend, missing))).Kind.Should().Be(MdmErrorKind.NotFound);
        (await Failure(() => ReadAsync(backend, new ArchiveObjectId("study/series/*")))).Kind.Should().Be(MdmErrorKind.InvalidName);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("move")]
    public async Task Asks_again_only_for_what_an_archive_left_out(string retrieval)
    {
        var port = Here.FreePort();
        var options = new DemoPacsOptions { Destinations = To(port) };
        await using var pacs = DemoPacsServer.Start(options);
        await using var backend = Backend(pacs, configured => Move(configured, retrieval, port));
        pacs.Faults.DropEvery = 9;

        var (read, failed) = await ReadManyAsync(backend, Series(1, 1, 20));

        // 2 of 20 were left out and asked for again.
        read.Should().HaveCount(20);
        failed.Should().BeEmpty();
        pacs.ObjectsSent.Should().Be(20);
    }

    [Fact]
    public async Task Gets_objects_of_an_archive_that_does_not_tell_their_classes()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions());
        pacs.Faults.HideClasses = true;
        await using var backend = Backend(pacs);

        var (read, failed) = await ReadManyAsync(backend, [.. Series(1, 2, 1), .. Series(2, 1, 16), .. Series(4, 1, 3)]);

        failed.Should().BeEmpty();
        read.Should().HaveCount(20);
    }

    [Fact]
    public async Task Falls_back_to_C_MOVE()
    {
        var port = Here.FreePort();
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions { Destinations = To(port) });
        pacs.Faults.NoGet = true;
        await using var backend = Backend(pacs, options => Move(options, "auto", port));

        (await backend.ProbeAsync(CancellationToken.None)).Should().Contain("objects by C-MOVE");
        var (read, failed) = await ReadManyAsync(backend, Series(2, 1, 16));
        failed.Should().BeEmpty();
        read.Should().HaveCount(16);
    }

    [Fact]
    public async Task An_object_that_ends_the_connection_is_set_apart_and_the_others_come()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions());
        pacs.Faults.DieOn = $"{Root}.1.1.5";
        await using var backend = Backend(pacs);

        var (read, failed) = await ReadManyAsync(backend, Series(1, 1, 20));
        read.Should().HaveCount(19);
        failed.Values.Should().ContainSingle().Which.Kind.Should().Be(MdmErrorKind.Unavailable);

        // The second incident ends it; the third time nobody asks.
        (await ReadManyAsync(backend, Series(1, 1, 20))).Failed.Values.Should().ContainSingle().Which.Kind.Should().Be(MdmErrorKind.Refused);
        var associations = pacs.Associations;
        (await ReadManyAsync(backend, Series(1, 1, 20))).Failed.Values.Should().ContainSingle().Which.Kind.Should().Be(MdmErrorKind.Refused);
        pacs.Associations.Should().BeLessThanOrEqualTo(associations + 1);
    }

    [Fact]
    public async Task A_hang_in_the_middle_of_an_object_is_an_error_of_that_object()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions { Series = 1, Instances = 3, PixelBytes = 1 << 20 });
        pacs.Faults.HangInObject = 2;
        var time = new ManualTime();
        await using var backend = Backend(pacs, time: time);

        var isOver = false;
        var (read, failed) = await ReadManyAsync(backend, Series(7, 1, 3), async reading =>
        {
            // The clock stands still but while the archive is silent.
            if (isOver)
                return;
            await SilenceEndsAsync(pacs, 1, time, reading);
            isOver = reading.IsFaulted;
        });

        failed.Values.Should().ContainSingle().Which.Kind.Should().Be(MdmErrorKind.Unavailable);
        read.Should().HaveCount(2);
    }

    [Fact]
    public async Task An_object_that_is_listed_but_not_sent_says_nothing_against_the_archive()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions());
        pacs.Faults.DropEvery = 1;
        await using var backend = Backend(pacs);

        (await Failure(async () => await backend.OpenReadAsync(Series(1, 1, 1)[0], CancellationToken.None))).Kind.Should().Be(MdmErrorKind.Busy);
        (await ReadManyAsync(backend, Series(1, 1, 3))).Failed.Values.Should().HaveCount(3).And.OnlyContain(failure => failure.Kind == MdmErrorKind.Busy);
    }

    [Fact]
    public async Task An_archive_that_was_slow_twice_is_asked_for_the_object_again()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions { Series = 1, Instances = 1, PixelBytes = 1 << 20 });
        var time = new ManualTime();
        await using var backend = Backend(pacs, time: time);
        var one = Series(7, 1, 1)[0];
        for (var number = 1; number <= 3; number++)
        {
            pacs.Faults.HangInObject = number;
            var read = async () =>
            {
                await using var content = await backend.OpenReadAsync(one, CancellationToken.None);
                await content.Stream.CopyToAsync(Stream.Null);
            };
            var reading = read();
            await SilenceEndsAsync(pacs, number, time, reading);
            (await reading.Invoking(r => r).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Unavailable);
        }

        await using var whole = await backend.OpenReadAsync(one, CancellationToken.None);
        await whole.Stream.CopyToAsync(Stream.Null);
    }

    [Fact]
    public async Task Leaves_a_busy_archive_alone()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions());
        pacs.Faults.RefuseAssociations = 1;
        await using var backend = Backend(pacs, time: new ManualTime());

        (await Failure(() => backend.ProbeAsync(CancellationToken.None).AsTask())).Kind.Should().Be(MdmErrorKind.Busy);
        var second = await Failure(() => backend.ProbeAsync(CancellationToken.None).AsTask());
        second.Kind.Should().Be(MdmErrorKind.Busy);
        second.RetryAfter.Should().BePositive("the archive was not asked again");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public async Task Finds_every_study_behind_a_cap(int configured)
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions { Phantoms = false, Count = 260 * 1000 });
        pacs.Faults.CapFind = 100;
        await using var backend = Backend(pacs, options => options.FindAnswerCap = configured);

        // A condition that only the lowest level could meet: every study found is looked into with one query, and nothing is yielded.
        (await ListAsync(backend, new ArchiveSelection([new AttributeCondition("SeriesDescription", ["Nothing"])]))).Should().BeEmpty();
        pacs.Queries.Should().BeGreaterThan(260 + 3, "260 studies were found, and more than the first query was needed");
    }

    [Fact]
    public async Task Believes_no_answer_that_does_not_match()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions());
        pacs.Faults.IgnoreKeys = true;
        await using var backend = Backend(pacs);

        var entries = await ListAsync(backend, new ArchiveSelection([new AttributeCondition("PatientID", ["PAT-0002"])]));
        entries.Should().HaveCount(17);
    }

    [Fact]
    public async Task Tells_the_archive_when_a_listing_is_given_up()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions { Phantoms = false, Count = 1000 });
        await using var backend = Backend(pacs);
        await foreach (var entry in backend.BrowseAsync(ArchiveSelection.Everything, CancellationToken.None))
        {
            entry.Should().NotBeNull();
            break;
        }

        // The archive was sending: either it saw the C-CANCEL, or it had sent everything before it came.
        (await backend.ProbeAsync(CancellationToken.None)).Should().Contain("C-GET");
    }

    [Fact]
    public async Task Gives_up_a_retrieval_when_it_is_told_to_and_not_when_the_archive_has_been_silent_for_long()
    {
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions { Series = 1, Instances = 1, PixelBytes = 1 << 20 });
        pacs.Faults.HangInObject = 1;
        // On a clock that stands still no limit ends it.
        await using var backend = Backend(pacs, time: new ManualTime());
        using var cancel = new CancellationTokenSource();
        var read = async () =>
        {
            await using var content = await backend.OpenReadAsync(Series(7, 1, 1)[0], cancel.Token);
            await content.Stream.CopyToAsync(Stream.Null, cancel.Token);
        };

        var reading = read();
        await Here.UntilAsync(() => Task.FromResult(pacs.Hanging == 1), Limit, "the archive is silent");
        await cancel.CancelAsync();
        await reading.Invoking(r => r.WaitAsync(Limit)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Asks_nothing_while_the_stop_file_exists_or_outside_of_the_hours()
    {
        using var folder = new TemporaryFolder();
        await using var pacs = DemoPacsServer.Start(new DemoPacsOptions());
        await using var backend = Backend(pacs, options =>
        {
            options.StopFile = folder.File("stop");
            options.Hours = new HoursOptions { Harvest = ["00:00-00:00"], Retrieval = [NotNow()] };
        });

        (await Failure(() => ReadAsync(backend, Series(1, 1, 1)[0]))).Kind.Should().Be(MdmErrorKind.Unavailable);
        (await ListAsync(backend, ArchiveSelection.Everything)).Should().HaveCount(46);
        var before = pacs.Associations;
        await File.WriteAllTextAsync(folder.File("stop"), "");
        (await Failure(() => ListAsync(backend, ArchiveSelection.Everything))).Message.Should().Contain("StopFile");
        pacs.Associations.Should().Be(before);
    }

    [Fact]
    public async Task Says_that_an_archive_cannot_be_reached()
    {
        await using var backend = new DicomBackend(new DicomOptions { Host = "127.0.0.1", Port = Here.FreePort(), CalledAeTitle = "NOBODY" }, new TestContext("/"));
        (await Failure(() => backend.ProbeAsync(CancellationToken.None).AsTask())).Kind.Should().Be(MdmErrorKind.Unavailable);
    }

    private static string NotNow()
    {
        var later = TimeOnly.FromTimeSpan(TimeProvider.System.GetLocalNow().TimeOfDay).AddHours(3);
        return $"{later:HH:mm}-{later.AddHours(1):HH:mm}";
    }

    private static DicomBackend Backend(DemoPacsServer pacs, Action<DicomOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new DicomOptions { Host = "127.0.0.1", Port = pacs.Port, CalledAeTitle = pacs.AeTitle, ReconnectTimeout = TimeSpan.FromSeconds(5), MoveQuietPeriod = TimeSpan.FromSeconds(5) };
        configure?.Invoke(options);
        return new DicomBackend(options, new TestContext("/", time));
    }

    private static void Move(DicomOptions options, string retrieval, int port)
    {
        options.Retrieval = Enum.Parse<RetrievalMode>(retrieval, ignoreCase: true);
        options.MoveDestination = new MoveDestinationOptions { AeTitle = "MDM", Port = port, Address = "127.0.0.1" };
    }

    private static Dictionary<string, (string, int)> To(int port) => new() { ["MDM"] = ("127.0.0.1", port) };

    private static ArchiveObjectId[] Series(int study, int series, int instances) =>
        [.. Enumerable.Range(1, instances).Select(instance => new ArchiveObjectId($"{Root}.{study}/{Root}.{study}.{series}/{Root}.{study}.{series}.{instance}"))];

    private static async Task<List<ArchiveEntry>> ListAsync(DicomBackend backend, ArchiveSelection selection)
    {
        var entries = new List<ArchiveEntry>();
        await foreach (var entry in backend.BrowseAsync(selection, CancellationToken.None))
            entries.Add(entry);
        return entries;
    }

    private static async Task<string> ReadAsync(DicomBackend backend, ArchiveObjectId id)
    {
        await using var content = await backend.OpenReadAsync(id, CancellationToken.None);
        return Convert.ToHexString(await SHA256.HashDataAsync(content.Stream));
    }

    /// <summary>The archive is silent in the middle of an object for the so manieth time; time goes by until whoever reads it has had enough, and no longer.</summary>
    private static async Task SilenceEndsAsync(DemoPacsServer pacs, int number, ManualTime time, Task reading)
    {
        await Here.UntilAsync(() => Task.FromResult(reading.IsCompleted || pacs.Hanging == number), Limit, "the archive is silent");
        await Here.UntilAsync(() =>
        {
            if (!reading.IsCompleted && pacs.Hanging == number)
                time.Advance(TimeSpan.FromMinutes(3));
            return Task.FromResult(reading.IsCompleted);
        }, Limit, "the reader has had enough");
    }

    private static async Task<(List<string> Read, Dictionary<string, MdmException> Failed)> ReadManyAsync(DicomBackend backend, IReadOnlyList<ArchiveObjectId> ids, Func<Task, Task>? meanwhile = null)
    {
        var read = new List<string>();
        var failed = new Dictionary<string, MdmException>();
        await foreach (var content in backend.OpenReadManyAsync(ids, CancellationToken.None))
        {
            await using (content)
            {
                try
                {
                    var reading = content.Stream.CopyToAsync(Stream.Null);
                    if (meanwhile is not null)
                        await meanwhile(reading);
                    await reading;
                    read.Add(content.Info.Id.Value);
                }
                catch (MdmException exception)
                {
                    failed.Add(content.Info.Id.Value, content.Failure ?? exception);
                }
            }
        }

        return (read, failed);
    }

    private static async Task<MdmException> Failure(Func<Task> action) => (await action.Should().ThrowAsync<MdmException>()).Which;
}
