namespace Mdm.Host.Access;

/// <summary>
/// What follows the catalogue, again and again until it holds: what changes is noted durably before the catalogue changes, and told afterwards. What is told is what stands in the catalogue
/// then, so that a note too many does no harm.
/// </summary>
/// <param name="whom">Who is told, as logs say it: <c>The keystores</c>.</param>
/// <param name="log">Where failures go.</param>
internal abstract class CatalogFollower(string whom, ILogger log) : BackgroundService, IRightsFollower
{
    /// <summary>Told at a time.</summary>
    protected const int Page = 256;

    /// <summary>How often is looked for notes of an earlier life, or of another host.</summary>
    private static readonly TimeSpan IdlePause = TimeSpan.FromSeconds(15);

    /// <summary>The pause after the first failure; it doubles up to <see cref="IdlePause"/>.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    private readonly SemaphoreSlim _wake = new(0);

    protected ChangesUnderWay Changes { get; } = new();

    public async ValueTask<IDisposable> BeginAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken)
    {
        var change = Changes.Begin(files, Wake);
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

    /// <summary>Tells all that is noted and not under way.</summary>
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
}
