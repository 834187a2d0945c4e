using System.Collections.Concurrent;
using Mdm.Host.Members;

namespace Mdm.Host.Access;

/// <summary>
/// What follows the catalogue, again and again until it holds: what changes is noted durably before the catalogue changes, and told afterwards. What is told is what stands in the catalogue
/// then, so that a note too many does no harm. A note is its host's until it is told: no other knows whether the change that it is of has ended. Those of a host that died are anybody's.
/// </summary>
/// <param name="whom">Who is told, as logs say it: <c>The keystores</c>.</param>
/// <param name="members">This host among those that share the notes.</param>
/// <param name="log">Where failures go.</param>
internal abstract class CatalogFollower(string whom, Membership members, ILogger log) : BackgroundService, IRightsFollower
{
    /// <summary>Told at a time.</summary>
    protected const int Page = 256;

    /// <summary>How often is looked for notes of an earlier life, or of another host.</summary>
    private static readonly TimeSpan IdlePause = TimeSpan.FromSeconds(15);

    /// <summary>Before the name of a host that seems to be dead; no host is called so.</summary>
    private const string Aside = "aside ";

    /// <summary>The pause after the first failure; it doubles up to <see cref="IdlePause"/>.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _wake = new(0);
    private readonly ConcurrentQueue<FileId> _again = new();

    protected ChangesUnderWay Changes { get; } = new();

    /// <summary>True where other hosts follow the same catalogue with notes of their own.</summary>
    protected bool IsShared => members.IsShared;

    public async ValueTask<IDisposable> BeginAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken)
    {
        var term = members.Term;
        var change = Changes.Begin(files, () => Ended(files, term));
        try
        {
            Changes.Note(await NoteAsync(files, cancellationToken));
            return change;
        }
        catch
        {
            change.Dispose();
            throw;
        }
    }

    private void Ended(IReadOnlyCollection<FileId> files, CancellationToken term)
    {
        // Suspended for so long that another host may have told what stood in the catalogue before, and struck the note out.
        if (term.IsCancellationRequested)
        {
            foreach (var file in files)
                _again.Enqueue(file);
        }
        Wake();
    }

    public Task SettledAsync(FileId file, CancellationToken cancellationToken) => Changes.SettledAsync(file, cancellationToken);

    /// <summary>Looks for work now.</summary>
    public void Wake()
    {
        if (_wake.CurrentCount == 0)
            _wake.Release();
    }

    public override void Dispose()
    {
        base.Dispose();
        _wake.Dispose();
    }

    /// <summary>Notes durably that these change.</summary>
    /// <returns>Those of which somebody must be told.</returns>
    protected abstract Task<IReadOnlyCollection<FileId>> NoteAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken);

    /// <summary>The hosts that have notes.</summary>
    protected abstract Task<List<string>> NotingAsync(CancellationToken cancellationToken);

    /// <summary>Makes a host's notes another's.</summary>
    protected abstract Task MoveAsync(string from, string to, CancellationToken cancellationToken);

    /// <summary>Tells all that this host has noted and that is not under way.</summary>
    /// <exception cref="MdmException">It is told again later.</exception>
    protected abstract Task TellAsync(CancellationToken cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = IdlePause;
        while (true)
        {
            try
            {
                await _wake.WaitAsync(pause, stoppingToken);
                await NoteAgainAsync(stoppingToken);
                await TakeOverAsync(stoppingToken);
                await TellAsync(stoppingToken);
                pause = IdlePause;
            }
            catch (MdmException failure)
            {
                pause = pause == IdlePause ? FirstPause : pause * 2 < IdlePause ? pause * 2 : IdlePause;
                Log.NotTold(log, whom, failure.Kind, failure.Message, pause);
            }
#pragma warning disable CA1031 // Whatever a driver throws, it is told again.
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                Log.TellingFailed(log, whom, fault.GetType().FullName, fault.StackTrace?.Split('\n')[0].Trim());
                pause = IdlePause;
            }
#pragma warning restore CA1031
        }
    }

    private async Task NoteAgainAsync(CancellationToken cancellationToken)
    {
        while (_again.TryPeek(out var file))
        {
            await NoteAsync([file], cancellationToken);
            _again.TryDequeue(out _);
        }
    }

    private async Task TakeOverAsync(CancellationToken cancellationToken)
    {
        var dead = await DeadAsync(await NotingAsync(cancellationToken), cancellationToken);
        foreach (var host in dead)
        {
            // Put aside first: one that came back in this moment may have noted a change already that is under way.
            await MoveAsync(host, Aside + host, cancellationToken);
            var isDead = (await DeadAsync([host], cancellationToken)).Count > 0;
            await MoveAsync(Aside + host, isDead ? members.Id : host, cancellationToken);
        }
    }

    private async Task<List<string>> DeadAsync(List<string> hosts, CancellationToken cancellationToken)
    {
        hosts = hosts.FindAll(host => host != members.Id);
        if (hosts.Count == 0 || !members.MayTakeOver)
            return [];
        var living = await members.LivingAsync(cancellationToken);
        return hosts.FindAll(host => !living.Any(one => one.Host == host));
    }
}
