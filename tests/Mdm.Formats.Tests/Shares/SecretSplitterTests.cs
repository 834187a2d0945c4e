using System.Security.Cryptography;
using System.Text;
using Mdm.Abstractions;
using Mdm.Formats.Shares;

namespace Mdm.Formats.Tests.Shares;

/// <summary>Secrets that people write down in parts.</summary>
public sealed class SecretSplitterTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(10, 4, 6)]
    [InlineData(13, 3, 5)]
    [InlineData(16, 2, 5)]
    [InlineData(SecretSplitter.MaxLength, 255, 255)]
    public void Any_that_are_enough_give_it_back(int length, int threshold, int count)
    {
        var secret = RandomNumberGenerator.GetBytes(length);
        var shares = SecretSplitter.Split(secret, threshold, count);
        shares.Should().HaveCount(count);
        for (var first = 0; first + threshold <= count; first++)
        {
            var some = new byte[]?[count];
            Array.Copy(shares, first, some, first, threshold);
            SecretSplitter.Join(some).Should().Equal(secret);
        }
        SecretSplitter.Join(shares).Should().Equal(secret, "more than enough are no fault");
    }

    [Fact]
    public void Too_few_altered_or_displaced_ones_are_refused()
    {
        var shares = SecretSplitter.Split(Encoding.UTF8.GetBytes("thebestpw3vah"), 3, 5);
        var altered = shares[2].ToArray();
        altered[11] ^= 1;
        Refused([shares[0], shares[1]]);
        Refused([null, shares[0], shares[1], shares[2]]);
        Refused([shares[0], shares[1], altered]);
        Refused([shares[0], shares[1], shares[2][..16], null]);
        Refused([null, null]);
        Refused([shares[0], shares[1], SecretSplitter.Split(Encoding.UTF8.GetBytes("thebestpw3vah"), 3, 5)[2]]);
        Refused([[], [], []]);
        Refused(new byte[]?[256]);

        static void Refused(byte[]?[] some) => FluentActions.Invoking(() => SecretSplitter.Join(some)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Corrupt);
    }

    [Fact]
    public void A_share_tells_the_length_to_sixteen_bytes_only()
    {
        SecretSplitter.Split(new byte[7], 2, 3)[0].Should().HaveCount(32);
        SecretSplitter.Split(new byte[22], 2, 3)[0].Should().HaveCount(32);
        SecretSplitter.Split(new byte[6], 2, 3)[0].Should().HaveCount(16);
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(SecretSplitter.MaxLength + 1, 1, 1)]
    [InlineData(5, 0, 1)]
    [InlineData(5, 3, 2)]
    [InlineData(5, 1, 256)]
    public void Numbers_out_of_range_are_refused(int length, int threshold, int count) =>
        FluentActions.Invoking(() => SecretSplitter.Split(new byte[length], threshold, count)).Should().Throw<ArgumentException>();

    [Fact]
    public void The_reference_vector_is_met()
    {
        // Written from the documentation, the check by hand: the shares of a threshold of one are the framed secret itself.
        var framed = SecretSplitter.Split("secret"u8, 1, 2)[1];
        framed.AsSpan(8).ToArray().Should().Equal([0, 6, .. "secret"u8]);
        framed.AsSpan(0, 8).ToArray().Should().Equal(SHA256.HashData([.. "mdm-secret-v1"u8, 0, 6, .. "secret"u8])[..8]);
    }
}
