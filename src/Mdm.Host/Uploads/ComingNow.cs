namespace Mdm.Host.Uploads;

/// <summary>
/// Which files this process receives bytes of now: so that a put that is called off here stops at once, and nobody erases what is still being written. What must be known after its end is in the store.
/// </summary>
internal sealed class ComingNow
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Token, int Position), List<Receipt>> _coming = [];
    private readonly Dictionary<(string Token, int Position), int> _behind = [];

    /// <summary>Bytes of a file begin to come; they end when what comes back is disposed. Whoever brought some before is stopped.</summary>
    public Receipt Begin(UploadRow row, CancellationToken leaving)
    {
        var receipt = new Receipt(this, (row.Token, row.Position), leaving);
        lock (_gate)
        {
            if (!_coming.TryGetValue(receipt.Key, out var others))
                _coming[receipt.Key] = others = [];
            others.ForEach(other => other.Stop());
            others.Add(receipt);
        }
        return receipt;
    }

    /// <summary>True while bytes of the file come.</summary>
    public bool Is(string token, int position)
    {
        lock (_gate)
            return _coming.ContainsKey((token, position)) || _behind.ContainsKey((token, position));
    }

    /// <summary>An archive's call that nobody waits for any more may still write the file's object: what it leaves is erased when it has ended.</summary>
    public void StaysBehind(UploadRow row, Task call)
    {
        var key = (row.Token, row.Position);
        lock (_gate)
            _behind[key] = _behind.GetValueOrDefault(key) + 1;
        _ = call.ContinueWith(_ =>
        {
            lock (_gate)
            {
                if (--_behind[key] == 0)
                    _behind.Remove(key);
            }
        }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }

    /// <summary>Stops what comes of a file, and waits until it has ended.</summary>
    public Task StopAsync(UploadRow row)
    {
        lock (_gate)
        {
            if (!_coming.TryGetValue((row.Token, row.Position), out var receipts))
                return Task.CompletedTask;
            receipts.ForEach(receipt => receipt.Stop());
            return Task.WhenAll(receipts.Select(receipt => receipt.Ended));
        }
    }

    private void End(Receipt receipt)
    {
        lock (_gate)
        {
            if (_coming.TryGetValue(receipt.Key, out var receipts) && receipts.Remove(receipt) && receipts.Count == 0)
                _coming.Remove(receipt.Key);
        }
    }

    /// <summary>Bytes that come.</summary>
    internal sealed class Receipt : IDisposable
    {
        private readonly ComingNow _all;
        private readonly CancellationTokenSource _stop;
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Receipt(ComingNow all, (string Token, int Position) key, CancellationToken leaving)
        {
            (_all, Key) = (all, key);
            _stop = CancellationTokenSource.CreateLinkedTokenSource(leaving);
            Stopping = _stop.Token;
        }

        public (string Token, int Position) Key { get; }

        /// <summary>Cancelled when they are wanted no more, or who brings them has left.</summary>
        public CancellationToken Stopping { get; }

        public Task Ended => _ended.Task;

        public void Stop() => _ = _stop.CancelAsync();

        public void Dispose()
        {
            _all.End(this);
            _ended.TrySetResult();
            // Not disposed: who stops it may have it in his hands still, and without a timer it holds nothing.
        }
    }
}
