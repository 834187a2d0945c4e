using Mdm.Abstractions;
using Mdm.Formats.Amga;

namespace Mdm.Plugins.Amga.Sessions;

/// <summary>The answer to one command, on its way.</summary>
internal sealed class Answer(IGridConnection connection, AmgaAnswerWriter writer, TimeProvider time, CancellationToken connectionEnded) : IAnswer
{
    // Rows that come slowly are seen while they come; rows that come fast leave together.
    private static readonly TimeSpan FlushAfter = TimeSpan.FromMilliseconds(100);

    private string? _header;
    private bool _hasBegun;
    private bool _isSilent;
    private long _flushed = time.GetTimestamp();

    /// <summary>True when nothing is sent, not even an end.</summary>
    public bool IsSilent => _isSilent && !_hasBegun;

    public void SetHeader(string text)
    {
        if (_hasBegun)
            throw new InvalidOperationException("Rows were written already.");
        _header = text;
    }

    public void KeepSilent()
    {
        if (_hasBegun)
            throw new InvalidOperationException("Rows were written already.");
        _isSilent = true;
    }

    public void TellSearch(AttributeSearch search) => connection.TellSearch(search);

    // What is sent ends whole: who cancels is told so after it. Only the connection's end stops it in between.
    public async ValueTask WriteAsync(string line, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Begin();
        await writer.WriteAsync(line, connectionEnded).ConfigureAwait(false);
        if (time.GetElapsedTime(_flushed) < FlushAfter)
            return;
        await writer.FlushAsync(connectionEnded).ConfigureAwait(false);
        _flushed = time.GetTimestamp();
    }

    /// <summary>Ends it.</summary>
    public ValueTask EndAsync(string? session)
    {
        if (IsSilent)
            return ValueTask.CompletedTask;
        Begin();
        return writer.EndAsync(session, connectionEnded);
    }

    /// <summary>Makes it an error, in its middle where rows have been written.</summary>
    public ValueTask FailAsync(AmgaError code, string message, string? session) =>
        _hasBegun ? writer.AbortAsync((int)code, session, connectionEnded) : writer.FailAsync((int)code, message, session, connectionEnded);

    private void Begin()
    {
        if (_hasBegun)
            return;
        writer.Begin(_header);
        _hasBegun = true;
    }
}
