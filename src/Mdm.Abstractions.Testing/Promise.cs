using System.Diagnostics.CodeAnalysis;

namespace Mdm.Abstractions.Testing;

/// <summary>How the kit says that a promise of the contract was broken: in a sentence, before anything else.</summary>
internal static class Promise
{
    [DoesNotReturn]
    public static void Broken(string promise, string? instead = null, Exception? cause = null) =>
        throw new Xunit.Sdk.XunitException($"Broken promise: {promise}{(instead is null ? "" : $" Instead: {instead}")}", cause);

    public static void Kept([DoesNotReturnIf(false)] bool kept, string promise, string? instead = null)
    {
        if (!kept)
            Broken(promise, instead);
    }

    /// <summary>Does what must succeed, in time, with no exception at all.</summary>
    public static async Task<T> DoneAsync<T>(string what, TimeSpan patience, Func<Task<T>> act)
    {
        try
        {
            return await act().WaitAsync(patience);
        }
        catch (TimeoutException e)
        {
            Broken($"{what} ends.", $"it did not within {patience}.", e);
        }
        catch (MdmException e)
        {
            Broken($"{what} succeeds.", $"{e.Kind}: {e.Message}", e);
        }
        catch (OperationCanceledException e)
        {
            Broken($"{what} is not cancelled unless its caller cancels it.", "it says that it was.", e);
        }
        catch (Exception e) when (IsForeign(e))
        {
            Foreign(what, e);
        }
        throw new InvalidOperationException("Not reached.");
    }

    /// <summary>Does what must be refused, with one of these kinds.</summary>
    public static async Task<MdmException> RefusedAsync(string what, TimeSpan patience, Func<Task> act, params MdmErrorKind[] kinds)
    {
        var promise = $"{what} is refused as {string.Join(" or ", kinds)}.";
        try
        {
            await act().WaitAsync(patience);
        }
        catch (TimeoutException e)
        {
            Broken(promise, $"it did not end within {patience}.", e);
        }
        catch (MdmException e)
        {
            Kept(kinds.Contains(e.Kind), promise, $"{e.Kind}: {e.Message}");
            return e;
        }
        catch (Exception e) when (IsForeign(e))
        {
            Foreign(what, e);
        }
        Broken(promise, "it succeeds.");
        throw new InvalidOperationException("Not reached.");
    }

    /// <summary>Begins, cancels, and insists on an end: cancelled, or done all the same.</summary>
    public static async Task CancelledAsync(string what, TimeSpan grace, Func<CancellationToken, Task> act)
    {
        using var cancel = new CancellationTokenSource();
        var running = RunAsync();
        await cancel.CancelAsync();
        await EndsAsync(what, grace, () => running);

        // What an implementation throws before it awaits anything is no different from what it throws later.
        async Task RunAsync() => await act(cancel.Token);
    }

    /// <summary>What was cancelled ends, as cancelled or done.</summary>
    public static async Task EndsAsync(string what, TimeSpan grace, Func<Task> running)
    {
        try
        {
            await running().WaitAsync(grace);
        }
        catch (OperationCanceledException)
        {
            // As it should be.
        }
        catch (TimeoutException e)
        {
            Broken($"{what} does not outlast its cancellation by more than a second.", $"it went on for {grace}.", e);
        }
        catch (MdmException e)
        {
            Broken($"{what} that its caller cancelled says so, by OperationCanceledException.", $"{e.Kind}: {e.Message}", e);
        }
        catch (Exception e) when (IsForeign(e))
        {
            Foreign(what, e);
        }
    }

    [DoesNotReturn]
    private static void Foreign(string what, Exception e) => Broken($"{what} throws no exception but MdmException and OperationCanceledException.", $"{e.GetType().Name}.", e);

    private static bool IsForeign(Exception e) => e is not (MdmException or OperationCanceledException or Xunit.Sdk.XunitException or SkipException);
}
