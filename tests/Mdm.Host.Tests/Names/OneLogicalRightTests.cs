namespace Mdm.Host.Tests.Names;

/// <summary>A right is the old one or the new one everywhere: in the catalogue, at the keystores, in the metadata.</summary>
public sealed class OneLogicalRightTests
{
    private static readonly Acl Open = Acl.FromMode(0b110_100_000);
    private static readonly Acl Closed = Acl.FromMode(0b110_000_000);
    private static readonly Acl OwnersOnly = Acl.FromMode(0b100_000_000);

    [Theory]
    [InlineData(Death.BeforeAnythingIsNoted, false)]
    [InlineData(Death.WhenKeysAreNoted, false)]
    [InlineData(Death.WhenAllIsNoted, false)]
    [InlineData(Death.WhenTheCatalogueHasChanged, true)]
    [InlineData(Death.WhenTheKeystoresAreTold, true)]
    [InlineData(Death.BeforeTheMetadataIsTold, true)]
    [InlineData(Death.WhenTheMetadataIsTold, true)]
    public async Task A_host_that_dies_anywhere_on_the_way_leaves_the_old_right_or_the_new_one(Death death, bool isNew)
    {
        await using var bench = await RightBench.StartAsync();
        await bench.LiveAgainAsync(death);

        // Who asked has no answer where it died before there was one.
        await bench.ChangeAsync(Closed, OwnersOnly);
        await bench.DiesAsync();
        await bench.LiveAgainAsync();
        await bench.AllIsToldAsync();

        (bench.File.Acl, bench.File.SearchAcl).Should().Be(isNew ? (Closed, OwnersOnly) : (Open, null));
        (await bench.HeldAsync()).Should().Be(isNew ? (Closed, false) : (Open, true));
        (await bench.DifferencesAsync()).Should().BeEmpty();
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task What_is_away_follows_when_it_is_back(bool areKeysAway, bool isMetadataAway)
    {
        await using var bench = await RightBench.StartAsync();
        (bench.AreKeysAway, bench.IsMetadataAway) = (areKeysAway, isMetadataAway);

        (await bench.ChangeAsync(Closed, OwnersOnly)).Should().BeTrue();
        (await bench.IsSettledAsync(TimeSpan.FromMilliseconds(1))).Should().BeFalse("somebody has not heard of it");
        var (key, isFound) = await bench.HeldAsync();
        (areKeysAway ? key : Open, isMetadataAway ? isFound : true).Should().Be((Open, true));
        (await bench.DifferencesAsync()).Should().NotBeEmpty("reconcile says what is still to be told");

        (bench.AreKeysAway, bench.IsMetadataAway) = (false, false);
        await bench.AllIsToldAsync();

        (await bench.IsSettledAsync(TimeSpan.FromSeconds(60))).Should().BeTrue();
        (await bench.HeldAsync()).Should().Be((Closed, false));
        (await bench.DifferencesAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Of_many_changes_at_once_one_is_the_last_everywhere()
    {
        await using var bench = await RightBench.StartAsync();
        (Acl Acl, Acl? Search)[] rights = [(Open, null), (Closed, OwnersOnly), (Open, OwnersOnly), (Closed, null)];

        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => bench.ChangeAsync(rights[i % 4].Acl, rights[i % 4].Search))));
        await bench.AllIsToldAsync();

        (await bench.HeldAsync()).Should().Be((bench.File.Acl, bench.File.SearchAcl is null));
        (await bench.DifferencesAsync()).Should().BeEmpty();
    }
}
