using Microsoft.Win32.SafeHandles;

namespace Mdm.Host.Staging;

/// <summary>An open staged file: not evicted while it is open, and readable whatever else becomes of it, until this is disposed. Safe for concurrent use.</summary>
internal sealed class StagedReader(StoredForm form, SafeFileHandle file, PoolSlot slot, Pool pool) : IDisposable
{
    private int _isDisposed;

    public long Length => slot.File.Facts.Length;

    /// <summary>Reads delivered bytes at an offset; 0 only at the end.</summary>
    public int Read(long offset, Span<byte> into) => form.Read(file, offset, into);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
            return;
        file.Dispose();
        pool.EndHold(slot);
    }
}
