using System.Text;
using Mdm.Abstractions;
using Mdm.Formats.Amga;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Amga.Sessions;

/// <summary>
/// AMGA's client protocol, version 2, as server: greeting, options, login, then commands, one at a time and in order. Follows what the original Java and Python clients do, byte for byte.
/// </summary>
/// <param name="options">Limits and what is allowed.</param>
/// <param name="accounts">Who logs in.</param>
/// <param name="commands">What he can do then.</param>
/// <param name="time">The only clock.</param>
/// <param name="log">Where refusals and faults go.</param>
/// <param name="close">Called at the end, when no session is left.</param>
internal sealed class AmgaService(SessionOptions options, IAccounts accounts, ICommandSource commands, TimeProvider time, ILogger<AmgaService> log, Func<ValueTask>? close = null) : IGridService
{
    private readonly ParkedSessions _parked = new(options.MaxParkedSessions, options.ParkedTimeout, time, log);

    public SessionOptions Options => options;

    public IAccounts Accounts => accounts;

    public ICommandSource Commands => commands;

    public TimeProvider Time => time;

    public ILogger Logger => log;

    public Statistics Statistics { get; } = new(options.StatisticsPerMinute, time);

    /// <summary>Sessions without a connection.</summary>
    public int ParkedCount => _parked.Count;

