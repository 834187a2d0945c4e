using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Client.Tests.Support;
using Mdm.Formats.Sealed;
using Mdm.Srm.Messages;

namespace Mdm.Client.Tests;

/// <summary>Reading without a copy here, and deciphering what is here already.</summary>
public sealed class SealedReadingTests
{
    private const string Announcement = """{"version":1,"keys":{"type":"hydra","endpoints":["https://keys1.example:8443/"],"properties":{"threshold":"1"}}}""";
    private static readonly byte[] Plain = RandomNumberGenerator.GetBytes((2 * SealedFormat.SegmentLength) + 5000);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_is_read_from_any_place(bool isSealed)
    {
        await using var fixture = await FixtureAsync(isSealed);
        await using (var stream = await fixture.Files.OpenAsync(fixture.Srm.At("/d/a.dcm"), CancellationToken.None))
        {
            stream.Length.Should().Be(Plain.Length);
            var piece = new byte[3000];
            foreach (var offset in (int[])[0, 5, SealedFormat.FirstPlainLength - 10, Plain.Length - 3000, 17])
            {
                stream.Position = offset;
                await stream.ReadExactlyAsync(piece);
                piece.AsSpan().SequenceEqual(Plain.AsSpan(offset, piece.Length)).Should().BeTrue($"from {offset}");
            }
            stream.Seek(-5, SeekOrigin.End);
            stream.Read(piece, 0, 3000).Should().Be(5);
            stream.Read(piece, 0, 3000).Should().Be(0);
        }
        fixture.Srm.CountOf<ReleaseFilesRequest>().Should().Be(1);
        fixture.Srm.Downloads.Should().OnlyContain(d => d.Range != null, "only the parts that are read travel");
    }

    [Fact]
    public async Task Nothing_of_a_segment_that_is_not_authentic_is_read()
    {
        await using var fixture = await FixtureAsync(isSealed: true);
        fixture.Srm.Files["/d/a.dcm"].Bytes[SealedFormat.SegmentLength + 7] ^= 1;
        await using var stream = await fixture.Files.OpenAsync(fixture.Srm.At("/d/a.dcm"), CancellationToken.None);
        stream.Position = SealedFormat.FirstPlainLength - 1;
        stream.ReadByte().Should().Be(Plain[SealedFormat.FirstPlainLength - 1]);

        FluentActions.Invoking(() => stream.ReadByte()).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Corrupt);
    }

    [Fact]
    public async Task A_file_that_changed_since_it_was_opened_is_refused()
    {
        await using var fixture = await FixtureAsync(isSealed: true);
        await using var stream = await fixture.Files.OpenAsync(fixture.Srm.At("/d/a.dcm"), CancellationToken.None);
        fixture.Srm.Files["/d/a.dcm"] = new DoubleFile(fixture.Keys.Seal(Plain)) { ETag = "\"v2\"" };
        stream.Position = SealedFormat.FirstPlainLength;

        await FluentActions.Awaiting(async () => await stream.ReadAsync(new byte[10])).Should().ThrowAsync<SrmException>().WithMessage("*another file*");
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task A_file_is_written_to_a_stream_while_it_arrives(bool isSealed, bool keepsSealed)
    {
        await using var fixture = await FixtureAsync(isSealed);
        fixture.Srm.Files["/d/a.dcm"].BreaksAfter.Enqueue(1_500_000);
        var target = new MemoryStream();

        await fixture.Files.CopyToAsync(fixture.Srm.At("/d/a.dcm"), target, keepsSealed, CancellationToken.None);

        target.ToArray().AsSpan().SequenceEqual(keepsSealed ? fixture.Srm.Files["/d/a.dcm"].Bytes : Plain).Should().BeTrue();
        fixture.Srm.Downloads.Should().HaveCount(2, "it was taken up where it broke off");
    }

    [Fact]
    public async Task Another_checksum_than_was_promised_is_told_at_the_end()
    {
        await using var fixture = await FixtureAsync(isSealed: false);
        fixture.Srm.Files["/d/a.dcm"].ListedAdler32 = "00000001";

        await FluentActions.Awaiting(() => fixture.Files.CopyToAsync(fixture.Srm.At("/d/a.dcm"), new MemoryStream(), false, CancellationToken.None))
            .Should().ThrowAsync<SrmException>().WithMessage("*00000001 was promised*");
    }

    [Fact]
    public async Task A_sealed_file_that_is_here_is_deciphered()
    {
        await using var fixture = await FixtureAsync(isSealed: true);
        await File.WriteAllBytesAsync(fixture["sealed"], fixture.Srm.Files["/d/a.dcm"].Bytes);

        (await fixture.Files.DecipherAsync(fixture["sealed"], fixture["plain"], replaces: false, fixture.Srm.At("/"), CancellationToken.None)).Should().Be(Plain.Length);
        (await File.ReadAllBytesAsync(fixture["plain"])).AsSpan().SequenceEqual(Plain).Should().BeTrue();
        var target = new MemoryStream();
        await fixture.Files.DecipherAsync(fixture["sealed"], target, fixture.Srm.At("/"), CancellationToken.None);
        target.ToArray().AsSpan().SequenceEqual(Plain).Should().BeTrue();

        // In place, since that was said.
        await FluentActions.Awaiting(() => fixture.Files.DecipherAsync(fixture["sealed"], fixture["sealed"], replaces: false, fixture.Srm.At("/"), CancellationToken.None)).Should().ThrowAsync<IOException>();
        await fixture.Files.DecipherAsync(fixture["sealed"], fixture["sealed"], replaces: true, fixture.Srm.At("/"), CancellationToken.None);
        (await File.ReadAllBytesAsync(fixture["sealed"])).AsSpan().SequenceEqual(Plain).Should().BeTrue();
        Directory.GetFiles(fixture.Home).Should().HaveCount(2, "nothing else is left");
    }

    [Fact]
    public async Task A_file_that_does_not_open_leaves_nothing()
    {
        await using var fixture = await FixtureAsync(isSealed: true);
        var bytes = fixture.Srm.Files["/d/a.dcm"].Bytes.ToArray();
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(fixture["sealed"], bytes);

        await FluentActions.Awaiting(() => fixture.Files.DecipherAsync(fixture["sealed"], fixture["plain"], replaces: false, fixture.Srm.At("/"), CancellationToken.None)).Should().ThrowAsync<MdmException>();

        Directory.GetFiles(fixture.Home).Should().Equal(fixture["sealed"]);
    }

    private static async Task<DoubleFixture> FixtureAsync(bool isSealed)
    {
        var fixture = await DoubleFixture.StartAsync();
        fixture.Srm.Announcement = Announcement;
        fixture.Srm.Add("/d/a.dcm", isSealed ? fixture.Keys.Seal(Plain) : Plain);
        fixture.Srm.Files["/d/a.dcm"].MediaType = isSealed ? SealedFormat.MediaType : "application/dicom";
        return fixture;
    }
}
