using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Mdm.Gsi.Tests.Support;

/// <summary>Keeps what is logged as a warning or worse.</summary>
public sealed class LoudLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IEnumerable<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        // That this machine does other things is nobody's fault.
        if (IsEnabled(logLevel) && eventId.Name != "HeartbeatSlow")
            _lines.Enqueue($"{formatter(state, exception)} {exception}");
    }

    public void Dispose()
    {
    }
}
