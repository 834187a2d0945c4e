using Mdm.Client.Tests.Support;
using Mdm.Srm.Messages;

namespace Mdm.Client.Tests;

public sealed class ListingTests
{
    [Fact]
    public async Task Lists_a_directory_in_one_call()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a.dcm", [1, 2, 3]);
        fixture.Srm.Add("/d/sub/b.dcm", [4]);

        var entries = await fixture.Files.ListAsync(fixture.Srm.At("/d"), CancellationToken.None).ToListAsync();

        entries.Select(e => (e.Surl.Path.ToString(), e.Type, e.Length)).Should().Equal(("/d/a.dcm", FileType.File, 3), ("/d/sub", FileType.Directory, null));
        entries[0].Adler32.Should().Be(DoubleFile.SimpleAdler32([1, 2, 3]));
        fixture.Srm.CountOf<LsRequest>().Should().Be(1);
    }

    [Theory]
    [InlineData(1999)]
    [InlineData(2000)]
    [InlineData(2001)]
    public async Task Pages_when_the_host_says_that_there_are_too_many(int count)
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.AddMany("/d", count, length: 1);
        fixture.Srm.MaxListing = 1000;

        var entries = await fixture.Files.ListAsync(fixture.Srm.At("/d"), CancellationToken.None).ToListAsync();

        entries.Select(e => e.Surl.Path.ToString()).Should().Equal(fixture.Srm.Files.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Waits_for_a_listing_that_is_promised()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.AddMany("/d", 3);
        fixture.Srm.ListingRounds = 3;

        var count = await fixture.Files.ListAsync(fixture.Srm.At("/d"), CancellationToken.None).CountAsync();

        count.Should().Be(3);
        fixture.Srm.CountOf<StatusOfLsRequestRequest>().Should().Be(3);
    }

    [Fact]
    public async Task Lists_a_file_as_itself()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a.dcm", [1]);

        var entries = await fixture.Files.ListAsync(fixture.Srm.At("/d/a.dcm"), CancellationToken.None).ToListAsync();

        entries.Should().ContainSingle().Which.Surl.Should().Be(fixture.Srm.At("/d/a.dcm"));
    }

    [Fact]
    public async Task Walks_a_tree_parents_first()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        for (var study = 0; study < 7; study++)
            fixture.Srm.AddMany($"/d/{study}/series", 2);

        var paths = await fixture.Files.WalkAsync(fixture.Srm.At("/d"), CancellationToken.None).Select(e => e.Surl.Path).ToListAsync();

        paths.Should().HaveCount(7 + 7 + 14).And.OnlyHaveUniqueItems();
        paths.Should().OnlyContain(p => p.Parent.ToString() == "/d" || paths.IndexOf(p.Parent) < paths.IndexOf(p));
    }

    [Fact]
    public async Task Says_what_the_host_says_of_a_missing_directory()
    {
        await using var fixture = await DoubleFixture.StartAsync();

        var refusal = await FluentActions.Awaiting(async () => await fixture.Files.ListAsync(fixture.Srm.At("/none"), CancellationToken.None).CountAsync()).Should().ThrowAsync<SrmException>();

        refusal.Which.Status.Should().Be(StatusCode.InvalidPath);
        refusal.Which.Message.Should().Contain("/none").And.Contain("There is no such file.").And.Contain("SRM_INVALID_PATH");
    }

    [Fact]
    public async Task Leaves_the_length_open_of_a_file_that_nobody_measured()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a.dcm", []);
        fixture.Srm.Files["/d/a.dcm"].ListedAdler32 = null;

        (await fixture.Files.StatAsync(fixture.Srm.At("/d/a.dcm"), CancellationToken.None)).Length.Should().BeNull();
    }
}
