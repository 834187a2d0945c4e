namespace Mdm.Host.Staging;

/// <summary>An archive's stream as the pipeline reads it: it ends in time, at the announced length and below the limit, or it throws.</summary>
internal sealed class FetchedStream(Stream source, long? announced, long longest, Patience patience, TimeSpan stall) : ReadOnlyStream
{
    private bool _ended;

    /// <summary>Bytes read so far.</summary>
    public long Count { get; private set; }

    public override long Position { get => Count; }

    /// <exception cref="MdmException">Unavailable: nothing came in time; Corrupt: not what was announced; Refused: too long; what the archive says.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ended || buffer.IsEmpty)
            return 0;
        cancellationToken.ThrowIfCancellationRequested();
        var read = await patience.WaitAsync(token => source.ReadAsync(buffer, token), stall, "stopped in the middle of an object");
        Count += read;
        if (Count > longest)
            throw new MdmException(MdmErrorKind.Refused, $"The object is longer than {longest} bytes, the most this host fetches (Staging:MaxObjectLength).");
        _ended = read == 0;
        if (announced is { } length && (Count > length || (_ended && Count != length)))
            throw new MdmException(MdmErrorKind.Corrupt, $"The archive announced {length} bytes and sent {(_ended ? $"only {Count}" : "more")}.");
        return read;
    }

    /// <summary>Throws unless all was read: what nobody looked at was not disclosed by anybody.</summary>
    public async ValueTask EnsureEndAsync(CancellationToken cancellationToken)
    {
        if (await ReadAsync(new byte[1], cancellationToken) != 0)
            throw new MdmException(MdmErrorKind.Refused, "The de-identifier did not read the object to its end.");
    }
}
