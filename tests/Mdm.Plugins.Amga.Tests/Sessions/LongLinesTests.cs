using System.Text;
using Mdm.Abstractions.Testing;
using Mdm.Formats.Amga;
using Mdm.TestKit;
using static Mdm.Plugins.Amga.Tests.Sessions.HostileLinesTests;

namespace Mdm.Plugins.Amga.Tests.Sessions;

/// <summary>Runs when nothing else does: what is measured is the memory of the whole process.</summary>
[CollectionDefinition(Alone, DisableParallelization = true)]
[Collection(Alone)]
public sealed class LongLinesTests(TestGrid grid) : IClassFixture<TestGrid>
{
    public const string Alone = "memory is measured";

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Ten_megabytes_in_one_line_are_refused_by_the_limit_and_not_kept(bool isSecure, bool hasTls13)
    {
        const int Times = 3;
        // What was refused is passed over for a moment, and its sender has it however slow this machine is.
        var time = new ManualTime();
        await using var server = await Server.StartAsync(grid, hasTls13, time);
        using var other = await server.Site.SocketAsync();
        await using var bystander = await server.BeginAsync(other, isSecure);
        var line = Encoding.ASCII.GetBytes("addentry /a v '" + new string('x', 10 << 20) + "'\n");

        var highest = 0L;
        for (var i = 0; i < Times; i++)
        {
            using var socket = await server.Site.SocketAsync();
            await using var stream = await server.BeginAsync(socket, isSecure);
            var sending = SendInPiecesAsync(stream, line, i % 2 == 0 ? Segment : line.Length);
            var rest = AmgaSite.RestAsync(stream);
            await sending;
            await AmgaSite.PassAsync(time, rest);
            (await rest).Should().Be($"3 A line is longer than MaxLineLength ({AmgaWire.MaxLineLength} bytes).\n{End}");
            highest = Math.Max(highest, GC.GetTotalMemory(forceFullCollection: true));
        }

        // The line itself is one copy, in the test.
        highest.Should().BeLessThan(64 << 20);
        await AskAsync(bystander, "pwd\n", "0\n/\n" + End);
    }
}
