using Mdm.Abstractions;

namespace Mdm.Host.Plugins;

/// <summary>The right to use an instance. While it is held the instance is not disposed, even when the configuration has replaced it.</summary>
internal sealed class Lease<T> : IAsyncDisposable
    where T : class
{
    private Instance? _instance;

    internal Lease(Instance instance, T value) => (_instance, Value) = (instance, value);

    /// <summary>The plugin's object. Its abilities are the interfaces it implements.</summary>
    public T Value { get; }

    /// <summary>Gives it back; once is enough.</summary>
    public ValueTask DisposeAsync() => Interlocked.Exchange(ref _instance, null)?.ReleaseAsync() ?? default;
}

/// <summary>One made instance and how many use it.</summary>
internal sealed class Instance(PlannedInstance plan, object value, InstanceContext context)
{
    /// <summary>How long whoever gives up the last lease waits for the instance to end.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _leases;
    private bool _retired;

    public PlannedInstance Plan { get; } = plan;

    public object Value { get; } = value;

    /// <summary>Ends when the instance is disposed; fails when disposing threw.</summary>
    public Task Disposed => _disposed.Task;

    /// <summary>A lease; null when the instance was retired meanwhile.</summary>
    public Lease<T>? TryLease<T>()
        where T : class
    {
        var value = Value as T ?? throw new MdmException(MdmErrorKind.Unsupported, $"{Plan.Path} ({Plan.Offer.Type}) is no {typeof(T).Name}.");
        lock (_lock)
        {
            if (_retired)
                return null;
            _leases++;
        }
        return new Lease<T>(this, value);
    }

    /// <summary>No more leases; disposes the value when the last one was given back.</summary>
    public async ValueTask RetireAsync()
    {
        lock (_lock)
        {
            if (_retired)
                return;
            _retired = true;
            if (_leases > 0)
                return;
        }
        await DisposeValueAsync().ConfigureAwait(false);
    }

    internal async ValueTask ReleaseAsync()
    {
        lock (_lock)
        {
            if (--_leases > 0 || !_retired)
                return;
        }
        await DisposeValueAsync().ConfigureAwait(false);
    }

    /// <summary>Disposes the value, and waits for that within the limit; what takes longer goes on by itself.</summary>
    private async ValueTask DisposeValueAsync() =>
        await Task.WhenAny(Task.Run(EndAsync), Task.Delay(EndLimit, context.TimeProvider)).ConfigureAwait(false);

    private async Task EndAsync()
    {
#pragma warning disable CA1031 // A plugin may throw anything; who waits for Disposed gets it.
        try
        {
            if (Value is IAsyncDisposable disposable)
                await disposable.DisposeAsync().ConfigureAwait(false);
            _disposed.SetResult();
        }
        catch (Exception fault)
        {
            _disposed.SetException(fault);
        }
        finally
        {
            context.Dispose();
        }
#pragma warning restore CA1031
    }
}
