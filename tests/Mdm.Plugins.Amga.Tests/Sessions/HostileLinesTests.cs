using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Mdm.Formats.Amga;
using Mdm.Plugins.Amga.Commands;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Sessions;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Sessions;

/// <summary>Lines that no client would send, over the wire to the real store: what exceeds a limit is told which, the session or at least the server lives on, and none of it stays in memory.</summary>
public sealed class HostileLinesTests(TestGrid grid) : IClassFixture<TestGrid>
{
    internal const string End = "\u0004\u0004";

    internal const int Segment = 1400;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ten_thousand_parentheses_meet_a_limit(bool isSecure)
    {
        await using var server = await Server.StartAsync(grid);
        using var socket = await server.Site.SocketAsync();
        await using var stream = await server.BeginAsync(socket, isSecure);
        foreach (var command in (string[])["find /a '{0}i = 1{1}'", "selectattr /a:v '{0}i = 1{1}'", "updateattr /a i '{0}1{1}' ''", "constraint_add_check /a '{0}i = 1{1}' c", "view_create /v /a v '{0}i = 1{1}'", "find /a '{0}'"])
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Format(System.Globalization.CultureInfo.InvariantCulture, command, new string('(', 10_000), new string(')', 10_000)) + "\n"));
            (await AnswerAsync(stream)).Should().MatchRegex("^8 [^\n]*levels of nesting[^\n]*100[^\n]*\n\u0004\u0004$", command);
        }
        await AskAsync(stream, "pwd\n", "0\n/\n" + End);
    }

    [Fact]
    public async Task Too_many_words_meet_a_limit()
    {
        await using var server = await Server.StartAsync(grid);
        using var socket = await server.Site.SocketAsync();
        await using var stream = await server.BeginAsync(socket, isSecure: false);
        await AskAsync(stream, "addentries " + string.Concat(Enumerable.Repeat("x ", AmgaWire.MaxTokens)) + "\n", $"3 The command has more words than MaxTokens ({AmgaWire.MaxTokens}).\n{End}");
        await AskAsync(stream, "pwd\n", "0\n/\n" + End);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Control_bytes_and_broken_UTF_8_split_no_row(bool isSecure)
    {
        await using var server = await Server.StartAsync(grid);
        using var socket = await server.Site.SocketAsync();
        await using var stream = await server.BeginAsync(socket, isSecure);
        // All bytes but NUL and the end of a line, once bare and once as octal escapes; none is UTF-8.
        byte[] bytes = [.. Enumerable.Range(1, 255).Where(b => b is not '\n' and not '\'' and not '\\').Select(b => (byte)b)];
        byte[] line = [.. "addentry /a/bare v '"u8, .. bytes, .. "'\n"u8];
        await stream.WriteAsync(line);
        (await AnswerAsync(stream)).Should().Be("0\n" + End);
        await AskAsync(stream, $"addentry /a/escaped v '{string.Concat(Enumerable.Range(1, 255).Select(b => "\\" + Convert.ToString(b, 8).PadLeft(3, '0')))}'\n", "0\n" + End);
        foreach (var entry in (string[])["bare", "escaped"])
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"getattr /a/{entry} v\n"));
            var answer = await AnswerAsync(stream);
            answer.Split('\n').Should().HaveCount(4, "code, name, value, end");
            answer[..^2].Should().NotContainAny("\r", "\u0004", "\u0018", "\u007f");
        }
        await AskAsync(stream, "addentry /a/nul v 'a\\000b'\n", $"3 The byte 0 cannot be in a command.\n{End}");
        foreach (var broken in (byte[][])[[0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xFF], [0xC0, 0x80]])
        {
            foreach (var command in (string[])["find /a 'v = \"{0}\"'", "cd /{0}", "addattr /a {0} text", "createdir /x{0}y\nrmdir /x{0}y", "{0}"])
            {
                var pieces = command.Split("{0}");
                for (var i = 0; i < pieces.Length; i++)
                {
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(pieces[i]));
                    if (i + 1 < pieces.Length)
                        await stream.WriteAsync(broken);
                }
                await stream.WriteAsync("\n"u8.ToArray());
                for (var answers = command.Contains('\n', StringComparison.Ordinal) ? 2 : 1; answers > 0; answers--)
                    (await AnswerAsync(stream)).Should().MatchRegex("^(0|[0-9]+ [^\n]*)\n\u0004\u0004$", command).And.NotStartWith("9 ");
            }
        }
        await AskAsync(stream, "pwd\n", "0\n/\n" + End);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Noise_ends_no_server(bool isSecure)
    {
        await using var server = await Server.StartAsync(grid);
        for (var i = 0; i < 50; i++)
        {
            using var socket = await server.Site.SocketAsync();
            await using var stream = await server.BeginAsync(socket, isSecure);
            await stream.WriteAsync(RandomNumberGenerator.GetBytes(20_000));
            await stream.WriteAsync("\n\nquit\n"u8.ToArray());
            await AmgaSite.RestAsync(stream);
            if (i % 5 != 0)
                continue;
            // Also where the greeting's answer or a login is expected.
            using var early = await server.Site.SocketAsync();
            await early.SendAsync((byte[])[.. RandomNumberGenerator.GetBytes(5_000), .. "\n\n"u8]);
            try
            {
                await AmgaSite.RestAsync(new NetworkStream(early));
            }
            catch (IOException)
            {
                // Closed before it was all read.
            }
        }
        using var last = await server.Site.SocketAsync();
        await using var after = await server.BeginAsync(last, isSecure);
        await AskAsync(after, "pwd\n", "0\n/\n" + End);
        server.Site.Log.All.Should().NotContain(line => line.StartsWith("A command failed", StringComparison.Ordinal));
    }

    internal static async Task SendInPiecesAsync(Stream stream, byte[] line, int length)
    {
        try
        {
            for (var at = 0; at < line.Length; at += length)
                await stream.WriteAsync(line.AsMemory(at, Math.Min(length, line.Length - at)));
        }
        catch (IOException)
        {
            // The server has heard enough.
        }
    }

    internal static async Task AskAsync(Stream stream, string command, string answer)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(command));
        (await AnswerAsync(stream)).Should().Be(answer);
    }

    private static async Task<string> AnswerAsync(Stream stream)
    {
        var answer = new List<byte>();
        var one = new byte[1];
        while (answer is not [.., 4, 4] && await stream.ReadAsync(one).AsTask().WaitAsync(AmgaSite.Limit) == 1)
            answer.Add(one[0]);
        return Encoding.UTF8.GetString([.. answer]);
    }

    /// <summary>The service over a store with a directory <c>/a</c>; whoever comes is root.</summary>
    internal sealed class Server : IAsyncDisposable, IAccounts
    {
        private readonly TemporaryDirectory _folder = new();
        private readonly TestGrid _grid;
        private readonly AmgaStore _store;

        private Server(TestGrid grid)
        {
            _grid = grid;
            _store = AmgaStore.Open(SqlStoreAddress.Parse("sqlite:amga.db", _folder.Path), new AmgaOptions(), TimeProvider.System, "the tests");
        }

        public AmgaSite Site { get; private set; } = null!;

        public static async Task<Server> StartAsync(TestGrid grid, bool hasTls13 = true, TimeProvider? time = null)
        {
            var server = new Server(grid);
            server.Site = await AmgaSite.StartAsync(grid, hasTls13: hasTls13, accounts: server, commands: new CommandSource(server._store), time: time);
            using var socket = await server.Site.SocketAsync();
            await using var stream = await server.BeginAsync(socket, isSecure: false);
            await AskAsync(stream, "createdir /a\n", "0\n" + End);
            await AskAsync(stream, "addattr /a v text i int\n", "0\n" + End);
            return server;
        }

        /// <summary>A client that is logged in.</summary>
        public async Task<Stream> BeginAsync(Socket socket, bool isSecure)
        {
            if (isSecure)
            {
                var secure = await Site.SecureAsync(socket, _grid.PhysicianProxy);
                await secure.WriteAsync("0 NULL\n\n"u8.ToArray());
                return secure;
            }
            var stream = new NetworkStream(socket);
            await stream.WriteAsync("plain\n\n0 root\n\n"u8.ToArray());
            await AmgaSite.TakeAsync(stream, AmgaSite.Greeting.Length + 3);
            return stream;
        }

        public ValueTask<Principal> LogInAsync(Login login, Mdm.Abstractions.GridIdentity? caller, CancellationToken cancellationToken) => new(new Principal(Principals.Root, [Principals.AnyUser], true, null));

        public async ValueTask DisposeAsync()
        {
            await Site.DisposeAsync();
            await _store.DisposeAsync();
            _folder.Dispose();
        }
    }
}
