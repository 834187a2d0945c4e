using Mdm.Abstractions;
using Mdm.Formats.Sealed;

namespace Mdm.Formats.Tests.Sealed;

public sealed class DecipheringStreamTests : IDisposable
{
    private static readonly byte[] Plain = Sample.Pattern(SealedFormat.SegmentLength + 1000);
    private static readonly byte[] File = Sample.Seal(Plain);
    private readonly ContentKey _key = Sample.Key();

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(1021)]
    [InlineData(SealedFormat.SegmentLength)]
    public void It_does_not_matter_in_what_pieces_the_file_comes(int piece)
    {
        var file = piece == 1 ? Sample.Seal(Plain[..3000]) : File;
        using var stream = Open(new Trickle(file, piece));
        var released = new MemoryStream();
        stream.CopyTo(released);
        released.ToArray().AsSpan().SequenceEqual(Plain.AsSpan(0, piece == 1 ? 3000 : Plain.Length)).Should().BeTrue();
        stream.ReadByte().Should().Be(-1);
    }

    [Fact]
    public async Task A_segment_is_given_out_as_soon_as_a_byte_of_the_next_is_there()
    {
        // One byte more than the first segment has come; the rest never does.
        await using var source = new Stalling(File[..(SealedFormat.SegmentLength + 1)]);
        await using var stream = await DecipheringStream.OpenAsync(source, (_, _) => new(new ContentKey(_key.Bytes)), CancellationToken.None);
        var buffer = new byte[SealedFormat.FirstPlainLength];

        await stream.ReadExactlyAsync(buffer).AsTask().WaitAsync(TimeSpan.FromSeconds(60));

        buffer.AsSpan().SequenceEqual(Plain.AsSpan(0, buffer.Length)).Should().BeTrue();
    }

    [Fact]
    public async Task An_interrupted_read_is_taken_up_by_the_next()
    {
        await using var source = new Stalling(File[..500]);
        await using var stream = await DecipheringStream.OpenAsync(source, (_, _) => new(new ContentKey(_key.Bytes)), CancellationToken.None);
        using var impatient = new CancellationTokenSource();
        var read = stream.ReadAsync(new byte[10], impatient.Token);
        await impatient.CancelAsync();
        await FluentActions.Awaiting(async () => await read).Should().ThrowAsync<OperationCanceledException>();

        source.Arrive(File[500..]);
        var released = new MemoryStream();
        await stream.CopyToAsync(released);

        released.ToArray().AsSpan().SequenceEqual(Plain).Should().BeTrue();
    }

    [Fact]
    public void After_a_refusal_nothing_more_is_given_out()
    {
        var file = File.ToArray();
        file[100] ^= 1;
        using var stream = Open(new MemoryStream(file));

        for (var i = 0; i < 3; i++)
            FluentActions.Invoking(() => stream.ReadByte()).Should().Throw<MdmException>().WithMessage("Segment 0*not authentic*");
    }

    [Fact]
    public async Task A_key_that_cannot_be_had_closes_the_source()
    {
        var source = new MemoryStream(File);
        var asked = default(KeyId);

        var opening = async () => await DecipheringStream.OpenAsync(source, (id, _) => throw new MdmException(MdmErrorKind.NotFound, $"no key {asked = id}"), CancellationToken.None);

        (await opening.Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.NotFound);
        asked.Should().Be(Sample.Id);
        source.CanRead.Should().BeFalse();
    }

    private DecipheringStream Open(Stream source)
    {
        var header = new byte[SealedFormat.HeaderLength];
        source.ReadExactly(header);
        return new DecipheringStream(source, SealedHeader.Parse(header), _key);
    }

    /// <summary>Gives what has arrived, then waits.</summary>
    private sealed class Stalling(byte[] arrived) : MemoryStream
    {
        private readonly Queue<byte> _arrived = new(arrived);
        private bool _isWhole;

        public void Arrive(byte[] rest)
        {
            foreach (var value in rest)
                _arrived.Enqueue(value);
            _isWhole = true;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_arrived.Count == 0 && !_isWhole)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            var count = Math.Min(buffer.Length, _arrived.Count);
            for (var i = 0; i < count; i++)
                buffer.Span[i] = _arrived.Dequeue();
            return count;
        }
    }
}
