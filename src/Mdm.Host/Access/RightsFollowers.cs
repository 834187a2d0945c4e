namespace Mdm.Host.Access;

/// <summary>All that follows the catalogue, as one.</summary>
internal sealed class RightsFollowers(IReadOnlyList<IRightsFollower> all) : IRightsFollower
{
    public async ValueTask<IDisposable> BeginAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken)
    {
        var begun = new Begun();
        try
        {
            foreach (var follower in all)
                begun.Add(await follower.BeginAsync(files, cancellationToken));
            return begun;
        }
        catch
        {
            begun.Dispose();
            throw;
        }
    }

    public Task SettledAsync(FileId file, CancellationToken cancellationToken) => Task.WhenAll(all.Select(follower => follower.SettledAsync(file, cancellationToken)));

    private sealed class Begun : IDisposable
    {
        private readonly List<IDisposable> _changes = [];

        public void Add(IDisposable change) => _changes.Add(change);

        public void Dispose() => _changes.ForEach(change => change.Dispose());
    }
}
