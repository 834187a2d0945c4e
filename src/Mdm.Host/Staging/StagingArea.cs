#pragma warning disable CA1822 // the bodies come with the pool
using Mdm.Host.Access;

namespace Mdm.Host.Staging;

/// <summary>Where a file's bytes are.</summary>
internal enum FileLocality
{
    /// <summary>In the archive only.</summary>
    Nearline,

    /// <summary>In the archive and in the pool.</summary>
    OnlineAndNearline,
}

/// <summary>How full the pool is, in bytes.</summary>
internal sealed record PoolUsage(long Quota, long Used, long Reserved, long Pinned);

internal sealed partial class StagedFile
{
    internal sealed class StagingArea : IAsyncDisposable
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<StagedFile> StageAsync(AuthorizedFile file, PinOrder? pin, CancellationToken cancellationToken) =>
            throw new MdmException(MdmErrorKind.Unavailable, "Staging has not started.");

        public StagedFile? TryFind(CatalogEntry entry) => null;

        public PinLease? TryPin(StagedFile file, PinOrder order) => null;

        public DateTimeOffset? PinnedUntil(FileId id) => null;

        public FileLocality LocalityOf(CatalogEntry entry) => FileLocality.Nearline;

        public FileFacts? FactsOf(CatalogEntry entry) => entry.Facts;

        public TimeSpan EstimateWait(CatalogEntry entry) => TimeSpan.Zero;

        public ValueTask ForgetAsync(FileId id) => default;

        public StagedReader? TryOpen(StagedFile file) => null;

        public PoolUsage Usage => new(0, 0, 0, 0);

        public ValueTask DisposeAsync() => default;
    }
}
