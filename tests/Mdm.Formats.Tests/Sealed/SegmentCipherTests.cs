using Mdm.Abstractions;
using Mdm.Formats.Sealed;

namespace Mdm.Formats.Tests.Sealed;

public sealed class SegmentCipherTests : IDisposable
{
    private readonly ContentKey _key = Sample.Key();
    private readonly SegmentCipher _cipher;

    public SegmentCipherTests() => _cipher = new SegmentCipher(_key, Sample.HeaderOf([7], _key));

    public void Dispose()
    {
        _cipher.Dispose();
        _key.Dispose();
    }

    [Fact]
    public void A_segment_is_opened_in_place_as_it_is_beside()
    {
        var plain = Sample.Pattern(SealedFormat.PlainPerSegment);
        var beside = new byte[SealedFormat.SegmentLength];
        var inPlace = new byte[SealedFormat.SegmentLength];
        plain.CopyTo(inPlace, 0);

        _cipher.Seal(1, isLast: false, plain, beside);
        _cipher.Seal(1, isLast: false, inPlace.AsSpan(0, plain.Length), inPlace);
        inPlace.AsSpan().SequenceEqual(beside).Should().BeTrue();

        var opened = new byte[plain.Length];
        _cipher.Open(1, isLast: false, beside, opened);
        _cipher.Open(1, isLast: false, inPlace, inPlace.AsSpan(0, plain.Length));
        opened.AsSpan().SequenceEqual(plain).Should().BeTrue();
        inPlace.AsSpan(0, plain.Length).SequenceEqual(plain).Should().BeTrue();
    }

    [Fact]
    public void Opens_only_at_its_number_and_only_as_what_it_was_sealed()
    {
        var segment = new byte[SealedFormat.SegmentLength];
        _cipher.Seal(5, isLast: true, Sample.Pattern(SealedFormat.PlainPerSegment), segment);
        var plain = new byte[SealedFormat.PlainPerSegment];

        _cipher.Open(5, isLast: true, segment, plain);

        foreach (var (number, isLast) in ((uint, bool)[])[(5, false), (4, true), (6, true), (1, true), (5 + (1 << 8), true), (uint.MaxValue, true)])
        {
            plain.AsSpan().Fill(0xAA);
            FluentActions.Invoking(() => _cipher.Open(number, isLast, segment, plain)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Corrupt);
            plain.Should().OnlyContain(b => b == 0, "nothing of a refused segment is given out");
        }
    }

    [Fact]
    public void Only_the_last_segment_may_be_shorter_and_only_the_first_may_be_empty()
    {
        FluentActions.Invoking(() => _cipher.Seal(0, isLast: false, new byte[10], new byte[26])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => _cipher.Seal(1, isLast: true, [], new byte[16])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => _cipher.Seal(0, isLast: true, new byte[SealedFormat.FirstPlainLength + 1], new byte[SealedFormat.FirstPlainLength + 17])).Should().Throw<ArgumentException>();
        FluentActions.Invoking(() => _cipher.Seal(0, isLast: true, new byte[10], new byte[10])).Should().Throw<ArgumentException>();

        FluentActions.Invoking(() => _cipher.Open(0, isLast: false, new byte[26], new byte[10])).Should().Throw<MdmException>();
        FluentActions.Invoking(() => _cipher.Open(1, isLast: true, new byte[16], [])).Should().Throw<MdmException>();
        FluentActions.Invoking(() => _cipher.Open(0, isLast: true, new byte[15], [])).Should().Throw<MdmException>();
    }

    [Fact]
    public async Task Serves_many_threads_at_once()
    {
        var tasks = Enumerable.Range(1, 64).Select(number => Task.Run(() =>
        {
            var plain = Sample.Pattern(1000 + number);
            var segment = new byte[plain.Length + SealedFormat.TagLength];
            var opened = new byte[plain.Length];
            for (var i = 0; i < 50; i++)
            {
                _cipher.Seal((uint)number, isLast: true, plain, segment);
                _cipher.Open((uint)number, isLast: true, segment, opened);
                if (!opened.AsSpan().SequenceEqual(plain))
                    return false;
            }
            return true;
        }));

        (await Task.WhenAll(tasks)).Should().AllBeEquivalentTo(true);
    }

    [Fact]
    public void Is_of_no_use_after_it_was_disposed()
    {
        _cipher.Dispose();

        FluentActions.Invoking(() => _cipher.Seal(0, isLast: true, [], new byte[16])).Should().Throw<ObjectDisposedException>();
    }
}
