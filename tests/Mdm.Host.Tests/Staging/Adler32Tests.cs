using System.Text;
using Mdm.Host.Staging;
using Mdm.Host.Tests.Doubles;

namespace Mdm.Host.Tests.Staging;

public sealed class Adler32Tests
{
    [Theory]
    [InlineData("", 0x00000001u)]
    [InlineData("a", 0x00620062u)]
    [InlineData("Wikipedia", 0x11E60398u)]
    public void Gives_the_published_values(string text, uint expected) =>
        Adler32.Of(Encoding.ASCII.GetBytes(text)).Should().Be(expected);

    [Fact]
    public void Agrees_with_the_definition_for_every_length_around_its_block()
    {
        var bytes = StagingBench.Bytes("adler", 2100);
        for (var length = 0; length <= bytes.Length; length++)
            Adler32.Of(bytes.AsSpan(0, length)).Should().Be(Definition(bytes.AsSpan(0, length)), "of {0} bytes", length);
    }

    [Fact]
    public void Does_not_overflow_on_megabytes_of_the_largest_byte()
    {
        var bytes = new byte[5_000_000];
        bytes.AsSpan().Fill(0xff);
        Adler32.Of(bytes).Should().Be(Definition(bytes));
    }

    [Fact]
    public void Is_the_same_however_the_bytes_are_cut()
    {
        var bytes = StagingBench.Bytes("cut", 100_000);
        var sum = Adler32.Empty;
        for (int at = 0, size = 1; at < bytes.Length; at += size, size = (size * 7 % 4001) + 1)
            sum.Append(bytes.AsSpan(at, Math.Min(size, bytes.Length - at)));
        sum.Value.Should().Be(Definition(bytes));
    }

    /// <summary>RFC 1950 section 8.2, word by word.</summary>
    private static uint Definition(ReadOnlySpan<byte> bytes)
    {
        uint a = 1, b = 0;
        foreach (var value in bytes)
        {
            a = (a + value) % 65521;
            b = (b + a) % 65521;
        }
        return (b << 16) | a;
    }
}
