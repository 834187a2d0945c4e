using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Mdm.Host.Services;

/// <summary>
/// Tells when TCP urgent data arrives. The framework's sockets can read it but not wait for it; the system signals it to the process (SIGURG), which then asks each watched socket.
/// </summary>
/// <remarks>The system forgets an urgent byte once bytes that were sent after it are read. Who sends one therefore waits for what comes of it, as clients of such protocols do.</remarks>
internal sealed partial class UrgentData : IDisposable
{
    // Linux: signal(7), fcntl(2), recv(2).
    private const int SigUrg = 23;
    private const int SetOwner = 8;
    private const int OutOfBand = 1;
    private const int DontWait = 0x40;
    private const int TryAgain = 11;

    /// <summary>The mark may arrive before its byte: so often it is asked for again.</summary>
    private const int MaxAttempts = 50;

    private static readonly TimeSpan BetweenAttempts = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<Watch, bool> _watches = new();
    private readonly PosixSignalRegistration _registration;
    private readonly TimeProvider _time;

    public UrgentData(TimeProvider time)
    {
        _time = time;
        _registration = PosixSignalRegistration.Create((PosixSignal)SigUrg, context =>
        {
            context.Cancel = true;
            foreach (var watch in _watches.Keys)
                _ = AskAsync(watch);
        });
    }

    /// <summary>Calls back for each urgent byte, until disposed; then the socket may be closed.</summary>
    public IDisposable Observe(Socket socket, Action arrived)
    {
        var watch = new Watch(this, socket, arrived);
        _watches[watch] = true;
        var isHeld = false;
        try
        {
            socket.SafeHandle.DangerousAddRef(ref isHeld);
            _ = fcntl((int)socket.SafeHandle.DangerousGetHandle(), SetOwner, Environment.ProcessId);
        }
        catch (ObjectDisposedException)
        {
            // The client was quicker; nothing will arrive.
        }
        finally
        {
            if (isHeld)
                socket.SafeHandle.DangerousRelease();
        }
        return watch;
    }

    public void Dispose() => _registration.Dispose();

    private async Task AskAsync(Watch watch)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var answer = watch.Take();
            if (answer == Taken.Byte)
                watch.Arrived();
            if (answer == Taken.Nothing || !_watches.ContainsKey(watch))
                return;
            if (answer == Taken.NotYet)
                await Task.Delay(BetweenAttempts, _time);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint recv(int descriptor, byte* buffer, nuint length, int flags);

    private enum Taken
    {
        Nothing,
        NotYet,
        Byte,
    }

    private sealed class Watch(UrgentData owner, Socket socket, Action arrived) : IDisposable
    {
        private readonly Lock _gate = new();
        private bool _isOver;

        public Action Arrived => arrived;

        public unsafe Taken Take()
        {
            // The descriptor's number may be another's once the socket is closed; the lock keeps it open for the moment of the call.
            lock (_gate)
            {
                if (_isOver)
                    return Taken.Nothing;
                var isHeld = false;
                try
                {
                    socket.SafeHandle.DangerousAddRef(ref isHeld);
                    byte one;
                    var count = recv((int)socket.SafeHandle.DangerousGetHandle(), &one, 1, OutOfBand | DontWait);
                    return count == 1 ? Taken.Byte : count < 0 && Marshal.GetLastPInvokeError() == TryAgain ? Taken.NotYet : Taken.Nothing;
                }
                catch (ObjectDisposedException)
                {
                    return Taken.Nothing;
                }
                finally
                {
                    if (isHeld)
                        socket.SafeHandle.DangerousRelease();
                }
            }
        }

        public void Dispose()
        {
            owner._watches.TryRemove(this, out _);
            lock (_gate)
                _isOver = true;
        }
    }
}
