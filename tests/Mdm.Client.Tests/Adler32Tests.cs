using System.Security.Cryptography;
using System.Text;
using Mdm.Client.Files;
using Mdm.Client.Tests.Support;

namespace Mdm.Client.Tests;

public sealed class Adler32Tests
{
    [Theory]
    [InlineData("", "00000001")]
    [InlineData("a", "00620062")]
    [InlineData("Wikipedia", "11e60398")]
    public void Gives_known_values(string text, string sum)
    {
        var adler = new Adler32();
        adler.Append(Encoding.ASCII.GetBytes(text));
        adler.ToString().Should().Be(sum);
    }

    [Fact]
    public void Does_not_depend_on_how_bytes_are_cut()
    {
        var bytes = RandomNumberGenerator.GetBytes(100_003);
        // The largest values come nearest to an overflow.
        bytes.AsSpan(0, 50_000).Fill(0xFF);
        var adler = new Adler32();
        for (var at = 0; at < bytes.Length; at += 7919)
            adler.Append(bytes.AsSpan(at, Math.Min(7919, bytes.Length - at)));

        adler.ToString().Should().Be(DoubleFile.SimpleAdler32(bytes));
    }
}
