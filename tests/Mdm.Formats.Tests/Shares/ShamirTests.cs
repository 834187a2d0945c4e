using System.Globalization;
using System.Security.Cryptography;
using Mdm.Formats.Shares;

namespace Mdm.Formats.Tests.Shares;

public sealed class ShamirTests
{
    private const int Full = 200_000;
    private const int Sample = 6_000;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(2, 3)]
    [InlineData(3, 5)]
    [InlineData(8, 8)]
    public void Any_k_shares_give_the_secret_back_and_any_share_can_be_made_again(int threshold, int count)
    {
        byte[] places = [.. Enumerable.Range(1, count).Select(i => (byte)i)];
        foreach (var length in (int[])[1, 7, 8, 9, 16, 33, Shamir.MaxSecretLength])
        {
            var secret = RandomNumberGenerator.GetBytes(length);
            var shares = Shamir.Split(secret, threshold, places);
            foreach (var some in Subsets(count, threshold))
            {
                Join(places, shares, some, 0, length).Should().Equal(secret);
                Join(places, shares, some, places[^1], length).Should().Equal(shares[^1]);
            }
        }
    }

    /// <summary>The original lost one key in three hundred: those with a chunk of 0xFFF1 or more.</summary>
    [Fact]
    public void Every_key_comes_back_from_every_two_of_three_chunks_of_zeroes_and_ones_included()
    {
        byte[] places = [1, 2, 3];
        var subsets = Subsets(3, 2).ToArray();
        var (places2, shares2, joined) = (new byte[2], new byte[2][], new byte[32]);
        for (var i = 0; i < (Here.Soak ? Full : Sample); i++)
        {
            var key = RandomNumberGenerator.GetBytes(16 + (8 * (i % 3)));
            if (i % 5 == 0)
                key.AsSpan(2 * (i % (key.Length / 2)), 2).Fill(0xFF);
            if (i % 7 == 0)
                key.AsSpan(2 * (i % (key.Length / 2)), 2).Clear();
            if (i % 1000 == 0)
                key.AsSpan().Fill((byte)(i % 2000 == 0 ? 0 : 0xFF));
            var shares = Shamir.Split(key, 2, places);
            foreach (var some in subsets)
            {
                for (var j = 0; j < 2; j++)
                    (places2[j], shares2[j]) = (places[some[j]], shares[some[j]]);
                Shamir.Interpolate(places2, shares2, 0, joined.AsSpan(0, key.Length));
                if (!joined.AsSpan(0, key.Length).SequenceEqual(key))
                    Assert.Fail($"{Convert.ToHexString(key)} came back as {Convert.ToHexString(joined.AsSpan(0, key.Length))}");
            }
        }
    }

    /// <summary>Over many splits of one key each byte of k-1 shares takes every value equally often: chi-square of 255 degrees of freedom, at a level of about one in a million per test.</summary>
    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 3)]
    public void Fewer_than_k_shares_tell_nothing(int threshold, int count)
    {
        byte[] key = [0x00, 0xFF, 0x1D, 0x80], places = [.. Enumerable.Range(1, count).Select(i => (byte)i)];
        const int splits = 64_000;
        const double expected = splits / 256.0;
        // Chi-square of 255 degrees of freedom leaves this once in a hundred million tables.
        const double least = 145, most = 410;
        var counts = new int[count * key.Length, 256];
        var sums = new int[key.Length, 256];
        for (var i = 0; i < splits; i++)
        {
            var shares = Shamir.Split(key, threshold, places);
            for (var b = 0; b < key.Length; b++)
            {
                for (var s = 0; s < count; s++)
                    counts[(s * key.Length) + b, shares[s][b]]++;
                // Any k-1 shares together: here their sum, which a short polynomial would fix.
                sums[b, shares.Take(threshold - 1).Aggregate(0, (all, share) => all ^ share[b])]++;
            }
        }
        foreach (var table in (int[][,])[counts, sums])
        {
            for (var row = 0; row < table.GetLength(0); row++)
            {
                var square = Enumerable.Range(0, 256).Sum(value => Math.Pow(table[row, value] - expected, 2) / expected);
                square.Should().BeInRange(least, most, "row {0}", row);
            }
        }
    }

    [SkippableFact]
    public async Task Debians_gfcombine_joins_our_shares()
    {
        var gfcombine = Here.Tool("gfcombine");
        using var folder = new TemporaryDirectory();
        foreach (var (threshold, count, length) in ((int, int, int)[])[(2, 3, 32), (3, 5, 24), (2, 2, 16), (5, 9, 301)])
        {
            var secret = RandomNumberGenerator.GetBytes(length);
            byte[] places = [.. Enumerable.Range(1, count).Select(i => (byte)((i * 17) % 256))];
            var shares = Shamir.Split(secret, threshold, places);
            for (var s = 0; s < count; s++)
                await File.WriteAllBytesAsync(folder[Name(places[s])], shares[s]);
            foreach (var some in Subsets(count, threshold).Take(10))
            {
                var (code, output) = await ChildProcess.RunAsync(gfcombine, ["-o", folder["joined"], .. some.Select(s => folder[Name(places[s])])]);
                code.Should().Be(0, "{0}", output);
                (await File.ReadAllBytesAsync(folder["joined"])).Should().Equal(secret);
            }
        }
    }

    [SkippableFact]
    public async Task We_join_the_shares_of_Debians_gfsplit()
    {
        var gfsplit = Here.Tool("gfsplit");
        using var folder = new TemporaryDirectory();
        var secret = RandomNumberGenerator.GetBytes(40);
        await File.WriteAllBytesAsync(folder["secret"], secret);
        (await ChildProcess.RunAsync(gfsplit, ["-n", "3", "-m", "5", folder["secret"], folder["share"]])).ExitCode.Should().Be(0);
        var files = Directory.GetFiles(folder.Path, "share.*");
        files.Should().HaveCount(5);
        byte[] places = [.. files.Select(f => byte.Parse(Path.GetExtension(f)[1..], CultureInfo.InvariantCulture))];
        byte[][] shares = [.. files.Select(File.ReadAllBytes)];
        foreach (var some in Subsets(5, 3))
            Join(places, shares, some, 0, secret.Length).Should().Equal(secret);
    }

    [Fact]
    public void Places_and_lengths_that_are_none_are_refused()
    {
        FluentActions.Invoking(() => Shamir.Split([], 1, [1])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Shamir.Split(new byte[Shamir.MaxSecretLength + 1], 1, [1])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Shamir.Split([1], 2, [1])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Shamir.Split([1], 0, [1])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Shamir.Split([1], 1, [0])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Shamir.Split([1], 1, [3, 3])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => Shamir.Interpolate([1, 2], [[1], [1, 2]], 0, new byte[1])).Should().Throw<ArgumentException>();
    }

    internal static IEnumerable<int[]> Subsets(int of, int size) =>
        Enumerable.Range(0, 1 << of).Where(set => System.Numerics.BitOperations.PopCount((uint)set) == size).Select(set => Enumerable.Range(0, of).Where(i => (set >> i & 1) != 0).ToArray());

    private static string Name(byte place) => $"share.{place:000}";

    private static byte[] Join(byte[] places, byte[][] shares, int[] some, byte at, int length)
    {
        var result = new byte[length];
        Shamir.Interpolate([.. some.Select(i => places[i])], [.. some.Select(i => shares[i])], at, result);
        return result;
    }
}
