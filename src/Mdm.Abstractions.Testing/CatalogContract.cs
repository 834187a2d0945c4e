using System.Runtime.CompilerServices;

namespace Mdm.Abstractions.Testing;

/// <summary>
/// What every <see cref="ICatalog"/> owes, each test one obligation. Derive from it in your test project and say how an empty catalogue is opened:
/// <code>
/// public sealed class AcmeCatalogTests : CatalogContract
/// {
///     protected override ValueTask&lt;ICatalog> OpenAsync(TimeProvider time) => new(new AcmeCatalog(_folder, time));
/// }
/// </code>
/// Opening again within one test opens the same catalogue. The tests are grouped in the files of this class.
/// </summary>
public abstract partial class CatalogContract : IAsyncLifetime
{
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 5, 6, 7, 8, 9, 123, TimeSpan.Zero));
    private ICatalog? _catalog;

    /// <summary>The catalogue under test.</summary>
    protected ICatalog Catalog => _catalog ?? throw new InvalidOperationException("The catalogue is open while a test runs.");

    /// <summary>Opens the catalogue: empty at the first call of a test, as it was left at later ones.</summary>
    protected abstract ValueTask<ICatalog> OpenAsync(TimeProvider time);

    /// <summary>False for a catalogue that forgets when closed.</summary>
    protected virtual bool Keeps => true;

    /// <inheritdoc/>
    public virtual async Task InitializeAsync() => _catalog = await OpenAsync(_time);

    /// <inheritdoc/>
    public virtual async Task DisposeAsync()
    {
        if (_catalog is not null)
            await _catalog.DisposeAsync();
    }

    private static StoragePath P(string path) => StoragePath.Parse(path);

    private static FileId Id(string path) => CatalogDrafts.Id(path);

    private static async Task Fails(MdmErrorKind kind, Func<Task> act, [CallerMemberName] string obligation = "") =>
        Owed.Equal(kind, (await Owed.ThrowsAsync<MdmException>(act, obligation)).Kind, obligation);

    private static void Same(CatalogDraft draft, CatalogEntry entry, [CallerMemberName] string obligation = "")
    {
        Owed.Equal((draft.Id, draft.Path, draft.Kind, draft.Publication), (entry.Id, entry.Path, entry.Kind, entry.Publication), obligation);
        Owed.Equal((draft.Owner, draft.Group, draft.Acl), (entry.Owner, entry.Group, entry.Acl), obligation);
        Owed.Equal((draft.Source, draft.Target, draft.CreatedAt), (entry.Source, entry.Target, entry.CreatedAt), obligation);
    }

    private async Task<CatalogEntry?> At(string path)
    {
        var walk = await Catalog.WalkAsync(P(path), default);
        return walk[^1].Path == P(path) ? walk[^1] : null;
    }

    /// <summary>What must be at a path.</summary>
    private async Task<CatalogEntry> There(string path, [CallerMemberName] string obligation = "")
    {
        var entry = await At(path);
        Owed.NotNull(entry, obligation);
        return entry;
    }

    /// <summary>What must be found by its id.</summary>
    private async Task<CatalogEntry> Found(FileId id, [CallerMemberName] string obligation = "")
    {
        var entry = await Catalog.FindAsync(id, default);
        Owed.NotNull(entry, obligation);
        return entry;
    }

    private async Task<CreateOutcome> Create(CatalogDraft draft, [CallerMemberName] string obligation = "") => Owed.Single(await Catalog.CreateManyAsync([draft], default), obligation);

    /// <summary>Creates, and insists on it.</summary>
    private async Task Make(params CatalogDraft[] drafts) =>
        Owed.All(await Catalog.CreateManyAsync(drafts, default), outcome => Assert.Equal(CreateOutcomeKind.Created, outcome.Kind), "What can be created is created");

    private async Task<string[]> Names(string directory, string? after = null, int skip = 0, int limit = 1000) =>
        [.. (await Catalog.ListAsync(P(directory), after, skip, limit, default)).Select(entry => entry.Path.Name)];
}
