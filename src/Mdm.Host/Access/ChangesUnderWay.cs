namespace Mdm.Host.Access;

/// <summary>
/// Entries whose change in the catalogue has begun and not ended: what follows the catalogue leaves them alone until then, since it would be told what stood there before. Also who waits
/// until all that follows has been told. Safe for concurrent use.
/// </summary>
internal sealed class ChangesUnderWay
{
    private readonly Lock _gate = new();
    private readonly Dictionary<FileId, int> _changing = [];
    private readonly Dictionary<FileId, TaskCompletionSource> _unsettled = [];

    /// <summary>A change begins; it ends when what comes back is disposed.</summary>
    /// <param name="entries">Of these.</param>
    /// <param name="ended">Called at the end.</param>
    public IDisposable Begin(IReadOnlyCollection<FileId> entries, Action ended)
    {
        lock (_gate)
        {
            foreach (var entry in entries)
                _changing[entry] = _changing.GetValueOrDefault(entry) + 1;
        }
        return new Change(this, entries, ended);
    }

    /// <summary>Of these somebody must be told: who asks from now on waits for that.</summary>
    public void Note(IEnumerable<FileId> entries)
    {
        lock (_gate)
        {
            foreach (var entry in entries)
                _unsettled.TryAdd(entry, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
    }

    /// <summary>These have been told.</summary>
    public void Settle(IEnumerable<FileId> entries)
    {
        lock (_gate)
        {
            foreach (var entry in entries)
            {
                if (!_changing.ContainsKey(entry) && _unsettled.Remove(entry, out var waiting))
                    waiting.TrySetResult();
            }
        }
    }

    /// <summary>Ends when that entry has been told.</summary>
    public Task SettledAsync(FileId entry, CancellationToken cancellationToken)
    {
        lock (_gate)
            return _unsettled.GetValueOrDefault(entry)?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;
    }

    /// <summary>Those whose change has ended.</summary>
    public List<T> Ended<T>(List<T> notes, Func<T, FileId> entryOf)
    {
        lock (_gate)
            return notes.FindAll(note => !_changing.ContainsKey(entryOf(note)));
    }

    private sealed class Change(ChangesUnderWay all, IReadOnlyCollection<FileId> entries, Action ended) : IDisposable
    {
        private IReadOnlyCollection<FileId> _entries = entries;

        public void Dispose()
        {
            lock (all._gate)
            {
                foreach (var entry in _entries)
                {
                    if (all._changing[entry] == 1)
                        all._changing.Remove(entry);
                    else
                        all._changing[entry]--;
                }
                _entries = [];
            }
            ended();
        }
    }
}
