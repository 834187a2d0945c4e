using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mdm.TestKit;

/// <summary>
/// Ports for programs that have to be told one before they listen. A number that is only free now may be another's before it is used: these come from below those that the system gives out by
/// itself, and each in turn, also among test processes that run side by side.
/// </summary>
internal static class PortsInTurn
{
    private const int First = 15_000;

    /// <summary>Linux gives out numbers from 32768 on.</summary>
    private const int Count = 17_000;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Which number was last. One file a user, since files in the common folder cannot be written by others.</summary>
    private static readonly string Turn = Path.Combine(Path.GetTempPath(), $"mdm-test-ports-{Environment.UserName}");

    public static int Next()
    {
        using var turn = Open();
        var text = new byte[16];
        var last = int.TryParse(text.AsSpan(0, turn.Read(text)), NumberStyles.None, CultureInfo.InvariantCulture, out var read) ? read : 0;
        for (var tried = 0; tried < Count; tried++)
        {
            last = (last + 1) % Count;
            if (!IsFree(First + last))
                continue;
            turn.SetLength(0);
            turn.Seek(0, SeekOrigin.Begin);
            turn.Write(System.Text.Encoding.ASCII.GetBytes(last.ToString(CultureInfo.InvariantCulture)));
            return First + last;
        }
        throw new InvalidOperationException($"no port from {First} to {First + Count - 1} is free");
    }

    /// <summary>The file, and with it the turn: nobody else has it open.</summary>
    private static FileStream Open()
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(Turn, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (TimeProvider.System.GetElapsedTime(began) < Limit)
            {
                Thread.Sleep(1);
            }
        }
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Any, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
