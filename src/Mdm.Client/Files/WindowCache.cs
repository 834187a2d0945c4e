using System.Security.Cryptography;

namespace Mdm.Client.Files;

/// <summary>The parts of a file that were read last, for readers on many threads: who wants a part that is on its way waits for that one. Zeroes what it held.</summary>
internal sealed class WindowCache(IWindowSource source) : IAsyncDisposable
{
    /// <summary>Parts kept while nobody reads them.</summary>
    public const int MaxKept = 16;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<uint, Window> _windows = [];
    private readonly LinkedList<Window> _idle = new();
    private readonly Stack<byte[]> _spare = new();
    private TaskCompletionSource? _allGone;
    private int _loading;
    private bool _disposed;

    /// <summary>Copies some bytes from an offset on: as many as the part there has, or as there is room for. The offset is before the end.</summary>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var window = Take(source.At(offset));
        try
        {
            // Who gives up waiting does not take the part away from others.
            var length = await window.Loaded.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            var rest = window.Bytes.AsMemory(0, length)[(int)(offset - source.BeginningOf(window.Number))..];
            var part = rest[..Math.Min(rest.Length, buffer.Length)];
            part.CopyTo(buffer);
            return part.Length;
        }
        finally
        {
            Leave(window);
        }
    }

    /// <summary>Ends what is on its way. Nobody reads any more.</summary>
    public async ValueTask DisposeAsync()
    {
        Task gone;
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            _allGone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_loading == 0)
                _allGone.SetResult();
            gone = _allGone.Task;
        }
        await _end.CancelAsync().ConfigureAwait(false);
        await gone.ConfigureAwait(false);
        lock (_gate)
        {
            foreach (var window in _windows.Values)
                CryptographicOperations.ZeroMemory(window.Bytes);
            foreach (var spare in _spare)
                CryptographicOperations.ZeroMemory(spare);
            _windows.Clear();
            _spare.Clear();
        }
        _end.Dispose();
    }

    private Window Take(uint number)
    {
        Window window;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_windows.TryGetValue(number, out var known))
            {
                if (known.Users++ == 0)
                    _idle.Remove(known.Place);
                return known;
            }
            if (_idle.Count >= MaxKept)
                Forget(_idle.First!.Value);
            // Its reader, and who loads it.
            window = new Window(number, _spare.TryPop(out var spare) ? spare : new byte[source.Room]) { Users = 2 };
            _windows[number] = window;
            _loading++;
        }
        _ = Task.Run(() => LoadAsync(window), CancellationToken.None);
        return window;
    }

    private async Task LoadAsync(Window window)
    {
        var (length, failure) = (0, (Exception?)null);
#pragma warning disable CA1031 // Whatever it is, those who wait are told.
        try
        {
            length = await source.ReadAsync(window.Number, window.Bytes, _end.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            failure = e;
        }
#pragma warning restore CA1031
        lock (_gate)
        {
            // What failed is asked for again by the next reader.
            if (failure is not null)
                _windows.Remove(window.Number);
            window.IsKept = failure is null;
            Release(window);
            if (--_loading == 0)
                _allGone?.SetResult();
        }
        if (failure is null)
            window.Loaded.SetResult(length);
        else
            window.Loaded.SetException(failure);
    }

    private void Leave(Window window)
    {
        lock (_gate)
            Release(window);
    }

    private void Release(Window window)
    {
        if (--window.Users > 0)
            return;
        if (!window.IsKept)
        {
            GiveBack(window);
            return;
        }
        _idle.AddLast(window.Place);
        if (_idle.Count > MaxKept)
            Forget(_idle.First!.Value);
    }

    private void Forget(Window window)
    {
        _idle.Remove(window.Place);
        _windows.Remove(window.Number);
        GiveBack(window);
    }

    private void GiveBack(Window window)
    {
        if (_spare.Count < 1 && !_disposed)
            _spare.Push(window.Bytes);
        else
            CryptographicOperations.ZeroMemory(window.Bytes);
    }

    /// <summary>A part, there or on its way.</summary>
    private sealed class Window
    {
        public Window(uint number, byte[] bytes)
        {
            (Number, Bytes) = (number, bytes);
            Place = new LinkedListNode<Window>(this);
        }

        public uint Number { get; }

        public byte[] Bytes { get; }

        public LinkedListNode<Window> Place { get; }

        /// <summary>Its length, when it is there.</summary>
        public TaskCompletionSource<int> Loaded { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Readers, and one who loads it.</summary>
        public int Users { get; set; }

        /// <summary>True when it is there.</summary>
        public bool IsKept { get; set; }
    }
}
