using Mdm.Host.Keys;

namespace Mdm.Host.Staging;

/// <summary>The content keys of the files that one retrieval brings, asked for all at once while the archive is being connected to.</summary>
internal sealed class BatchKeys : IAsyncDisposable
{
    private readonly Task<Dictionary<FileId, KeyOutcome>> _outcomes;

    public BatchKeys(ContentKeys keys, IReadOnlyCollection<CatalogEntry> entries, CancellationToken cancellationToken) =>
        _outcomes = Task.Run(() => ObtainAsync(keys, [.. entries.DistinctBy(entry => entry.Id)], cancellationToken), CancellationToken.None);

    /// <summary>A file's key, or why there is none; it does not throw what a keystore throws.</summary>
    public async Task<KeyOutcome> OfAsync(FileId file) => (await _outcomes)[file];

    public async ValueTask DisposeAsync()
    {
        foreach (var outcome in (await _outcomes).Values)
            outcome.Key?.Dispose();
    }

    private static async Task<Dictionary<FileId, KeyOutcome>> ObtainAsync(ContentKeys keys, List<CatalogEntry> entries, CancellationToken cancellationToken)
    {
        MdmException failure;
        try
        {
            var outcomes = await keys.ObtainAsync(entries, cancellationToken);
            return entries.Zip(outcomes).ToDictionary(pair => pair.First.Id, pair => pair.Second);
        }
        catch (MdmException known)
        {
            failure = known;
        }
#pragma warning disable CA1031 // A keystore's driver may throw anything; nobody's file is sealed then.
        catch (Exception fault)
        {
            failure = new MdmException(MdmErrorKind.Unavailable, "The content keys could not be had. Try again later.", fault);
        }
#pragma warning restore CA1031
        return entries.ToDictionary(entry => entry.Id, _ => new KeyOutcome(default, null, failure));
    }
}
