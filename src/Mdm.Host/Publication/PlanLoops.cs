namespace Mdm.Host.Publication;

/// <summary>One loop for each publication, as long as it is configured as it is: other ones begin and end when the configuration is read anew.</summary>
/// <param name="book">The publications.</param>
/// <param name="which">Of which there is a loop.</param>
/// <param name="keep">The loop.</param>
internal sealed class PlanLoops(PublicationBook book, Func<PublicationPlan, bool> which, Func<PublicationPlan, CancellationToken, Task> keep)
{
    private readonly Dictionary<string, Loop> _loops = new(StringComparer.Ordinal);

    /// <summary>Until cancelled; throws what a loop threw.</summary>
    public async Task RunAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                // Taken first: what changes while loops begin and end is seen in the next round.
                var changed = book.Changed;
                await FollowAsync(book.Plans.Where(which).ToDictionary(plan => plan.Name, StringComparer.Ordinal), stoppingToken);
                var broken = _loops.Values.Select(loop => loop.Broken);
                await await Task.WhenAny([changed.WaitAsync(stoppingToken), .. broken]);
            }
        }
        finally
        {
            await FollowAsync([], CancellationToken.None);
        }
    }

    private async Task FollowAsync(Dictionary<string, PublicationPlan> plans, CancellationToken stoppingToken)
    {
        foreach (var (name, loop) in _loops.ToList())
        {
            if (plans.GetValueOrDefault(name) == loop.Plan)
                continue;
            await loop.DisposeAsync();
            _loops.Remove(name);
        }
        foreach (var (name, plan) in plans)
        {
            if (!_loops.ContainsKey(name))
                _loops[name] = new Loop(plan, keep, stoppingToken);
        }
    }

    private sealed class Loop : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop;
        private readonly TaskCompletionSource _broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly Task _done;

        public Loop(PublicationPlan plan, Func<PublicationPlan, CancellationToken, Task> keep, CancellationToken stoppingToken)
        {
            Plan = plan;
            _stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            _done = Task.Run(() => KeepAsync(keep, _stop.Token), CancellationToken.None);
        }

        public PublicationPlan Plan { get; }

        /// <summary>Fails with what the loop threw; never ends otherwise.</summary>
        public Task Broken => _broken.Task;

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _done;
            _stop.Dispose();
        }

        private async Task KeepAsync(Func<PublicationPlan, CancellationToken, Task> keep, CancellationToken stop)
        {
#pragma warning disable CA1031 // Whoever runs the loops gets it.
            try
            {
                await keep(Plan, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The publication is not configured as it was, or the host stops.
            }
            catch (Exception fault)
            {
                _broken.SetException(fault);
            }
#pragma warning restore CA1031
        }
    }
}
