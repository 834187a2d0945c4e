using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Mdm.Abstractions;

namespace Mdm.Formats.Amga;

/// <summary>
/// A session with an AMGA server, ours or another: it survives that the server hands it off to a new connection after a command. One command at a time; not safe for concurrent use.
/// </summary>
public sealed class AmgaConnection : IAsyncDisposable
{
    private const int NewestProtocol = 2;

    // Full TLS records, and few system calls.
    private const int UploadChunk = 64 * 1024;

    private readonly AmgaClientOptions _options;
    private AmgaLink? _link;
    private Stream _stream = Stream.Null;
    private AmgaInput _input = new(Stream.Null);
    private string? _session;
    private AmgaAnswerReader? _open;
    private bool _isAwaited;
    private CancellationTokenSource? _clock;

    private AmgaConnection(AmgaClientOptions options) => _options = options;

    /// <summary>What the server greeted with.</summary>
    public AmgaGreeting? Greeting { get; private set; }

    /// <summary>True while the server keeps the session without a connection.</summary>
    public bool IsHandedOff => _session is not null;

    /// <summary>Connects and logs in. The server refuses a login in its answer to the first command only.</summary>
    /// <exception cref="MdmException">Unavailable: nobody answers, or not in time; Corrupt: that is no AMGA server; Refused: it does not offer what is asked for.</exception>
    public static async Task<AmgaConnection> OpenAsync(AmgaClientOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var connection = new AmgaConnection(options);
        try
        {
            await connection.ConnectAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a command and streams its rows. Who stops in the middle of them cancels the command.</summary>
    /// <param name="words">The command's name, then its arguments as they are.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    /// <exception cref="AmgaAnswerException">The server answers with an error; the session goes on.</exception>
    /// <exception cref="MdmException">Unavailable: the connection broke or the server did not answer in time; Corrupt: that was no answer. The session is over.</exception>
    public async IAsyncEnumerable<string> RunAsync(IReadOnlyList<string> words, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (answer, error) = await BeginAsync(words, cancellationToken).ConfigureAwait(false);
        if (error is not null)
            throw error;
        try
        {
            while (await StepAsync(answer.NextAsync, cancellationToken).ConfigureAwait(false) is { } row)
                yield return row;
        }
        finally
        {
            if (_open is not null)
                await CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Runs a command to its end; its rows.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public async Task<IReadOnlyList<string>> ExecuteAsync(IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        var rows = new List<string>();
        await foreach (var row in RunAsync(words, cancellationToken).ConfigureAwait(false))
            rows.Add(row);
        return rows;
    }

    /// <summary>
    /// Sends what the server stays silent to as long as all goes well (<c>upload</c>, <c>put</c>), then ends it with <c>commit</c>; with <c>abort</c> where that is the last of the commands.
    /// </summary>
    /// <param name="commands">The commands before <c>commit</c>.</param>
    /// <param name="cancellationToken">Gives up; the session is then over and nothing was done.</param>
    /// <exception cref="AmgaAnswerException">Nothing was done.</exception>
    /// <exception cref="MdmException">As <see cref="RunAsync"/>; whether it was done is then unknown.</exception>
    public async Task UploadAsync(IAsyncEnumerable<IReadOnlyList<string>> commands, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(commands);
        await ReadyAsync(cancellationToken).ConfigureAwait(false);
        var gathered = new ArrayBufferWriter<byte>(UploadChunk);
        var isKept = true;
        await foreach (var words in commands.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (words is ["abort"])
            {
                isKept = false;
                break;
            }
            gathered.Write(LineOf(words));
            if (gathered.WrittenCount < UploadChunk)
                continue;
            await SendAsync(gathered.WrittenMemory, cancellationToken).ConfigureAwait(false);
            gathered.ResetWrittenCount();
        }
        // Errors that came early stand before the answer to the end, one for each; pwd answers with a row, which neither of them has.
        gathered.Write(isKept ? "commit\npwd\n"u8 : "abort\npwd\n"u8);
        await SendAsync(gathered.WrittenMemory, cancellationToken).ConfigureAwait(false);
        AmgaAnswerException? first = null;
        while (true)
        {
            var (answer, error) = await StepAsync(token => AmgaAnswerReader.BeginAsync(_input, Protocol, token), cancellationToken).ConfigureAwait(false);
            first ??= error;
            var row = error is null ? await StepAsync(answer.NextAsync, cancellationToken).ConfigureAwait(false) : null;
            _open = answer;
            // A session that is handed off goes on without the answer to what was sent after it.
            await FinishedAsync().ConfigureAwait(false);
            if (_session is not null)
                break;
            if (row is null)
                continue;
            while (await StepAsync(answer.NextAsync, cancellationToken).ConfigureAwait(false) is not null)
            {
                // There is only one.
            }
            break;
        }
        if (first is not null)
            throw first;
    }

    /// <summary>Says goodbye where that is possible at once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_link is not null && _open is null && _session is null)
        {
            try
            {
                using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1), _options.TimeProvider);
                await _stream.WriteAsync("quit\n"u8.ToArray(), soon.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The server left first.
            }
        }
        await HangUpAsync().ConfigureAwait(false);
        _clock?.Dispose();
        _clock = null;
    }

    private int Protocol => Math.Min(Greeting?.Protocol ?? NewestProtocol, NewestProtocol);

    private static byte[] LineOf(IReadOnlyList<string> words)
    {
        var line = Encoding.UTF8.GetBytes(AmgaCommandLine.Join(words) + "\n");
        return line.Length <= AmgaWire.MaxLineLength
            ? line
            : throw new MdmException(MdmErrorKind.Refused, $"The command is longer than {nameof(AmgaWire.MaxLineLength)} ({AmgaWire.MaxLineLength} bytes).");
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        using var clock = new CancellationTokenSource(_options.HandshakeTimeLimit, _options.TimeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        var session = _session;
        var isConnected = false;
        try
        {
            await ShakeHandsAsync(both.Token).ConfigureAwait(false);
            isConnected = true;
        }
        catch (OperationCanceledException) when (clock.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new MdmException(MdmErrorKind.Unavailable, $"The metadata server did not complete a connection within {_options.HandshakeTimeLimit.TotalSeconds} s.");
        }
        catch (AmgaProtocolException e)
        {
            throw new MdmException(MdmErrorKind.Corrupt, e.Message, e);
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException)
        {
            throw new MdmException(MdmErrorKind.Unavailable, "The metadata server cannot be reached: " + e.Message, e);
        }
        finally
        {
            if (!isConnected)
            {
                // What was handed off may be taken up by another attempt.
                await HangUpAsync().ConfigureAwait(false);
                _session = session;
            }
        }
    }

    private async Task ShakeHandsAsync(CancellationToken cancellationToken)
    {
        _link = await _options.Connect(cancellationToken).ConfigureAwait(false);
        _stream = _link.Stream;
        Greeting = await AmgaGreeting.ReadAsync(_stream, cancellationToken).ConfigureAwait(false);
        var (resumed, isSecure) = (_session, _options.Secure is not null);
        var option = (resumed, isSecure) switch
        {
            (null, false) => "plain",
            (null, true) => "ssl",
            (_, false) => "resume",
            _ => "resumeSSL",
        };
        if (!Greeting.Options.Contains(option))
            throw new MdmException(MdmErrorKind.Refused, $"The metadata server does not offer '{option}'.");
        await _stream.WriteAsync(Encoding.ASCII.GetBytes($"{option}{resumed}\n\n"), cancellationToken).ConfigureAwait(false);
        // To a plain resume the server says nothing: the next line is a command already.
        if (option != "resume" && await HandshakeLines.ReadAsync(_stream, cancellationToken).ConfigureAwait(false) is var said && said != "OK")
            throw new MdmException(MdmErrorKind.Refused, said is null ? "The metadata server closed the connection." : $"The metadata server refuses '{option}': {said}");
        if (_options.Secure is { } secure)
            _stream = await secure(_stream, cancellationToken).ConfigureAwait(false);
        _input = new AmgaInput(_stream);
        _session = null;
        if (resumed is null)
            await _stream.WriteAsync(LoginBlock(), cancellationToken).ConfigureAwait(false);
    }

    private byte[] LoginBlock()
    {
        string?[] lines = [_options.Login, _options.Name, _options.PermissionMask, _options.GroupMask, _options.Directory, _options.Password];
        if (lines.Any(l => l is not null && l.AsSpan().IndexOfAny("\r\n\0") >= 0))
            throw new MdmException(MdmErrorKind.InvalidName, "What is sent to log in has more than one line.");
        return Encoding.UTF8.GetBytes(string.Concat(lines.Select((l, i) => l is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{i} {l}\n"))) + "\n");
    }

    private async Task ReadyAsync(CancellationToken cancellationToken)
    {
        if (_open is not null)
            throw new InvalidOperationException("The rows of the command before were not read to their end.");
        if (_session is not null)
            await ConnectAsync(cancellationToken).ConfigureAwait(false);
        if (_link is null)
            throw new MdmException(MdmErrorKind.Unavailable, "The session with the metadata server is over; begin another.");
    }

    private async Task<(AmgaAnswerReader Answer, AmgaAnswerException? Error)> BeginAsync(IReadOnlyList<string> words, CancellationToken cancellationToken)
    {
        var line = LineOf(words);
        await ReadyAsync(cancellationToken).ConfigureAwait(false);
        await SendAsync(line, cancellationToken).ConfigureAwait(false);
        _isAwaited = true;
        try
        {
            var begun = await StepAsync(token => AmgaAnswerReader.BeginAsync(_input, Protocol, token), cancellationToken).ConfigureAwait(false);
            _open = begun.Answer;
            _isAwaited = false;
            await FinishedAsync().ConfigureAwait(false);
            return begun;
        }
        catch (OperationCanceledException) when (_isAwaited)
        {
            await CancelAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => await StepAsync(
        async token =>
        {
            await _stream.WriteAsync(bytes, token).ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    // One wait for the server, within its limit. Whatever fails in it ends the session, but for an answer that is an error.
    private async ValueTask<T> StepAsync<T>(Func<CancellationToken, ValueTask<T>> step, CancellationToken cancellationToken)
    {
        // There is one wait for each row: the clock is wound up anew instead of made anew.
        var clock = _clock ?? new CancellationTokenSource(Timeout.InfiniteTimeSpan, _options.TimeProvider);
        _clock = null;
        clock.CancelAfter(_options.AnswerTimeLimit);
        using var both = cancellationToken.CanBeCanceled ? CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken) : null;
        try
        {
            var result = await step(both?.Token ?? clock.Token).ConfigureAwait(false);
            await FinishedAsync().ConfigureAwait(false);
            return result;
        }
        catch (AmgaAnswerException)
        {
            await FinishedAsync().ConfigureAwait(false);
            throw;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && (_isAwaited || _open is not null) && _link?.SendUrgent is not null)
        {
            // Whoever waited cancels the command then, which keeps the session.
            throw;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await HangUpAsync().ConfigureAwait(false);
            throw new MdmException(MdmErrorKind.Unavailable, $"The metadata server did not answer within {_options.AnswerTimeLimit.TotalSeconds} s.");
        }
        catch (AmgaProtocolException e)
        {
            await HangUpAsync().ConfigureAwait(false);
            throw new MdmException(e.Message.StartsWith("The connection", StringComparison.Ordinal) ? MdmErrorKind.Unavailable : MdmErrorKind.Corrupt, e.Message, e);
        }
        catch (IOException e)
        {
            await HangUpAsync().ConfigureAwait(false);
            throw new MdmException(MdmErrorKind.Unavailable, "The connection to the metadata server broke: " + e.Message, e);
        }
        catch
        {
            await HangUpAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            if (clock.TryReset())
                _clock = clock;
            else
                clock.Dispose();
        }
    }

    // An answer that was read to its end may hand the session off.
    private async ValueTask FinishedAsync()
    {
        if (_open is not { IsComplete: true } answer)
            return;
        _open = null;
        if (answer.Session is not { } session)
            return;
        await HangUpAsync().ConfigureAwait(false);
        _session = session;
    }

    private async ValueTask CancelAsync()
    {
        if (_link?.SendUrgent is not { } send)
        {
            await HangUpAsync().ConfigureAwait(false);
            return;
        }
        using var clock = new CancellationTokenSource(_options.CancelTimeLimit, _options.TimeProvider);
        try
        {
            send(AmgaWire.Cancel);
            _open ??= (await AmgaAnswerReader.BeginAsync(_input, Protocol, clock.Token).ConfigureAwait(false)).Answer;
            _isAwaited = false;
            while (await _open.NextAsync(clock.Token).ConfigureAwait(false) is not null)
            {
                // What was on its way.
            }
            await FinishedAsync().ConfigureAwait(false);
        }
        catch (AmgaAnswerException)
        {
            await FinishedAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or AmgaProtocolException or System.Net.Sockets.SocketException or ObjectDisposedException)
        {
            await HangUpAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask HangUpAsync()
    {
        var (stream, link) = (_stream, _link);
        (_link, _open, _isAwaited, _session, _stream, _input) = (null, null, false, null, Stream.Null, new AmgaInput(Stream.Null));
        await stream.DisposeAsync().ConfigureAwait(false);
        if (link is not null)
            await link.Stream.DisposeAsync().ConfigureAwait(false);
    }
}
