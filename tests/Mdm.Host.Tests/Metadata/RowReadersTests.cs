using Mdm.Abstractions.Testing;
using Mdm.Host.Metadata;
using Mdm.Host.Publication;
using Mdm.Host.Tests.Doubles;
using Mdm.Host.Tests.Publication;
using Mdm.TestKit;

namespace Mdm.Host.Tests.Metadata;

/// <summary>Who finds a file's row is what the catalogue says of the file, whatever else happens to the row.</summary>
public sealed class RowReadersTests : IAsyncLifetime, IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    /// <summary>Who may change what nobody else owns, and pass to it.</summary>
    private static readonly GridIdentity Admin = PublicationBench.Admin with { Fqans = PublicationBench.Physician.Fqans };

    private static readonly Acl Nobody = Acl.FromMode(0);
    private static readonly string Hidden = $"{PublicationBench.Root}/s1/s1.1/s1.1.1.dcm";

    private readonly PublicationBench _bench = new(configure: options => options with { Attributes = ["Modality"] });
    private readonly MetadataInMemory _metadata = new();

    public async Task InitializeAsync()
    {
        _bench.Metadata = _metadata;
        await _bench.RestartAsync();
        _bench.Archive.Entries = ListedArchive.Images(studies: 2, images: 2);
        (await _bench.RunAsync()).Outcome.Should().Be(RunOutcome.Complete);
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task A_row_is_hidden_and_shown_again()
    {
        await SettledAsync(await SetAsync(Nobody));
        Rows().Should().HaveCount(3).And.NotContainKey(Hidden);

        await SettledAsync(await SetAsync(null));
        Rows().Should().HaveCount(4);
    }

    [Fact]
    public async Task A_row_stays_hidden_when_its_attributes_change_and_when_its_file_is_moved()
    {
        await SettledAsync(await SetAsync(Nobody));

        _bench.Archive.Entries[0] = ListedArchive.Image("s1", "s1.1", "s1.1.1", modality: "MR");
        (await _bench.RunAsync()).Outcome.Should().Be(RunOutcome.Complete);
        Rows().Should().HaveCount(3);
        await _bench.Names.MoveAsync(PublicationBench.Physician, PublicationBench.Root.Child("s1"), PublicationBench.Root.Child("mine"), default);
        await Here.UntilAsync(() => Task.FromResult(Rows().Keys.Any(path => path.Contains("/mine/", StringComparison.Ordinal))), Limit, "the other row has its new path");
        Rows().Should().HaveCount(3);
    }

    [Fact]
    public async Task A_store_that_was_lost_is_filled_again_with_what_is_hidden_hidden()
    {
        await SettledAsync(await SetAsync(Nobody));
        _metadata.Lose();
        var seen = new List<bool>();
        _metadata.BeforePut = rows =>
        {
            seen.AddRange(rows.Where(row => row.Path?.ToString() == Hidden).Select(row => row.Readers is { IsRestricted: true }));
            return Task.CompletedTask;
        };

        (await _bench.RunAsync()).Outcome.Should().Be(RunOutcome.Complete);

        Rows().Should().HaveCount(3);
        seen.Should().NotBeEmpty().And.OnlyContain(isHidden => isHidden, "it is never open, not for a moment");
    }

    [Fact]
    public async Task A_file_whose_row_was_never_put_is_hidden_from_the_moment_on_when_it_is()
    {
        _metadata.Away = new MdmException(MdmErrorKind.Unavailable, "The metadata is away.");
        _bench.Archive.Entries.Add(ListedArchive.Image("s3", "s3.1", "s3.1.1"));
        (await _bench.RunAsync()).Behind.Should().BePositive();
        var later = $"{PublicationBench.Root}/s3/s3.1/s3.1.1.dcm";
        await SetAsync(Nobody, later);

        _metadata.Away = null;
        (await _bench.RunAsync()).Outcome.Should().Be(RunOutcome.Complete);

        Rows().Should().HaveCount(4).And.NotContainKey(later);
    }

    [Fact]
    public async Task Rights_that_change_while_a_row_is_being_put_are_what_counts_in_the_end()
    {
        await SettledAsync(await SetAsync(Nobody));
        _bench.Archive.Entries[0] = ListedArchive.Image("s1", "s1.1", "s1.1.1", modality: "MR");
        _metadata.BeforePut = async rows =>
        {
            if (!rows.Any(row => row.Path?.ToString() == Hidden && row.Attributes.Length > 0))
                return;
            _metadata.BeforePut = null;
            // The row that is about to be put says what held before.
            await SetAsync(null);
        };

        await _bench.RunAsync();

        await Here.UntilAsync(async () => Rows().Count == 4 && (await _bench.RowLedger.BacklogAsync(default)).Count == 0, Limit, "the row is open again");
        Rows()[Hidden]["Modality"].Should().Be("MR");
    }

    [Fact]
    public async Task Rights_that_change_while_the_metadata_is_away_hold_when_it_is_back_also_after_a_restart()
    {
        _metadata.Away = new MdmException(MdmErrorKind.Unavailable, "The metadata is away.");
        var changed = await SetAsync(Nobody);
        (await _bench.Names.HaveRightsSettledAsync(changed, TimeSpan.FromMilliseconds(1), default)).Should().BeFalse();
        await _bench.RestartAsync();

        _metadata.Away = null;

        await Here.UntilAsync(() => Task.FromResult(Rows().Count == 3), Limit, "the row is hidden");
    }

    [Fact]
    public async Task What_differs_is_shown_and_mended()
    {
        await SettledAsync(await SetAsync(Nobody));
        (await FindAsync(mend: false)).Should().BeEmpty();
        var (hidden, open, gone) = (await _bench.AtAsync(Hidden), await _bench.AtAsync($"{PublicationBench.Root}/s2/s2.1/s2.1.1.dcm"), CatalogDrafts.Id("none"));
        await _metadata.PutManyAsync(
        [
            new MetadataRow(PublicationBench.Root, hidden.Id, null, []) { Readers = RowReaders.AsCollection },
            new MetadataRow(PublicationBench.Root, open.Id, null, []) { Readers = RowReaders.Only([]) },
            new MetadataRow(PublicationBench.Root, gone, StoragePath.Parse("/none"), []),
        ], default);

        (await FindAsync(mend: false)).Should().BeEquivalentTo(
            new[] { (RowDrift.ReadersDiffer, hidden.Id, false), (RowDrift.ReadersDiffer, open.Id, false), (RowDrift.FileGone, gone, false) });
        Rows().Should().ContainKey(Hidden, "it was only looked at");
        (await FindAsync(mend: true)).Should().HaveCount(3).And.OnlyContain(finding => finding.IsMended);

        await Here.UntilAsync(async () => (await FindAsync(mend: false)).Count == 0, Limit, "nothing differs");
        Rows().Should().HaveCount(3).And.NotContainKey(Hidden);
    }

    [Fact]
    public async Task A_publication_that_never_ran_has_nothing_to_compare()
    {
        _metadata.Lose();

        (await FindAsync(mend: true)).Should().BeEmpty();
    }

    private async Task<CatalogEntry> SetAsync(Acl? search, string? path = null) =>
        await _bench.Names.SetRightsAsync(Admin, StoragePath.Parse(path ?? Hidden), entry => (entry.Acl, search), default);

    private async Task SettledAsync(CatalogEntry changed) => (await _bench.Names.HaveRightsSettledAsync(changed, Limit, default)).Should().BeTrue();

    private async Task<List<(RowDrift Drift, FileId File, bool IsMended)>> FindAsync(bool mend)
    {
        var found = new List<(RowDrift, FileId, bool)>();
        await foreach (var finding in _bench.RowReconciler.RunAsync(mend, default))
            found.Add((finding.Drift, finding.File, finding.IsMended));
        return found;
    }

    private SortedDictionary<string, Dictionary<string, string>> Rows() => _metadata.Rows(PublicationBench.Root);
}
