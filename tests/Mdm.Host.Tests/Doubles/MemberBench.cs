using Mdm.Abstractions.Testing;
using Mdm.Host.Members;
using Mdm.Host.Requests;
using Mdm.Sql;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Tests.Doubles;

/// <summary>Hosts that meet in one store. Leases are over when the clock says so that the test moves, and nobody renews by itself.</summary>
internal sealed class MemberBench(string address) : IAsyncDisposable
{
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);

    private readonly List<IAsyncDisposable> _hosts = [];

    public ManualTime Time { get; } = new();

    public async Task<Membership> StartAsync(string id, string? at = null, params AgreedValue[] agreed)
    {
        StoreClock clock = _ => Time.GetUtcNow().ToUnixTimeMilliseconds();
        var store = new RequestStore(SqlStoreAddress.Parse(address, "/"), clock, new ThisHost(id));
        _hosts.Add(store);
        var host = new Membership(store.Store, clock, new ThisHost(id), new Uri(at ?? $"https://{id}/"), new MembersOptions { Lease = Lease, Renew = TimeSpan.FromDays(30) }, agreed, Time, NullLogger<Membership>.Instance);
        _hosts.Add(host);
        await host.StartAsync(default);
        return host;
    }

    /// <summary>So long that the others are taken for dead, while this host says that it lives.</summary>
    public async Task PassALeaseAsync(Membership living)
    {
        for (var step = 0; step < 4; step++)
        {
            Time.Advance(Lease / 3);
            await living.RenewAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _hosts.Reverse();
        foreach (var host in _hosts)
            await host.DisposeAsync();
    }
}
