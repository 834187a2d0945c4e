using System.Text;
using Mdm.Host.Configuration;
using Mdm.Host.Members;
using Mdm.Host.Requests;
using Mdm.Sql;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Tests.Members;

/// <summary>Hosts that meet in one store: who may, who lives, and what there is one of.</summary>
public sealed class MembershipTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>, IAsyncLifetime
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    private readonly ManualTime _time = new();
    private readonly List<IAsyncDisposable> _hosts = [];
    private string _address = null!;

    public async Task InitializeAsync() => _address = (await postgres.ServerAsync()).Store();

    public async Task DisposeAsync()
    {
        _hosts.Reverse();
        foreach (var host in _hosts)
            await host.DisposeAsync();
    }

    [SkippableFact]
    public async Task A_lease_on_work_is_one_host_s_until_it_gives_it_back_or_dies()
    {
        var (one, two) = (await StartAsync("one"), await StartAsync("two"));
        var (ones, twos) = (LeasesOf(one), LeasesOf(two));
        var held = (await ones.TryTakeAsync("archive", default))!;

        (await twos.TryTakeAsync("archive", default)).Should().BeNull();
        (await twos.TryTakeAsync("another archive", default)).Should().NotBeNull();
        await held.DisposeAsync();
        var second = (await twos.TryTakeAsync("archive", default))!;
        (await ones.TryTakeAsync("archive", default)).Should().BeNull();

        // The holder says nothing for longer than its lease.
        await PassALeaseAsync(one);
        second.Over.IsCancellationRequested.Should().BeTrue("it works on no longer than others believe");
        var third = (await ones.TryTakeAsync("archive", default))!;
        (await two.RenewAsync()).Should().BeTrue();
        await second.DisposeAsync();
        (await twos.TryTakeAsync("archive", default)).Should().BeNull("who gives back late takes nothing from its successor");
        third.Over.IsCancellationRequested.Should().BeFalse();
    }

    [SkippableFact]
    public async Task A_host_that_was_away_holds_nothing_of_its_earlier_term()
    {
        var one = await StartAsync("one");
        var held = (await LeasesOf(one).TryTakeAsync("archive", default))!;
        var regained = 0;
        one.OnRegained(_ =>
        {
            regained++;
            return Task.CompletedTask;
        });

        _time.Advance(Lease);
        one.Holds.Should().BeFalse();
        (await one.RenewAsync()).Should().BeTrue();

        (one.Holds, regained).Should().Be((true, 1));
        one.MayTakeOver.Should().BeFalse("what silenced it may have silenced the others");
        held.Over.IsCancellationRequested.Should().BeTrue();
        (await one.RenewAsync()).Should().BeFalse();
        await PassALeaseAsync(one);
        one.MayTakeOver.Should().BeTrue();
    }

    [SkippableFact]
    public async Task Tells_who_lives_and_who_takes_work_up()
    {
        var (one, two) = (await StartAsync("one"), await StartAsync("two"));
        (await one.LivingAsync(default)).Should().BeEquivalentTo([new LivingHost("one", true), new LivingHost("two", true)]);

        two.Takes = false;
        await two.RenewAsync();
        (await one.LivingAsync(default)).Should().BeEquivalentTo([new LivingHost("one", true), new LivingHost("two", false)]);

        await PassALeaseAsync(one);
        (await one.LivingAsync(default)).Should().Equal(new LivingHost("one", true));
    }

    [SkippableFact]
    public async Task Refuses_a_copied_id_and_an_address_that_two_have()
    {
        await StartAsync("one", "https://one/");

        (await RefusedAsync("one", "https://two/")).Should().Contain("its state directory was copied");
        (await RefusedAsync("two", "https://one/")).Should().Contain("Transfer:BaseAddress");

        // Nobody has them any more.
        _time.Advance(Lease);
        await StartAsync("two", "https://one/");
        await StartAsync("one", "https://two/");
    }

    [SkippableFact]
    public async Task Refuses_a_host_whose_secrets_are_not_those_of_the_store()
    {
        var (names, tickets) = (Secret("State:Secrets", "names", isForGood: true), Secret("Transfer:SecretFile", "tickets", isForGood: false));
        await StartAsync("one", agreed: [names, tickets]);
        await StartAsync("two", agreed: [names, tickets]);

        (await RefusedAsync("three", agreed: [Secret("State:Secrets", "others", isForGood: true), tickets])).Should().StartWith("State:Secrets is not what the other hosts of this store have");
        (await RefusedAsync("three", agreed: [names, Secret("Transfer:SecretFile", "others", isForGood: false)])).Should().StartWith("Transfer:SecretFile");

        // Alone, a host may have new tickets; what files are called with never changes.
        _time.Advance(Lease);
        (await RefusedAsync("three", agreed: [Secret("State:Secrets", "others", isForGood: true), tickets])).Should().StartWith("State:Secrets");
        await StartAsync("three", agreed: [names, Secret("Transfer:SecretFile", "others", isForGood: false)]);
        (await RefusedAsync("four", agreed: [names, tickets])).Should().StartWith("Transfer:SecretFile", "now those are the store's");
    }

    [SkippableFact]
    public async Task Disposed_twice_as_a_container_does_it_ends_once()
    {
        var one = await StartAsync("one");

        await one.DisposeAsync();
        var again = async () => await one.DisposeAsync();

        await again.Should().NotThrowAsync();
    }

    private static AgreedValue Secret(string name, string secret, bool isForGood) => AgreedValue.Secret(name, Encoding.UTF8.GetBytes(secret), "it would be otherwise", isForGood);

    private static NamedLeases LeasesOf(Membership host) => new(host, NullLogger<NamedLeases>.Instance);

    /// <summary>So long that the others are taken for dead, while this host says that it lives.</summary>
    private async Task PassALeaseAsync(Membership living)
    {
        for (var step = 0; step < 4; step++)
        {
            _time.Advance(Lease / 3);
            await living.RenewAsync();
        }
    }

    private async Task<Membership> StartAsync(string id, string? address = null, params AgreedValue[] agreed)
    {
        // Leases are over when the clock says so that the test moves, and nobody renews by itself.
        StoreClock clock = _ => _time.GetUtcNow().ToUnixTimeMilliseconds();
        var store = new RequestStore(SqlStoreAddress.Parse(_address, "/"), clock, new ThisHost(id));
        _hosts.Add(store);
        var host = new Membership(store.Store, clock, new ThisHost(id), new Uri(address ?? $"https://{id}/"), new MembersOptions { Lease = Lease, Renew = TimeSpan.FromDays(30) }, agreed, _time, NullLogger<Membership>.Instance);
        _hosts.Add(host);
        await host.StartAsync(default);
        return host;
    }

    private async Task<string> RefusedAsync(string id, string? address = null, params AgreedValue[] agreed)
    {
        var start = async () => await StartAsync(id, address, agreed);
        return (await start.Should().ThrowAsync<MdmException>().Where(refusal => refusal.Kind == MdmErrorKind.Refused)).Which.Message;
    }
}
