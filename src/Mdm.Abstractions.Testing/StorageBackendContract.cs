using System.Security.Cryptography;

namespace Mdm.Abstractions.Testing;

/// <summary>
/// What every <see cref="IStorageBackend"/> owes, with whatever further abilities it has, each test one obligation. Derive from it in your test project, say how the backend is opened, and
/// what is in the archive:
/// <code>
/// public sealed class AcmeArchiveTests : StorageBackendContract
/// {
///     protected override IReadOnlyList&lt;KnownObject> Known { get; } = [KnownObject.Of("scan/1", "image/png", Scan1), KnownObject.Of("scan/2", "image/png", Scan2)];
///
///     protected override ArchiveObjectId Missing { get; } = new("scan/3");
///
///     protected override ValueTask&lt;IStorageBackend> OpenAsync() => new(new AcmeArchive(_address));
/// }
/// </code>
/// The archive may hold other objects too. The tests of an ability that the backend lacks are skipped, with the reason. What an archive needs that runs elsewhere, start in a fixture of the
/// class. The tests are grouped in the files of this class.
/// </summary>
public abstract partial class StorageBackendContract : IAsyncLifetime
{
    private IStorageBackend? _backend;

    /// <summary>The backend under test.</summary>
    protected IStorageBackend Backend => _backend ?? throw new InvalidOperationException("The backend is open while a test runs.");

    /// <summary>Objects of the archive, at least two.</summary>
    protected abstract IReadOnlyList<KnownObject> Known { get; }

    /// <summary>An id of the backend's form under which there is nothing.</summary>
    protected abstract ArchiveObjectId Missing { get; }

    /// <summary>Ids that are not of the backend's form; none where any text is.</summary>
    protected virtual IReadOnlyList<ArchiveObjectId> OfAnotherForm => [];

    /// <summary>What of the archive says who a patient is, and therefore stands in no message: names, numbers.</summary>
    protected virtual IReadOnlyList<string> Marks => [];

    /// <summary>How long anything may take that succeeds.</summary>
    protected virtual TimeSpan Patience => TimeSpan.FromSeconds(60);

    /// <summary>How long anything may go on that was cancelled: the second of the contract, and some for a busy machine.</summary>
    protected virtual TimeSpan Grace => TimeSpan.FromSeconds(10);

    /// <summary>Opens the backend, on the same archive each time.</summary>
    protected abstract ValueTask<IStorageBackend> OpenAsync();

    /// <summary>Something that can be stored, another for each number; asked for of a writable backend only.</summary>
    protected virtual (byte[] Content, string MediaType) NewObject(int number) => ([.. RandomNumberGenerator.GetBytes(1000), (byte)number], "application/octet-stream");

    /// <inheritdoc/>
    public virtual async Task InitializeAsync() => _backend = await OpenAsync();

    /// <inheritdoc/>
    public virtual async Task DisposeAsync()
    {
        if (_backend is not null)
            await _backend.DisposeAsync();
    }

    private TAbility Ability<TAbility>()
        where TAbility : class
    {
        Skip.IfNot(Backend is TAbility, $"The backend has not the ability {typeof(TAbility).Name}.");
        return (TAbility)Backend;
    }

    private static string Name(KnownObject known) => $"({known.MediaType}, {known.Length} bytes, {known.Id})";

    private Task<T> Done<T>(string what, Func<Task<T>> act) => Promise.DoneAsync(what, Patience, act);

    private Task<ArchiveObjectInfo?> Find(ArchiveObjectId id) => Done("Finding an object", () => Backend.FindAsync(id, default).AsTask());

    private async Task<ArchiveObjectInfo> FindThere(ArchiveObjectId id)
    {
        var info = await Find(id);
        Promise.Kept(info is not null, "Find tells of what is there.", $"it says that there is no {id}.");
        return info;
    }

    private Task<ArchiveContent> Open(ArchiveObjectId id) => Done("Opening an object that is there", () => Backend.OpenReadAsync(id, default).AsTask());

    /// <summary>Reads to the end, at most so many bytes at a time, and insists on what is known.</summary>
    private async Task ReadsAs(KnownObject known, ArchiveContent content, int piece = 64 * 1024)
    {
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[piece];
        var length = 0L;
        while (await Done("Reading an object", () => content.Stream.ReadAsync(buffer).AsTask()) is > 0 and var count)
        {
            Promise.Kept(count <= buffer.Length, "a read gives no more than it was asked for.");
            Promise.Kept((length += count) <= known.Length, $"the stream of {Name(known)} ends where the object ends.", "more bytes came.");
            digest.AppendData(buffer, 0, count);
        }
        Promise.Kept(length == known.Length, $"a stream never ends normally before the object does: {Name(known)}.", $"it ended after {length} bytes.");
        Promise.Kept(Convert.ToHexString(digest.GetHashAndReset()) == known.Sha256, $"the bytes of {Name(known)} are the archive's.", "others of the same number came.");
    }

    private async Task Reads(KnownObject known, int piece = 64 * 1024)
    {
        await using var content = await Open(known.Id);
        await ReadsAs(known, content, piece);
    }

    /// <summary>Everything is as if nothing had happened.</summary>
    private async Task IsUsable(string after)
    {
        foreach (var known in Known.Take(2))
        {
            try
            {
                await Reads(known);
            }
            catch (Xunit.Sdk.XunitException e)
            {
                Promise.Broken($"the backend serves as before after {after}.", e.Message, e);
            }
        }
    }

    private void NamesNobody(string text, string where)
    {
        foreach (var mark in Marks)
            Promise.Kept(!text.Contains(mark, StringComparison.OrdinalIgnoreCase), $"{where} carries no patient data.", "it has a patient's mark in it.");
    }
}
