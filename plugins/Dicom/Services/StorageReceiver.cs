// PS3.4 annex B as a service class provider, for one purpose: to take what a C-MOVE of ours makes an archive send. Everything else is refused.
using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.UpperLayer;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Dicom.Services;

/// <summary>An object that a C-MOVE brought. The archive waits until it is released.</summary>
internal sealed class MovedObject(ReceivedObject received)
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ReceivedObject Received => received;

    public Task Released => _released.Task;

    public void Release() => _released.TrySetResult();
}

/// <summary>What one C-MOVE of ours expects, and where its objects arrive.</summary>
internal sealed class ExpectedMove(IEnumerable<string> instanceUids)
{
    // One at a time: the consumer's pace is the archive's pace.
    private readonly Channel<MovedObject> _arrivals = Channel.CreateBounded<MovedObject>(1);
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);

    public IReadOnlySet<string> InstanceUids { get; } = instanceUids.ToHashSet(StringComparer.Ordinal);

    public ChannelReader<MovedObject> Arrivals => _arrivals.Reader;

    public ChannelWriter<MovedObject> Offer => _arrivals.Writer;

    /// <summary>How often that instance was given to this move.</summary>
    public int TimesTaken(string instanceUid) => _taken.GetValueOrDefault(instanceUid);

    public void Take(string instanceUid) => _taken[instanceUid] = TimesTaken(instanceUid) + 1;
}

/// <summary>
/// The application entity that archives deliver to. It accepts associations only while a move is under way, only from the archive it asked,
/// and stores only instances that were asked for. Safe for concurrent use.
/// </summary>
internal sealed class StorageReceiver : IAsyncDisposable
{
    /// <summary>Associations at once: archives open one per move.</summary>
    private const int MaxAssociations = 16;

    private readonly string _aeTitle;
    private readonly string _archiveAeTitle;
    private readonly Func<IPAddress, bool> _isArchive;
    private readonly SslServerAuthenticationOptions? _tls;
    private readonly AssociationOptions _options;
    private readonly ILogger _log;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<ExpectedMove, byte> _moves = [];
    private readonly ConcurrentDictionary<Task, byte> _serving = [];
    private readonly SemaphoreSlim _slots = new(MaxAssociations);
    private readonly Lock _taking = new();
    private readonly Task _accepting;

