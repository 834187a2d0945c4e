using Mdm.Host.Publication;
using InMemoryCatalog = Mdm.Abstractions.Testing.InMemoryCatalog;

namespace Mdm.Host.Tests.Publication;

/// <summary>What users removed stays removed.</summary>
public sealed class RemovalTests : IAsyncLifetime, IAsyncDisposable
{
    private const string First = "/grid/biomed/clinical/s1/s1.1/s1.1.1.dcm";
    private const string Second = "/grid/biomed/clinical/s2/s2.1/s2.1.1.dcm";
    private readonly PublicationBench _bench = new();

    public async Task InitializeAsync()
    {
        _bench.Archive.Entries = ListedArchive.Images(studies: 2, images: 2);
        await _bench.RunAsync();
        foreach (var path in new[] { First, Second })
            await _bench.Names.RemoveAsync(PublicationBench.Physician, StoragePath.Parse(path), default);
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task No_schedule_brings_back_what_was_removed()
    {
        await _bench.RestartAsync();

        (await _bench.RunAsync()).Should().BeEquivalentTo(new { Tombstoned = 2, Created = 0, Existing = 2 });

        (await _bench.FilesAsync()).Should().HaveCount(2).And.NotContain(First);
    }

    [Fact]
    public async Task Restore_brings_back_all()
    {
        var id = (await _bench.AllAsync()).Values.Select(e => e.Id).ToHashSet();

        (await _bench.RunAsync(new PublicationOrder(Restore: true))).Should().BeEquivalentTo(new { Tombstoned = 0, Created = 2 });

        (await _bench.FilesAsync()).Should().HaveCount(4).And.Contain(First);
        (await _bench.AllAsync()).Values.Select(e => e.Id).Should().Contain(id);
    }

    [Fact]
    public async Task Restore_of_one_study_leaves_the_others_removed()
    {
        (await _bench.RunAsync(new PublicationOrder("s2", Restore: true))).Should().BeEquivalentTo(new { Outcome = RunOutcome.Complete, Created = 1 });

        (await _bench.FilesAsync()).Should().HaveCount(3).And.Contain(Second).And.NotContain(First);
        (await _bench.RunAsync()).Tombstoned.Should().Be(1);
    }

    [Fact]
    public async Task What_vanished_after_its_removal_stays_removed_when_it_comes_again()
    {
        var all = _bench.Archive.Entries;
        _bench.Archive.Entries = [.. all.Where(e => e.Labels[2] != "s1.1.1")];
        for (var i = 0; i < 3; i++)
            await _bench.RunAsync(new PublicationOrder(AcceptLoss: true));
        _bench.Archive.Entries = all;

        (await _bench.RunAsync()).Tombstoned.Should().Be(2);
    }

    [Fact]
    public async Task A_removal_while_the_file_is_being_published_stands()
    {
        var (catalog, bench) = await PublishedAsync();
        await using var _ = bench;
        RemoveDuringCreation(catalog, bench, () => { });

        (await bench.RunAsync()).Should().BeEquivalentTo(new { Tombstoned = 1, Created = 0, Existing = 1 });

        (await bench.FilesAsync()).Should().ContainSingle().Which.Should().NotBe(First);
    }

    [Fact]
    public async Task A_removal_that_a_crash_cut_short_is_finished_by_the_next_scan()
    {
        var (catalog, bench) = await PublishedAsync();
        await using var _ = bench;
        catalog.BeforeRemove = Die;
        var removing = async () => await bench.Names.RemoveAsync(PublicationBench.Physician, StoragePath.Parse(First), default);
        await removing.Should().ThrowAsync<MdmException>();
        (await bench.FilesAsync()).Should().Contain(First);
        catalog.BeforeRemove = null;

        (await bench.RunAsync()).Should().BeEquivalentTo(new { Tombstoned = 1, Created = 0, Existing = 1 });

        (await bench.FilesAsync()).Should().ContainSingle().Which.Should().NotBe(First);
    }

    [Fact]
    public async Task A_confirmed_removal_stands_when_the_process_dies_before_a_scan_took_back_what_it_had_just_created()
    {
        var (catalog, bench) = await PublishedAsync();
        await using var _ = bench;
        RemoveDuringCreation(catalog, bench, () => catalog.BeforeRemove = Die);
        (await bench.RunAsync()).Outcome.Should().Be(RunOutcome.Incomplete);
        (await bench.FilesAsync()).Should().Contain(First);
        catalog.BeforeRemove = null;

        await bench.RunAsync();

        (await bench.FilesAsync()).Should().ContainSingle().Which.Should().NotBe(First);
    }

    private static void Die() => throw new MdmException(MdmErrorKind.Unavailable, "Here the process dies.");

    /// <summary>A publication of two images in a catalogue that a test can interfere with.</summary>
    private static async Task<(InterferingCatalog Catalog, PublicationBench Bench)> PublishedAsync()
    {
        var catalog = new InterferingCatalog(new InMemoryCatalog());
        var bench = new PublicationBench(catalog);
        bench.Archive.Entries = ListedArchive.Images(1, 2);
        await bench.RunAsync();
        return (catalog, bench);
    }

    /// <summary>A user removes the first image in the moment in which a scan is about to create it.</summary>
    private static void RemoveDuringCreation(InterferingCatalog catalog, PublicationBench bench, Action then) => catalog.BeforeCreate = async drafts =>
    {
        if (drafts[0].Kind != CatalogEntryKind.File)
            return;
        catalog.BeforeCreate = null;
        await bench.Names.RemoveAsync(PublicationBench.Physician, StoragePath.Parse(First), default);
        then();
    };
}
