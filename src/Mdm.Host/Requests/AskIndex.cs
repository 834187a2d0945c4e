namespace Mdm.Host.Requests;

/// <summary>Finds the open files of requests by something they have in common.</summary>
internal sealed class AskIndex<TKey>
    where TKey : notnull
{
    private readonly Dictionary<TKey, List<AskedFile>> _files = [];
    private readonly Lock _gate = new();

    public void Add(TKey key, AskedFile file)
    {
        lock (_gate)
        {
            if (_files.TryGetValue(key, out var there))
                there.Add(file);
            else
                _files.Add(key, [file]);
        }
    }

    public void Remove(TKey key, AskedFile file)
    {
        lock (_gate)
        {
            if (_files.TryGetValue(key, out var there) && there.Remove(file) && there.Count == 0)
                _files.Remove(key);
        }
    }

    public IReadOnlyList<AskedFile> Find(TKey key)
    {
        lock (_gate)
        {
            return _files.TryGetValue(key, out var there) ? [.. there] : [];
        }
    }
}