    /// <param name="address">Where to listen.</param>
    /// <param name="port">0 for any.</param>
    /// <param name="aeTitle">Ours.</param>
    /// <param name="archiveAeTitle">The only caller.</param>
    /// <param name="isArchive">Says whether an address is the archive's.</param>
    /// <param name="tls">When archives deliver over TLS.</param>
    /// <param name="options">Times and sizes.</param>
    /// <param name="log">Told who was turned away.</param>
    /// <exception cref="MdmException">Unavailable: the port is taken.</exception>
    public StorageReceiver(IPAddress address, int port, string aeTitle, string archiveAeTitle, Func<IPAddress, bool> isArchive, SslServerAuthenticationOptions? tls, AssociationOptions options, ILogger log)
    {
        (_aeTitle, _archiveAeTitle, _isArchive, _tls, _options, _log) = (aeTitle, archiveAeTitle, isArchive, tls, options, log);
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            _listener.Bind(new IPEndPoint(address, port));
            _listener.Listen(MaxAssociations);
        }
        catch (SocketException exception)
        {
            _listener.Dispose();
            throw new MdmException(MdmErrorKind.Unavailable, $"The C-MOVE destination cannot listen on port {port}.", exception);
        }

        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Opens the door for one move, until the result is disposed.</summary>
    public IDisposable Expect(ExpectedMove move)
    {
        _moves.TryAdd(move, 0);
        return new Expectation(this, move);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_serving.Keys);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await _slots.WaitAsync(_stopping.Token);
                var socket = await _listener.AcceptAsync(_stopping.Token);
                var serving = ServeAsync(socket);
                _serving.TryAdd(serving, 0);
                _ = serving.ContinueWith(done => _serving.TryRemove(done, out _), TaskScheduler.Default);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // That caller went away before he was let in; the next one may stay.
                _slots.Release();
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        try
        {
            var address = (socket.RemoteEndPoint as IPEndPoint)?.Address;
            await using var association = await Negotiation.AcceptAsync(socket, request => Decide(request, address), _tls, _options, _stopping.Token);
            while (association is not null && await association.ReceiveAsync(_stopping.Token) is { } message)
                await ServeAsync(association, message);
        }
        catch (Exception exception) when (exception is MdmException or OperationCanceledException)
        {
            // The move that waits for these objects sees that they do not come, and says so.
            socket.Dispose();
        }
        finally
        {
            _slots.Release();
        }
    }

    private async ValueTask ServeAsync(Association association, DimseMessage message)
    {
        switch (message.Command.GetUInt16(Tags.CommandField))
        {
            case Dimse.EchoRequest:
                await ServiceProvider.AnswerEchoAsync(association, message, _stopping.Token);
                return;
            case Dimse.StoreRequest when message.DataSet is { } dataSet:
                var received = ServiceUser.Received(message, dataSet);
                var status = await DeliverAsync(received);
                var whole = await ServiceUser.DrainAsync(dataSet, _stopping.Token);
                await ServiceUser.AnswerStoreAsync(association, message, status != Dimse.Success || whole ? status : Dimse.UnableToProcess, _stopping.Token);
                return;
            default:
                throw new MdmException(MdmErrorKind.Corrupt, "The archive sent something else than C-STORE.");
        }
    }

    private async ValueTask<ushort> DeliverAsync(ReceivedObject received)
    {
        var move = TakerOf(received.SopInstanceUid);
        if (move is null)
        {
            _log.ObjectTurnedAway(_archiveAeTitle);
            return Dimse.NotAuthorized;
        }

        var moved = new MovedObject(received);
        try
        {
            await move.Offer.WriteAsync(moved, _stopping.Token);
        }
        catch (ChannelClosedException)
        {
            return Dimse.OutOfResources;
        }

        await moved.Released.WaitAsync(_stopping.Token);
        return Dimse.Success;
    }

    /// <summary>Of several moves that ask for one instance each gets it once: nothing that all archives send says which of them a delivery belongs to, and the bytes are the same.</summary>
    private ExpectedMove? TakerOf(string instanceUid)
    {
        lock (_taking)
        {
            var move = _moves.Keys.Where(move => move.InstanceUids.Contains(instanceUid)).MinBy(move => move.TimesTaken(instanceUid));
            move?.Take(instanceUid);
            return move;
        }
    }

    private AcceptDecision Decide(AssociateRequest request, IPAddress? address)
    {
        var isCalled = request.CalledAeTitle == _aeTitle;
        if (!isCalled || _moves.IsEmpty || request.CallingAeTitle != _archiveAeTitle || address is null || !_isArchive(address))
            _log.CallerTurnedAway(address, _aeTitle, isExpected: !_moves.IsEmpty);
        if (!isCalled)
            return AcceptDecision.Refuse(AssociateReject.CalledAeTitleNotRecognized);
        if (_moves.IsEmpty || request.CallingAeTitle != _archiveAeTitle || address is null || !_isArchive(address))
            return AcceptDecision.Refuse(AssociateReject.CallingAeTitleNotRecognized);
        return new AcceptDecision(null, [.. request.Contexts.Select(Choose)]);
    }

    private static ContextAnswer Choose(ProposedContext context)
    {
        // The proposer's first compressed syntax is what it has; among uncompressed ones, explicit little endian loses least.
        var known = context.TransferSyntaxes.Where(uid => TransferSyntax.Find(uid) is not null).ToArray();
        if (known.Length == 0)
            return new ContextAnswer(context.Id, ContextResult.TransferSyntaxesNotSupported, context.TransferSyntaxes.Count > 0 ? context.TransferSyntaxes[0] : TransferSyntax.ImplicitLittleEndianUid);
        var chosen = known.Any(uid => TransferSyntax.Find(uid)!.IsEncapsulated || !known.Contains(TransferSyntax.ExplicitLittleEndianUid)) ? known[0] : TransferSyntax.ExplicitLittleEndianUid;
        return new ContextAnswer(context.Id, ContextResult.Accepted, chosen);
    }

    private sealed class Expectation(StorageReceiver receiver, ExpectedMove move) : IDisposable
    {
        public void Dispose()
        {
            receiver._moves.TryRemove(move, out _);
            move.Offer.TryComplete();
            while (move.Arrivals.TryRead(out var left))
                left.Release();
        }
    }
}
