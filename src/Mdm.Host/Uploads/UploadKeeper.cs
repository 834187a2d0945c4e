using Mdm.Host.Members;
using Mdm.Host.Publication;

namespace Mdm.Host.Uploads;

/// <summary>Sees to it that puts, reservations and files end when their time is over, and that nothing is left of what did not come to its end: at start, for what a crash left, and every little while.</summary>
internal sealed class UploadKeeper(
    UploadStore store, UploadsOptions options, PutPlaces places, ComingBytes coming, SpooledBodies spooled, ObjectEraser eraser, FileEntering entering, EntryRemoval removal, ThisHost host, TimeProvider time, ILogger<UploadKeeper> log) : BackgroundService
{
    /// <summary>Ended in one transaction.</summary>
    private const int AtOnce = 200;

    /// <summary>How long another host may take to enter a file; then it counts as dead.</summary>
    private static readonly TimeSpan EnteringTakes = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _one = new(1, 1);

    public override void Dispose()
    {
        base.Dispose();
        _one.Dispose();
    }

    /// <summary>Before the first call is answered: what this host was doing when it died does not go on.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        places.Check();
        await store.Spaces.DeclareAsync(places.Areas, time.GetUtcNow());
        foreach (var row in await store.RecoverAsync(host.Id, Now()))
            await entering.ResolveAsync(row, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (MdmException failure)
            {
                Log.NotSwept(log, failure.Kind, failure.Message);
            }
#pragma warning disable CA1031 // Whatever a driver throws, the rest is swept again.
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                Log.SweepFailed(log, fault.GetType().FullName, fault.StackTrace?.Split('\n')[0].Trim());
            }
#pragma warning restore CA1031
            await Task.Delay(options.SweepEvery, time, stoppingToken);
        }
    }

    /// <summary>Ends what has run out, and erases what is left. One at a time in this process.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await SweepAloneAsync(cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task SweepAloneAsync(CancellationToken cancellationToken)
    {
        foreach (var ended in await store.EndDueAsync(Now(), AtOnce))
            await coming.StopAsync(ended);
        // Another host may have ended the put.
        foreach (var (token, position, attempt) in spooled.Kept)
        {
            if ((await store.FindAsync(token, cancellationToken))?.Files.Find(file => file.Position == position) is not { State: UploadState.Coming or UploadState.Arrived or UploadState.Entering } row || row.Attempt != attempt)
                spooled.Drop(token, position, attempt);
        }
        foreach (var stuck in await store.StuckAsync(time.GetUtcNow() - EnteringTakes, cancellationToken))
            await entering.ResolveAsync(stuck, cancellationToken);
        foreach (var expired in await store.ExpiredAsync(Now(), AtOnce, cancellationToken))
        {
            await store.LeavingAsync(expired.File, Now());
            await removal.RemoveAsync([expired.File], cancellationToken);
        }
        foreach (var space in await store.Spaces.ExpiredAsync(Now(), cancellationToken))
            await store.Spaces.DissolveAsync(space.Token);
        await eraser.EraseStraysAsync(cancellationToken);
        await eraser.EraseLeaversAsync(cancellationToken);
        while (await store.ForgetAsync(time.GetUtcNow() - options.Retention))
        {
            // The next share: others write in between.
        }
    }

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
}
