namespace Mdm.Sql.Tests;

/// <summary>The writer's turn, taken until it is ended: what is written meanwhile waits in the queue, and has not begun.</summary>
internal sealed class Turn
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _held;

    private Turn(SqlStore store) => _held = store.WriteAsync(_ =>
    {
        _begun.SetResult();
        return _over.Task.Wait(Limit) ? 0 : throw new TimeoutException("Nobody ended the turn.");
    }, CancellationToken.None);

    public static async Task<Turn> TakenAsync(SqlStore store)
    {
        var turn = new Turn(store);
        await turn._begun.Task.WaitAsync(Limit);
        return turn;
    }

    public async Task EndAsync()
    {
        _over.SetResult();
        await _held;
    }
}