    public async Task ServeAsync(IGridConnection connection, CancellationToken cancellationToken)
    {
        Statistics.ConnectionOpened();
        try
        {
            using var conversation = new Conversation(this, connection, cancellationToken);
            if (await BeginAsync(conversation).ConfigureAwait(false) is { } begun)
                await ServeSessionAsync(conversation, begun).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client left, was silent or slow for too long, or the host stops.
            Log.ConnectionEnded(log, e.Message);
        }
        finally
        {
            Statistics.ConnectionClosed();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _parked.DisposeAsync().ConfigureAwait(false);
        if (close is not null)
            await close().ConfigureAwait(false);
    }

    /// <summary>Says how the server is, if it was not asked too often.</summary>
    public string? TryTellStatistics() => Statistics.TryTell(_parked.Count);

    public Session? TryTake(string id, SessionOwner owner) => _parked.TryTake(id, owner);

    private async Task<Beginning?> BeginAsync(Conversation conversation)
    {
        try
        {
            return await new Handshake(this, conversation).RunAsync().ConfigureAwait(false);
        }
        catch (AmgaProtocolException refusal)
        {
            await conversation.SayAsync($"{(int)AmgaError.IllegalCommand} {refusal.Message}\n").ConfigureAwait(false);
            await conversation.DrainAsync(null).ConfigureAwait(false);
            return null;
        }
    }

    private async Task ServeSessionAsync(Conversation conversation, Beginning begun)
    {
        var input = new AmgaInput(conversation.Connection.Stream, options.MaxLineLength);
        var session = begun.Session;
        try
        {
            while (await NextAsync(conversation, input, begun).ConfigureAwait(false) is { } words)
            {
                if (Refusal(conversation, session) is { } refusal)
                {
                    await conversation.Writer.FailAsync((int)refusal.Code, refusal.Message, null, conversation.Ended).ConfigureAwait(false);
                    await conversation.DrainAsync(input).ConfigureAwait(false);
                    return;
                }
                if (!await AnswerAsync(conversation, session!, words).ConfigureAwait(false))
                    continue;
                // Handed off: whoever takes it up ends it.
                session = null;
                return;
            }
        }
        finally
        {
            if (session is not null)
                await session.Commands.DisposeAsync().ConfigureAwait(false);
        }
    }

    // The words of the next command; null when the connection ends. Lines that are no command are answered here.
    private async ValueTask<IReadOnlyList<string>?> NextAsync(Conversation conversation, AmgaInput input, Beginning begun)
    {
        while (true)
        {
            ReadOnlyMemory<byte>? line;
            try
            {
                line = await conversation.AwaitCommandAsync(input).ConfigureAwait(false);
            }
            catch (AmgaProtocolException tooLong)
            {
                Statistics.CommandEnded("refused");
                await conversation.Writer.FailAsync((int)AmgaError.IllegalCommand, tooLong.Message, null, conversation.Ended).ConfigureAwait(false);
                await conversation.DrainAsync(input).ConfigureAwait(false);
                return null;
            }
            if (line is not { } bytes)
                return null;
            // A cancel that came too late, from a client that cannot send it out of band.
            bytes = bytes[(bytes.Length - bytes.Span.TrimStart(AmgaWire.Cancel).Length)..];
            if (!AmgaCommandLine.TrySplit(bytes.Span, options.MaxTokens, out var words, out var fault))
            {
                Statistics.CommandEnded("refused");
                if (begun.Session is { } session && AmgaCommandLine.IsOfUpload(bytes.Span))
                {
                    session.Commands.RefuseUpload(new AmgaException(AmgaError.IllegalCommand, fault));
                    continue;
                }
                await conversation.Writer.FailAsync((int)AmgaError.IllegalCommand, fault, null, conversation.Ended).ConfigureAwait(false);
                continue;
            }
            if (words is ["quit" or "exit", ..])
                return null;
            if (words.Count == 0)
                continue;
            if (begun.Refusal is not { } refusal)
                return words;
            // Before the first command the protocol has no place to say it.
            await conversation.Writer.FailAsync((int)refusal.Code, refusal.Message, null, conversation.Ended).ConfigureAwait(false);
            await conversation.DrainAsync(input).ConfigureAwait(false);
            return null;
        }
    }

    // A credential may end, lose its attributes or be revoked while its session lasts; what was granted for it ends then.
    private static AmgaException? Refusal(Conversation conversation, Session? session)
    {
        if (session?.Owner.Identity is not { } identity)
            return null;
        var now = conversation.Connection.Caller;
        return ReferenceEquals(now, identity) || identity.Equals(now)
            ? null
            : new AmgaException(AmgaError.PermissionDenied, "The credential of this session has ended, was revoked or has lost attributes. Make a new proxy and log in again.");
    }

    // True when the session was handed off.
    private async ValueTask<bool> AnswerAsync(Conversation conversation, Session session, IReadOnlyList<string> words)
    {
        var answer = new Answer(conversation.Connection, conversation.Writer, time, conversation.Ended);
        var refusal = await ExecuteAsync(conversation, session, words, answer).ConfigureAwait(false);
        Statistics.CommandEnded(refusal is null ? "ok" : refusal.Code == AmgaError.Aborted ? "aborted" : "refused");
        if (refusal is not null && AmgaCommandLine.IsOfUpload(Encoding.UTF8.GetBytes(words[0])))
        {
            // The original Python client would take it for the answer to its commit, and each answer after it for that of the command before.
            session.Commands.RefuseUpload(refusal);
            return false;
        }
        if (refusal is null && answer.IsSilent)
            return false;
        var isHandingOff = options.Sessions == SessionUse.Force || (options.Sessions == SessionUse.Allow && Statistics.Connections >= options.HandOffAt);
        var id = isHandingOff ? _parked.TryPark(session) : null;
        try
        {
            if (refusal is null)
                await answer.EndAsync(id).ConfigureAwait(false);
            else
                await answer.FailAsync(refusal.Code, refusal.Message, id).ConfigureAwait(false);
            return id is not null;
        }
        catch when (id is not null)
        {
            // A number that did not arrive is of no use to anybody; the session then ends with the connection.
            if (_parked.TryTake(id, session.Owner) is null)
                return true;
            throw;
        }
    }

    private async ValueTask<AmgaException?> ExecuteAsync(Conversation conversation, Session session, IReadOnlyList<string> words, Answer answer)
    {
        var urgent = conversation.Connection.Urgent;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(urgent, conversation.Ended);
#pragma warning disable CA1031 // Whatever a command throws, the session goes on; nobody but the log hears more of it.
        try
        {
            await session.Commands.ExecuteAsync(words, answer, either.Token).ConfigureAwait(false);
            return null;
        }
        catch (AmgaException refusal)
        {
            return refusal;
        }
        catch (OperationCanceledException) when (conversation.Ended.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException) when (urgent.IsCancellationRequested)
        {
            return new AmgaException(AmgaError.Aborted, "The command was cancelled.");
        }
        catch (IOException) when (conversation.IsBroken)
        {
            throw;
        }
        catch (MdmException refusal)
        {
            return new AmgaException(refusal.Kind == MdmErrorKind.AccessDenied ? AmgaError.PermissionDenied : AmgaError.Internal, refusal.Message, refusal);
        }
        catch (Exception fault)
        {
            Log.CommandThrew(log, fault.GetType().FullName, fault.StackTrace?.Split('\n')[0].Trim());
            return new AmgaException(AmgaError.Internal, "The server failed; its log says where.", fault);
        }
#pragma warning restore CA1031
    }
}
