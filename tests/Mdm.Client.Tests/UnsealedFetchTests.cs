using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Client.Files;
using Mdm.Client.Tests.Support;
using Mdm.Formats.Sealed;

namespace Mdm.Client.Tests;

/// <summary>Files that somebody sealed before they were put.</summary>
public sealed class UnsealedFetchTests
{
    private static readonly byte[] Plain = RandomNumberGenerator.GetBytes(SealedFormat.SegmentLength + 5000);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Files_beside_the_destination_are_let_alone(bool isSealed)
    {
        await using var fixture = await FixtureAsync(isSealed);
        string[] beside = [fixture["a.sealed"], fixture["a.part"]];
        foreach (var file in beside)
            await File.WriteAllTextAsync(file, "mine");

        var length = await FetchAsync(fixture, fixture["a"]);

        length.Should().Be(Plain.Length);
        (await File.ReadAllBytesAsync(fixture["a"])).AsSpan().SequenceEqual(Plain).Should().BeTrue();
        Directory.GetFileSystemEntries(fixture.Home).Should().BeEquivalentTo([.. beside, fixture["a"]]);
        foreach (var file in beside)
            (await File.ReadAllTextAsync(file)).Should().Be("mine");
    }

    [Fact]
    public async Task What_has_no_key_leaves_everything_as_it_was()
    {
        await using var fixture = await FixtureAsync(isSealed: true);
        await File.WriteAllTextAsync(fixture["a"], "mine");
        fixture.Keys.Outage = new MdmException(MdmErrorKind.NotFound, "no");

        await FluentActions.Awaiting(() => FetchAsync(fixture, fixture["a"])).Should().ThrowAsync<MdmException>();

        (await File.ReadAllTextAsync(fixture["a"])).Should().Be("mine");
        Directory.GetFileSystemEntries(fixture.Home).Should().ContainSingle();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_rights_of_a_file_that_is_replaced_stay(bool isSealed)
    {
        await using var fixture = await FixtureAsync(isSealed);
        await File.WriteAllTextAsync(fixture["a"], "");
        File.SetUnixFileMode(fixture["a"], UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await FetchAsync(fixture, fixture["a"]);
        File.GetUnixFileMode(fixture["a"]).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);

        await fixture.Files.FetchAsync(fixture.Srm.At("/d/a"), fixture["a"], new FetchOptions { Force = true }, null, CancellationToken.None);
        File.GetUnixFileMode(fixture["a"]).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite, "it is so where nothing is deciphered");
    }

    [Fact]
    public async Task A_device_is_written_into_by_what_deciphers_and_refused_by_what_fetches()
    {
        await using var fixture = await FixtureAsync(isSealed: true);

        (await FetchAsync(fixture, "/dev/null")).Should().Be(Plain.Length);
        await FluentActions.Awaiting(() => fixture.Files.FetchAsync(fixture.Srm.At("/d/a"), "/dev/null", new FetchOptions { Force = true }, null, CancellationToken.None))
            .Should().ThrowAsync<SrmException>().WithMessage("*no regular file*");

        using var still = Destination.Of("/dev/null");
        still.IsSpecial.Should().BeTrue();
    }

    [Fact]
    public async Task What_is_sealed_here_may_go_into_a_device()
    {
        await using var fixture = await DoubleFixture.StartAsync();
        await File.WriteAllBytesAsync(fixture["plain"], Plain);
        using var key = ContentKey.Create();

        (await GridFiles.SealAsync(fixture["plain"], "/dev/null", fixture.Keys.Add(), key, replaces: true, CancellationToken.None)).Should().Be(SealedFormat.SealedLength(Plain.Length));
    }

    [Fact]
    public async Task A_fetch_follows_a_symbolic_name()
    {
        await using var fixture = await FixtureAsync(isSealed: false);
        await File.WriteAllTextAsync(fixture["real"], "");
        File.CreateSymbolicLink(fixture["link"], fixture["real"]);

        await fixture.Files.FetchAsync(fixture.Srm.At("/d/a"), fixture["link"], new FetchOptions { Force = true }, null, CancellationToken.None);

        new FileInfo(fixture["link"]).LinkTarget.Should().NotBeNull();
        (await File.ReadAllBytesAsync(fixture["real"])).AsSpan().SequenceEqual(Plain).Should().BeTrue();
    }

    private static async Task<DoubleFixture> FixtureAsync(bool isSealed)
    {
        var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Add("/d/a", isSealed ? fixture.Keys.Seal(Plain) : Plain);
        return fixture;
    }

    private static Task<long> FetchAsync(DoubleFixture fixture, string destination) =>
        fixture.Files.FetchUnsealedAsync(fixture.Srm.At("/d/a"), destination, async (id, token) => (await fixture.Keys.GetManyAsync([id], token))[0].Key!, null, CancellationToken.None);
}
