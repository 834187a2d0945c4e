using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.UpperLayer;

namespace Mdm.DemoPacs;

/// <summary>
/// A query/retrieve server in memory, on loopback: C-ECHO, C-FIND, C-GET and C-MOVE in the study root, C-STORE if wanted, and faults on request.
/// </summary>
public sealed class DemoPacsServer : IAsyncDisposable
{
    private readonly DemoPacsOptions _options;
    private readonly DemoServices _services;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, byte> _serving = [];
    private readonly Task _accepting;
    private int _accepted;
    private int _open;
    private int _mostOpen;

    private DemoPacsServer(DemoPacsOptions options)
    {
        _options = options;
        _services = new DemoServices(options);
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, options.Port));
        _listener.Listen(64);
        _accepting = AcceptAsync();
    }

    /// <summary>Starts to listen; the server serves until it is disposed.</summary>
    public static DemoPacsServer Start(DemoPacsOptions options) => new(options);

    public string AeTitle => _options.AeTitle;

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public DemoFaults Faults => _options.Faults;

    /// <summary>Associations accepted so far.</summary>
    public int Associations => Volatile.Read(ref _accepted);

    /// <summary>The most associations that were open at once.</summary>
    public int MostAssociationsAtOnce => Volatile.Read(ref _mostOpen);

    /// <summary>Objects sent so far, by C-GET and C-MOVE.</summary>
    public int ObjectsSent => _services.ObjectsSent;

    /// <summary>C-FIND requests so far.</summary>
    public int Queries => _services.Queries;

    /// <summary>C-CANCEL requests seen so far.</summary>
    public int Cancels => _services.Cancels;

    /// <summary>Objects that were broken off in the middle so far, without a word.</summary>
    public int Hanging => _services.Hanging;

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
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                var serving = ServeAsync(socket);
                _serving.TryAdd(serving, 0);
                _ = serving.ContinueWith(done => _serving.TryRemove(done, out _), TaskScheduler.Default);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // Stopped.
            return;
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        try
        {
            await using var association = await Negotiation.AcceptAsync(socket, Decide, null, AssociationOptions.Default, _stopping.Token);
            if (association is null)
                return;
            Interlocked.Increment(ref _accepted);
            InterlockedMax(ref _mostOpen, Interlocked.Increment(ref _open));
            try
            {
                while (await association.ReceiveAsync(_stopping.Token) is { } message)
                    await _services.AnswerAsync(association, message, _stopping.Token);
            }
            finally
            {
                Interlocked.Decrement(ref _open);
            }
        }
        catch (Exception exception) when (exception is MdmException or OperationCanceledException)
        {
            socket.Dispose();
        }
    }

    private AcceptDecision Decide(AssociateRequest request)
    {
        if (_options.Faults.RefuseAssociations != 0)
        {
            if (_options.Faults.RefuseAssociations > 0)
                _options.Faults.RefuseAssociations--;
            return AcceptDecision.Refuse(AssociateReject.LocalLimitExceeded);
        }

        return request.CalledAeTitle == _options.AeTitle
            ? new AcceptDecision(null, [.. request.Contexts.Select(Answer)])
            : AcceptDecision.Refuse(AssociateReject.CalledAeTitleNotRecognized);
    }

    private ContextAnswer Answer(ProposedContext context)
    {
        if (!_services.Offers(context.AbstractSyntax))
            return new ContextAnswer(context.Id, ContextResult.AbstractSyntaxNotSupported, context.TransferSyntaxes.Count > 0 ? context.TransferSyntaxes[0] : "");
        var syntax = context.TransferSyntaxes.FirstOrDefault(uid => uid == TransferSyntax.ExplicitLittleEndianUid)
            ?? context.TransferSyntaxes.FirstOrDefault(uid => TransferSyntax.Find(uid) is not null);
        return syntax is null
            ? new ContextAnswer(context.Id, ContextResult.TransferSyntaxesNotSupported, "")
            : new ContextAnswer(context.Id, ContextResult.Accepted, syntax);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int before;
        while ((before = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, before) != before)
            continue;
    }
}
