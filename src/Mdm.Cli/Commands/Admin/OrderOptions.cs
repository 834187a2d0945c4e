using System.CommandLine;
using System.Text.Json;
using Mdm.Client;

namespace Mdm.Cli.Commands.Admin;

/// <summary>Options that all orders to a host have: which host, and how its answer is shown.</summary>
internal sealed class OrderOptions
{
    private readonly Option<string> _host = HostOption.Create();
    private readonly Option<string?> _socket = new("--socket") { Description = "The host's local socket (admin.sock in its state directory) instead of its door; no certificate is needed.", HelpName = "PATH" };
    private readonly Option<bool>? _json;

    public OrderOptions(Command command, bool isShown)
    {
        command.Options.Add(_host);
        command.Options.Add(_socket);
        if (isShown)
            command.Options.Add(_json = new Option<bool>("--json") { Description = "The host's own lines, one JSON object each." });
    }

    /// <summary>Gives the order to the host that was named.</summary>
    public async Task<int> GiveAsync(Terminal terminal, ParseResult parsed, Func<Administration, Task<int>> order)
    {
        if (parsed.GetValue(_socket) is { } socket)
        {
            using var local = Administration.AtSocket(socket);
            return await order(local);
        }
        using var files = terminal.Open();
        using var administration = files.AdministrationAt(terminal.Surl(parsed.GetRequiredValue(_host)));
        return await order(administration);
    }

    /// <summary>Shows each line as it comes.</summary>
    public async Task<int> ShowAsync(Terminal terminal, ParseResult parsed, Func<Administration, IAsyncEnumerable<JsonElement>> lines, Func<JsonElement, string> words) =>
        await GiveAsync(terminal, parsed, async administration =>
        {
            await foreach (var line in lines(administration))
                terminal.Say(IsJson(parsed) ? line.GetRawText() : Plain(words(line)));
            return ExitCode.Success;
        });

    public bool IsJson(ParseResult parsed) => _json is not null && parsed.GetValue(_json);

    // A host's text goes to a terminal: what could steer it is not passed on.
    private static string Plain(string text) => new([.. text.Where(c => !char.IsControl(c) || c == '\n')]);
}

/// <summary>Reads what a host's line has.</summary>
internal static class LineReading
{
    public static string Text(this JsonElement line, string name) => line.TryGetProperty(name, out var value) ? value.ToString() : string.Empty;

    /// <summary>A time to the second, in UTC.</summary>
    public static string Time(this JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.TryGetDateTimeOffset(out var time) ? time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture) : "-";

    public static long Number(this JsonElement line, string name) => line.TryGetProperty(name, out var value) && value.TryGetInt64(out var number) ? number : 0;

    public static IEnumerable<JsonElement> Items(this JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : [];
}
