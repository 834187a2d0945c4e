using Mdm.Host.Plugins;

namespace Mdm.Host.Srm;

/// <summary>Whatever stands behind an operation (a catalogue, a keystore, a metadata store) may hang: its caller is answered all the same, and the next callers too.</summary>
internal sealed class AnswerLimit(SrmOptions options, PluginCalls calls, TimeProvider time)
{
    /// <summary>Most operations that neither end nor can be ended; with more, callers are told at once.</summary>
    private const int MostLeftBehind = 64;

    private readonly LeftBehind _left = calls.Of("Srm", MostLeftBehind);

    /// <exception cref="MdmException">Unavailable: it did not end within the limit, and may still.</exception>
    public Task<T> RunAsync<T>(Func<CancellationToken, ValueTask<T>> operation, CancellationToken cancellationToken) =>
        _left.RunAsync(token => operation(token).AsTask(), options.AnswerWithin, time, cancellationToken);
}
