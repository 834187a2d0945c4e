namespace Mdm.Abstractions;

/// <summary>An object opened for reading, or the reason why it could not be. The reader disposes it.</summary>
public sealed class ArchiveContent : IAsyncDisposable
{
    private readonly Stream? _stream;

    private ArchiveContent(ArchiveObjectInfo info, Stream? stream, MdmException? failure) =>
        (Info, _stream, Failure) = (info, stream, failure);

    /// <summary>What the archive knows of the object.</summary>
    public ArchiveObjectInfo Info { get; }

    /// <summary>Why there is no stream; null when there is one.</summary>
    public MdmException? Failure { get; }

    /// <summary>The bytes. Reading throws <see cref="MdmException"/> when the archive fails half-way.</summary>
    /// <exception cref="MdmException">The <see cref="Failure"/>.</exception>
    public Stream Stream => _stream ?? throw new MdmException(Failure!.Kind, Failure.Message, Failure);

    /// <summary>An opened object.</summary>
    public static ArchiveContent Opened(ArchiveObjectInfo info, Stream stream) => new(info, stream, null);

    /// <summary>An object that could not be opened.</summary>
    public static ArchiveContent Failed(ArchiveObjectId id, MdmException failure) => new(new ArchiveObjectInfo(id, string.Empty), null, failure);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _stream?.DisposeAsync() ?? default;
}
