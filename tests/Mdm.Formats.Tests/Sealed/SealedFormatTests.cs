using Mdm.Abstractions;
using Mdm.Formats.Sealed;

namespace Mdm.Formats.Tests.Sealed;

public sealed class SealedFormatTests
{
    [Fact]
    public void The_lengths_are_those_of_the_specification()
    {
        SealedFormat.FirstPlainLength.Should().Be(1_048_520);
        SealedFormat.PlainPerSegment.Should().Be(1_048_560);
        SealedFormat.SealedLength(0).Should().Be(56);
        SealedFormat.SealedLength(1_048_520).Should().Be(SealedFormat.SegmentLength);
        SealedFormat.SealedLength(1_048_521).Should().Be(SealedFormat.SegmentLength + 17);
    }

    [Fact]
    public void Sealing_and_opening_agree_on_every_length_around_the_boundaries()
    {
        foreach (var length in Sample.Lengths.Select(l => (long)l).Concat([SealedFormat.MaxPlainLength, SealedFormat.MaxPlainLength - 1]))
        {
            // L + 40 + 16 * max(1, ceil((L + 40) / 1,048,560)), in numbers that cannot overflow.
            var expected = 40 + length + (16 * Math.Max(1, (long)Math.Ceiling((decimal)(length + 40) / 1_048_560)));
            SealedFormat.SealedLength(length).Should().Be(expected);
            SealedFormat.PlainLength(expected).Should().Be(length);
        }
    }

    [Fact]
    public void Lengths_that_no_sealed_file_has_are_refused()
    {
        var possible = new HashSet<long>(Enumerable.Range(0, 2 * SealedFormat.SegmentLength).Select(plain => SealedFormat.SealedLength(plain)));
        for (var length = 0L; length < 2 * SealedFormat.SegmentLength; length++)
        {
            if (SealedFormat.TryPlainLength(length, out _) != possible.Contains(length))
                Assert.Fail($"{length} is judged wrongly");
        }
        FluentActions.Invoking(() => SealedFormat.PlainLength(55)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Corrupt);
        SealedFormat.TryPlainLength(-1, out _).Should().BeFalse();
        SealedFormat.TryPlainLength(long.MaxValue, out _).Should().BeFalse();
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(SealedFormat.MaxPlainLength + 1)]
    public void No_plaintext_has_an_impossible_length(long length) =>
        FluentActions.Invoking(() => SealedFormat.SealedLength(length)).Should().Throw<ArgumentOutOfRangeException>();

    [Fact]
    public void Every_byte_of_plaintext_is_in_the_segment_that_holds_its_offset()
    {
        foreach (var offset in Sample.Lengths)
        {
            var number = SealedFormat.SegmentAt(offset);
            var within = offset - SealedFormat.PlainOffset(number);
            within.Should().BeInRange(0, SealedFormat.PlainCapacity(number) - 1);
        }
        SealedFormat.SegmentAt(SealedFormat.MaxPlainLength - 1).Should().Be(uint.MaxValue);
        SealedFormat.SealedOffset(uint.MaxValue).Should().Be((SealedFormat.MaxSegments - 1) * SealedFormat.SegmentLength);
    }
}
