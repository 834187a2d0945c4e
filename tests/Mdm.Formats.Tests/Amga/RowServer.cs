using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Mdm.Formats.Amga;
using Mdm.Formats.Amga.Search;

namespace Mdm.Formats.Tests.Amga;

/// <summary>A metadata server with one collection in memory, which orders and limits what it is asked for, and goes wrong where it is told to.</summary>
internal sealed partial class RowServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public RowServer()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Name { get; init; } = "server";

    public string Collection { get; init; } = "/c";

    public Dictionary<string, string> Types { get; init; } = [];

    /// <summary>By attribute and FILE; an attribute that is not there has no value.</summary>
    public List<Dictionary<string, string>> Rows { get; init; } = [];

    /// <summary>Closes the connection after so many rows.</summary>
    public int? BreakAfter { get; init; }

    /// <summary>Stops answering after so many rows.</summary>
    public int? HangAfter { get; init; }

    /// <summary>Refuses every query with this.</summary>
    public (int Code, string Message)? Refuses { get; init; }

    /// <summary>The conditions it was asked.</summary>
    public List<string> Asked { get; } = [];

    public SearchTarget Target => new(Name, Collection, token => AmgaConnection.OpenAsync(new AmgaClientOptions { Connect = ConnectAsync }, token));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _serving;
        _stop.Dispose();
    }

    private async ValueTask<AmgaLink> ConnectAsync(CancellationToken cancellationToken)
    {
        var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)_listener.LocalEndpoint, cancellationToken);
        return new AmgaLink(client.GetStream(), null);
    }

    private async Task ServeAsync()
    {
        var clients = new List<Task>();
        try
        {
            while (true)
                clients.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(clients);
        }
    }

    private async Task AnswerAsync(TcpClient client)
    {
        try
        {
            using var closing = client;
            await using var stream = client.GetStream();
            await stream.WriteAsync("Rows\nProtocol 2\nplain\n"u8.ToArray(), _stop.Token);
            var lines = new AmgaInput(stream);
            while (await lines.ReadLineAsync(_stop.Token) is { Length: > 0 })
                continue;
            await stream.WriteAsync("OK\n"u8.ToArray(), _stop.Token);
            while (await lines.ReadLineAsync(_stop.Token) is { Length: > 0 })
                continue;
            var writer = new AmgaAnswerWriter(stream.WriteAsync);
            while (await lines.ReadLineAsync(_stop.Token) is { } line && AmgaCommandLine.TrySplit(line.Span, 100, out var words, out _) && words[0] != "quit")
            {
                if (!await AnswerAsync(words, writer))
                    return;
            }
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has left, or the test is over.
        }
    }

    /// <returns>False to break the connection.</returns>
    private async Task<bool> AnswerAsync(IReadOnlyList<string> words, AmgaAnswerWriter writer)
    {
        switch (words[0])
        {
            case "listattr":
                writer.Begin(null);
                foreach (var (name, type) in Types)
                {
                    await writer.WriteAsync(name, _stop.Token);
                    await writer.WriteAsync(type, _stop.Token);
                }
                break;
            case "selectattr" when Refuses is { } refusal:
                await writer.FailAsync(refusal.Code, refusal.Message, null, _stop.Token);
                return true;
            case "selectattr":
                return await SelectAsync([.. words.Skip(1).SkipLast(1).Select(word => word[(word.IndexOf(':', StringComparison.Ordinal) + 1)..])], words[^1], writer);
            default:
                writer.Begin(null);
                break;
        }
        await writer.EndAsync(null, _stop.Token);
        return true;
    }

    private async Task<bool> SelectAsync(List<string> columns, string text, AmgaAnswerWriter writer)
    {
        Asked.Add(text);
        IEnumerable<Dictionary<string, string>> rows = Rows;
        if (Order().Match(text) is { Success: true } order)
        {
            var (name, isNumber) = (order.Groups[1].Value, Types[order.Groups[1].Value] is "int" or "float");
            var by = Comparer<string>.Create((a, b) => isNumber ? double.Parse(a, CultureInfo.InvariantCulture).CompareTo(double.Parse(b, CultureInfo.InvariantCulture)) : string.CompareOrdinal(a, b));
            var (with, without) = (rows.Where(row => row.ContainsKey(name)), rows.Where(row => !row.ContainsKey(name)));
            rows = (order.Groups[2].Success ? with.OrderByDescending(row => row[name], by) : with.OrderBy(row => row[name], by)).Concat(without);
        }
        if (Most().Match(text) is { Success: true } limit)
            rows = rows.Take(int.Parse(limit.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        writer.Begin(columns.Count.ToString(CultureInfo.InvariantCulture));
        var given = 0;
        foreach (var row in rows)
        {
            if (given == BreakAfter || given == HangAfter)
            {
                await writer.FlushAsync(_stop.Token);
                if (given == BreakAfter)
                    return false;
                await Task.Delay(Timeout.Infinite, _stop.Token);
            }
            foreach (var column in columns)
                await writer.WriteAsync(row.GetValueOrDefault(column, string.Empty), _stop.Token);
            given++;
        }
        await writer.EndAsync(null, _stop.Token);
        return true;
    }

    [GeneratedRegex("order by [^ ]*:([A-Za-z]+)( desc)?", RegexOptions.CultureInvariant)]
    private static partial Regex Order();

    [GeneratedRegex("limit ([0-9]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Most();
}
