using System.Net;
using Mdm.Abstractions.Testing;
using Mdm.Host.Transfer;

namespace Mdm.Host.Tests.Transfer;

public sealed class RemoteSitesTests
{
    private static readonly IPAddress Far = IPAddress.Parse("198.51.100.7");

    [Fact]
    public async Task A_name_that_leads_here_at_the_second_look_is_connected_to_nowhere()
    {
        var answers = new Queue<IPAddress>([Far, IPAddress.Loopback]);
        var connected = new List<IPAddress[]>();
        using var sites = Sites(connected, _ => answers.Dequeue());

        var address = await sites.AddressAsync("https://rebound.example:8443/file", default);
        using var request = new HttpRequestMessage(HttpMethod.Get, (Uri?)null);
        var refusal = (await sites.Awaiting(s => s.SendAsync(request, address, default)).Should().ThrowAsync<MdmException>()).Which;

        refusal.Kind.Should().Be(MdmErrorKind.Refused);
        refusal.Message.Should().Contain("rebound.example").And.Contain("Transfer:CopyLocal");
        connected.Should().BeEmpty();
    }

    [Fact]
    public async Task The_connection_goes_to_the_address_that_was_looked_at()
    {
        // A third look would give another one.
        var answers = new Queue<IPAddress>([Far, Far, IPAddress.Loopback]);
        var connected = new List<IPAddress[]>();
        using var sites = Sites(connected, _ => answers.Dequeue());

        var address = await sites.AddressAsync("davs://far.example/file", default);
        using var request = new HttpRequestMessage(HttpMethod.Get, (Uri?)null);
        (await sites.Awaiting(s => s.SendAsync(request, address, default)).Should().ThrowAsync<MdmException>()).Which.Message.Should().Be("Nobody is there.");

        connected.Should().ContainSingle().Which.Should().Equal(Far);
        answers.Should().ContainSingle();
    }

    [Theory]
    [InlineData("https://127.0.0.1/x")]
    [InlineData("https://[::1]:8443/x")]
    [InlineData("https://[::ffff:127.0.0.1]/x")]
    [InlineData("https://169.254.169.254/latest")]
    [InlineData("https://0.0.0.0/x")]
    [InlineData("https://near.example/x")]
    public async Task What_is_of_this_machine_or_link_is_refused_at_once(string address)
    {
        using var sites = Sites([], _ => IPAddress.Parse("fe80::1"));
        (await sites.Awaiting(s => s.AddressAsync(address, default)).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Refused);
    }

    [Fact]
    public async Task A_site_that_takes_nothing_more_and_does_not_answer_is_waited_for_no_longer_than_it_may_take()
    {
        var time = new ManualTime();
        var options = new TransferOptions { BaseAddress = new Uri("https://localhost:1/") };
        using var sites = new RemoteSites(options, (_, _, _) => new ValueTask<Stream>(new DeafStream()), time, (_, _) => Task.FromResult<IPAddress[]>([Far]));
        var address = await sites.AddressAsync("https://far.example/file", default);
        var sent = 0L;
        using var request = new HttpRequestMessage(HttpMethod.Put, (Uri?)null) { Content = new ByteArrayContent([1, 2, 3]) };

        var sending = sites.SendAsync(request, address, default, () => Interlocked.Read(ref sent));
        for (var taken = 1; taken <= 3; taken++)
        {
            Interlocked.Exchange(ref sent, taken);
            time.Advance(options.CopyStall);
            sending.IsCompleted.Should().BeFalse("it took something in the meantime");
        }
        time.Advance(options.CopyStall);

        var refusal = (await sending.Awaiting(s => s.WaitAsync(TimeSpan.FromSeconds(60))).Should().ThrowAsync<MdmException>()).Which;
        refusal.Kind.Should().Be(MdmErrorKind.Unavailable);
        refusal.Message.Should().Contain("far.example").And.Contain("Transfer:CopyStall");
    }

    private static RemoteSites Sites(List<IPAddress[]> connected, Func<string, IPAddress> lookUp) => new(
        new TransferOptions { BaseAddress = new Uri("https://localhost:1/") },
        (_, addresses, _) =>
        {
            connected.Add(addresses);
            throw new MdmException(MdmErrorKind.Unavailable, "Nobody is there.");
        },
        TimeProvider.System,
        (host, _) => Task.FromResult<IPAddress[]>([lookUp(host)]));

    /// <summary>Takes what is sent, and says nothing; as a connection's stream, a reading ends when it is closed.</summary>
    private sealed class DeafStream : MemoryStream
    {
        private readonly TaskCompletionSource<int> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default) => new(_closed.Task.WaitAsync(cancellationToken));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) => default;

        protected override void Dispose(bool disposing)
        {
            _closed.TrySetException(new IOException("closed"));
            base.Dispose(disposing);
        }
    }
}
