namespace Mdm.Host.Staging;

/// <summary>An open staged file: its bytes stay readable, whatever becomes of it in the pool, until this is disposed.</summary>
internal abstract class StagedReader : IDisposable
{
    public abstract long Length { get; }

    /// <summary>Reads at an offset; 0 only at the end.</summary>
    public abstract int Read(long offset, Span<byte> into);

    public abstract void Dispose();
}
