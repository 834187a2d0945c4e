using Mdm.Abstractions;

namespace Mdm.Client.Keys;

/// <summary>
/// Keys that were asked for lately, in memory only. While one question is under way, those that come meanwhile wait and go together in the next: a directory of files
/// costs few questions, one file does not wait. Safe for concurrent use; disposing zeroes the keys.
/// </summary>
internal sealed class KeyRing(IContentKeySource source) : IDisposable
{
    /// <summary>Keys kept at most; the one that was not used for longest goes first.</summary>
    public const int MaxKept = 1024;

    /// <summary>Keys asked for in one question at most.</summary>
    public const int MaxBatch = 256;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<KeyId, LinkedListNode<Kept>> _kept = [];
    private readonly LinkedList<Kept> _byUse = new();
    private readonly Dictionary<KeyId, List<TaskCompletionSource<ContentKey>>> _wanted = [];
    private readonly Queue<KeyId> _toAsk = new();
    private bool _isAsking;
    private bool _disposed;

    /// <summary>The key, which the caller disposes.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.NotFound"/>: there is none, or the user may not have it; <see cref="MdmErrorKind.Unavailable"/>: not now.</exception>
    public async ValueTask<ContentKey> GetAsync(KeyId id, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<ContentKey>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_kept.TryGetValue(id, out var kept))
            {
                _byUse.Remove(kept);
                _byUse.AddLast(kept);
                return new ContentKey(kept.Value.Key.Bytes);
            }
            if (_wanted.TryGetValue(id, out var waiting))
            {
                waiting.Add(answer);
            }
            else
            {
                _wanted[id] = [answer];
                _toAsk.Enqueue(id);
            }
            if (!_isAsking)
            {
                _isAsking = true;
                _ = Task.Run(AskAsync, CancellationToken.None);
            }
        }
        await using (cancellationToken.UnsafeRegister(static (state, token) => ((TaskCompletionSource<ContentKey>)state!).TrySetCanceled(token), answer).ConfigureAwait(false))
            return await answer.Task.ConfigureAwait(false);
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            foreach (var kept in _byUse)
                kept.Key.Dispose();
            _byUse.Clear();
            _kept.Clear();
        }
        _end.Cancel();
        source.Dispose();
        _end.Dispose();
    }

    private async Task AskAsync()
    {
        while (NextBatch() is { Length: > 0 } batch)
        {
            IReadOnlyList<KeyOutcome> outcomes;
#pragma warning disable CA1031 // Whatever it is, those who wait are told.
            try
            {
                outcomes = await source.GetManyAsync(batch, _end.Token).ConfigureAwait(false);
                if (outcomes.Count != batch.Length)
                    throw new MdmException(MdmErrorKind.Unavailable, $"The keystores answered for {outcomes.Count} of {batch.Length} keys.");
            }
            catch (Exception e)
            {
                Fail(batch, e);
                continue;
            }
#pragma warning restore CA1031
            for (var i = 0; i < batch.Length; i++)
                Settle(batch[i], outcomes[i]);
        }
    }

    private KeyId[] NextBatch()
    {
        lock (_gate)
        {
            var batch = new KeyId[_disposed ? 0 : Math.Min(_toAsk.Count, MaxBatch)];
            for (var i = 0; i < batch.Length; i++)
                batch[i] = _toAsk.Dequeue();
            if (batch.Length > 0)
                return batch;
            // Nobody is left to answer those who wait when the ring is at its end.
            _isAsking = false;
            foreach (var answer in _wanted.Values.SelectMany(waiting => waiting))
                answer.TrySetException(new ObjectDisposedException(nameof(KeyRing)));
            _wanted.Clear();
            return batch;
        }
    }

    private void Settle(KeyId id, KeyOutcome outcome)
    {
        if (outcome.Key is not { } key || outcome.Id != id)
        {
            outcome.Key?.Dispose();
            Fail([id], outcome.Failure ?? new MdmException(MdmErrorKind.Unavailable, $"The keystores did not answer for the key {id}."));
            return;
        }
        lock (_gate)
        {
            _wanted.Remove(id, out var waiting);
            foreach (var answer in waiting ?? [])
            {
                var copy = new ContentKey(key.Bytes);
                if (!answer.TrySetResult(copy))
                    copy.Dispose();
            }
            if (_disposed)
            {
                key.Dispose();
                return;
            }
            _kept[id] = _byUse.AddLast(new Kept(id, key));
            if (_byUse is { Count: > MaxKept, First.Value: var oldest })
            {
                _byUse.RemoveFirst();
                _kept.Remove(oldest.Id);
                oldest.Key.Dispose();
            }
        }
    }

    private void Fail(IEnumerable<KeyId> ids, Exception reason)
    {
        lock (_gate)
        {
            foreach (var id in ids)
            {
                _wanted.Remove(id, out var waiting);
                foreach (var answer in waiting ?? [])
                    answer.TrySetException(reason);
            }
        }
    }

    private sealed record Kept(KeyId Id, ContentKey Key);
}
