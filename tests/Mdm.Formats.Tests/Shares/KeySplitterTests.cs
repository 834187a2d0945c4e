using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Formats.Shares;

namespace Mdm.Formats.Tests.Shares;

public sealed class KeySplitterTests
{
    private static readonly KeyId Id = KeyId.Parse("00112233445566778899aabbccddeeff");
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    [Theory]
    [InlineData(16)]
    [InlineData(24)]
    [InlineData(32)]
    [InlineData(64)]
    public void Any_k_shares_give_the_key_back(int length)
    {
        var key = RandomNumberGenerator.GetBytes(length);
        var shares = KeySplitter.Split(Id, key, 1, 3, 5);
        foreach (var some in ShamirTests.Subsets(5, 3))
        {
            using var joined = KeySplitter.Join(Id, [.. some.Select(i => KeyShare.Parse(shares[i].Bytes))]);
            joined.Key.ToArray().Should().Equal(key);
            joined.Verdicts.Should().OnlyContain(v => v == ShareVerdict.Right);
        }
        foreach (var some in ShamirTests.Subsets(5, 2))
        {
            using var joined = KeySplitter.Join(Id, [.. some.Select(i => shares[i])]);
            joined.Outcome.Should().Be(JoinOutcome.TooFew);
        }
    }

    [Fact]
    public void One_altered_share_is_named_where_there_is_one_more_than_k_and_cannot_be_told_with_exactly_k()
    {
        var shares = KeySplitter.Split(Id, _key, 1, 2, 3);
        for (var liar = 0; liar < 3; liar++)
        {
            foreach (var at in (int[])[77, 90, 108])
            {
                var some = shares.ToArray();
                some[liar] = Altered(some[liar], at);
                using var joined = KeySplitter.Join(Id, some);
                joined.Key.ToArray().Should().Equal(_key);
                joined.Verdicts.Should().Equal(Enumerable.Range(0, 3).Select(i => i == liar ? ShareVerdict.Altered : ShareVerdict.Right));

                using var two = KeySplitter.Join(Id, [some[liar], some[(liar + 1) % 3]]);
                two.Outcome.Should().Be(JoinOutcome.CannotTell);
                two.Key.Length.Should().Be(0);
            }
        }
    }

    [Fact]
    public void Two_liars_of_five_are_both_named_and_three_leave_no_key()
    {
        var shares = KeySplitter.Split(Id, _key, 1, 3, 5).ToArray();
        shares[0] = Altered(shares[0], 80);
        shares[3] = Altered(shares[3], 85);
        using var joined = KeySplitter.Join(Id, shares);
        joined.Key.ToArray().Should().Equal(_key);
        joined.Verdicts.Should().Equal(ShareVerdict.Altered, ShareVerdict.Right, ShareVerdict.Right, ShareVerdict.Altered, ShareVerdict.Right);
        shares[1] = Altered(shares[1], 90);
        using var none = KeySplitter.Join(Id, shares);
        none.Outcome.Should().Be(JoinOutcome.TooManyWrong);
    }

    [Fact]
    public void Any_altered_byte_of_a_share_is_noticed()
    {
        var shares = KeySplitter.Split(Id, _key, 1, 2, 3);
        for (var at = 0; at < shares[0].Bytes.Length; at++)
        {
            var bytes = shares[0].Bytes.ToArray();
            bytes[at] ^= 1;
            if (!KeyShare.TryParse(bytes, out var altered))
                continue;
            using var joined = KeySplitter.Join(Id, [altered, shares[1], shares[2]]);
            joined.Key.ToArray().Should().Equal(_key);
            joined.Verdicts[0].Should().NotBe(ShareVerdict.Right, "byte {0} was altered", at);
        }
    }

    [Fact]
    public void Shares_of_two_splits_never_join_and_the_newest_that_is_whole_counts()
    {
        var (first, second) = (KeySplitter.Split(Id, _key, 1, 2, 3), KeySplitter.Split(Id, _key, 2, 2, 3));
        var twin = KeySplitter.Split(Id, _key, 2, 2, 3);
        using var mixed = KeySplitter.Join(Id, [first[0], second[1], twin[2]]);
        mixed.Outcome.Should().Be(JoinOutcome.TooFew);
        using var joined = KeySplitter.Join(Id, [first[0], first[1], second[1], second[2], twin[0]]);
        joined.Key.ToArray().Should().Equal(_key);
        joined.Verdicts.Should().Equal(ShareVerdict.OfAnotherSplit, ShareVerdict.OfAnotherSplit, ShareVerdict.Right, ShareVerdict.Right, ShareVerdict.OfAnotherSplit);
    }

    [Fact]
    public void A_share_of_another_key_is_said_to_be_one()
    {
        var other = KeyId.Parse("ffeeddccbbaa99887766554433221100");
        var (ours, theirs) = (KeySplitter.Split(Id, _key, 1, 2, 3), KeySplitter.Split(other, _key, 1, 2, 3));
        using var joined = KeySplitter.Join(Id, [theirs[0], ours[1], ours[2]]);
        joined.Verdicts.Should().Equal(ShareVerdict.OfAnotherKey, ShareVerdict.Right, ShareVerdict.Right);
        using var none = KeySplitter.Join(Id, theirs);
        none.Outcome.Should().Be(JoinOutcome.TooFew);
    }

    [Fact]
    public void One_share_given_twice_is_one_share()
    {
        var shares = KeySplitter.Split(Id, _key, 1, 2, 3);
        using var joined = KeySplitter.Join(Id, [shares[0], shares[0]]);
        joined.Outcome.Should().Be(JoinOutcome.TooFew);
    }

    [Fact]
    public void A_lost_share_is_made_again_byte_for_byte()
    {
        var shares = KeySplitter.Split(Id, _key, 7, 3, 5);
        KeySplitter.ShareAt([shares[4], shares[0], shares[2]], _key, 2).Bytes.ToArray().Should().Equal(shares[1].Bytes.ToArray());
    }

    [Fact]
    public void What_is_no_share_is_refused()
    {
        var bytes = KeySplitter.Split(Id, _key, 1, 2, 3)[0].Bytes.ToArray();
        foreach (var (at, value) in ((int, byte)[])[(0, (byte)'X'), (40, 0), (40, 4), (41, 1), (43, 15), (43, 33), (76, 0), (76, 4)])
        {
            var wrong = bytes.ToArray();
            wrong[at] = value;
            KeyShare.TryParse(wrong, out _).Should().BeFalse("byte {0} is {1}", at, value);
        }
        KeyShare.TryParse(bytes.AsSpan(..^1), out _).Should().BeFalse();
        KeyShare.TryParse([.. bytes, 0], out _).Should().BeFalse();
        FluentActions.Invoking(() => KeyShare.Parse([])).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Corrupt);
    }

    private static KeyShare Altered(KeyShare share, int at)
    {
        var bytes = share.Bytes.ToArray();
        bytes[at] ^= 0x40;
        return KeyShare.Parse(bytes);
    }
}
