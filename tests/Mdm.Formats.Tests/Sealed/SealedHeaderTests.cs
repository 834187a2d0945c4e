using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Formats.Sealed;

namespace Mdm.Formats.Tests.Sealed;

public sealed class SealedHeaderTests : IDisposable
{
    private readonly ContentKey _key = Sample.Key();

    public void Dispose() => _key.Dispose();

    [Fact]
    public void What_is_written_is_read()
    {
        var header = Sample.HeaderOf([1, 2, 3], _key);

        var again = SealedHeader.Parse(header.ToBytes());

        again.Should().Be(header);
        again.KeyId.Should().Be(Sample.Id);
        again.ToBytes().Should().HaveCount(SealedFormat.HeaderLength).And.StartWith([0x28]);
    }

    [Fact]
    public void Equal_content_has_an_equal_header_and_any_difference_another()
    {
        var digest = SHA256.HashData([1, 2, 3]);
        using var otherKey = ContentKey.Create();
        var header = SealedHeader.Synthesize(_key, Sample.Id, 3, digest);

        SealedHeader.Synthesize(_key, Sample.Id, 3, digest).Should().Be(header);
        SealedHeader[] others =
        [
            SealedHeader.Synthesize(_key, Sample.Id, 4, digest),
            SealedHeader.Synthesize(_key, Sample.Id, 3, SHA256.HashData([1, 2, 4])),
            SealedHeader.Synthesize(_key, KeyId.Parse("00000000000000000000000000000000"), 3, digest),
            SealedHeader.Synthesize(otherKey, Sample.Id, 3, digest),
            SealedHeader.Random(_key, Sample.Id),
        ];
        others.Append(header).Select(h => Convert.ToHexString(h.Salt)).Should().OnlyHaveUniqueItems();
        others.Append(header).Select(h => Convert.ToHexString(h.NoncePrefix)).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void A_random_header_never_comes_twice() =>
        Enumerable.Range(0, 1000).Select(_ => Convert.ToHexString(SealedHeader.Random(_key, Sample.Id).Salt)).Should().OnlyHaveUniqueItems();

    [Fact]
    public void Dicom_files_and_short_ones_are_no_sealed_files()
    {
        var preamble = new byte[132];
        byte[] groupTwo = [0x02, 0, 0, 0, .. new byte[60]];
        byte[] groupEight = [0x08, 0, 5, 0, .. new byte[60]];

        foreach (var bytes in (byte[][])[preamble, groupTwo, groupEight, [], Sample.HeaderOf([], _key).ToBytes()[..39]])
        {
            SealedHeader.TryParse(bytes, out _).Should().BeFalse();
            FluentActions.Invoking(() => SealedHeader.Parse(bytes)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Corrupt);
        }
    }
}
