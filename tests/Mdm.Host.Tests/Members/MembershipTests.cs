using System.Text;
using Mdm.Host.Members;
using Mdm.Host.Requests;
using Mdm.Host.Tests.Doubles;
using Mdm.Sql;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Tests.Members;

/// <summary>Hosts that meet in one store: who may, who lives, and what there is one of.</summary>
public sealed class MembershipTests(SharedPostgres postgres) : IClassFixture<SharedPostgres>, IAsyncLifetime, IAsyncDisposable
{
    private static readonly TimeSpan Lease = MemberBench.Lease;
    private string _address = null!;
    private MemberBench _bench = null!;

    public async Task InitializeAsync()
    {
        _address = (await postgres.ServerAsync()).Store();
        _bench = new MemberBench(_address);
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

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

        _bench.Time.Advance(Lease);
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
        _bench.Time.Advance(Lease);
        await StartAsync("two", "https://one/");
        await StartAsync("one", "https://two/");
    }

    [SkippableFact]
    public async Task Refuses_a_host_whose_secrets_are_not_those_of_the_others_and_names_who_differs()
    {
        var (names, tickets) = (Secret("State:Secrets", "names", isForGood: true), Secret("Transfer:SecretFile", "tickets", isForGood: false));
        await StartAsync("one", agreed: [names, tickets]);
        await StartAsync("two", agreed: [names, tickets]);

        var refusal = await RefusedAsync("three", agreed: [Secret("State:Secrets", "others", isForGood: true), Secret("Transfer:SecretFile", "others", isForGood: false)]);
        refusal.Should().Contain("State:Secrets is another than at https://one/ and https://two/: it would be otherwise.").And.Contain("Transfer:SecretFile is another than at", "all that is wrong is told at once");

        // Alone, a host may have new tickets; what files are called with never changes.
        _bench.Time.Advance(Lease);
        (await RefusedAsync("three", agreed: [Secret("State:Secrets", "others", isForGood: true), tickets])).Should().StartWith("State:Secrets is not what it was when the stores of this site were made");
        await StartAsync("three", agreed: [names, Secret("Transfer:SecretFile", "others", isForGood: false)]);
        (await RefusedAsync("four", agreed: [names, tickets])).Should().StartWith("Transfer:SecretFile is another than at https://three/", "now those are the site's");
    }

    [SkippableFact]
    public async Task Says_in_what_a_host_differs_before_it_is_started()
    {
        await StartAsync("one", agreed: [Secret("names", "a", isForGood: true), Rules("a"), Store("postgres:Host=db;Database=mdm;Schema=keys", "one")]);
        await StartAsync("two", agreed: [Secret("names", "a", isForGood: true), Rules("b"), Store("postgres:Host=127.0.0.1;Database=mdm;Schema=keys", "two")]);

        Different("three", [Secret("names", "a", isForGood: true), Rules("b"), Store("postgres:Host=db;Database=mdm;Schema=keys", "three")]).Should().BeEquivalentTo(
            new Differences([], ["Publications is another than at https://one/, and the same as at https://two/: one undoes the other. That is so while a site is changed host by host; otherwise give all of them the same."]));
        Different("three", [AgreedValue.Secret("names", null, "it would be otherwise", isForGood: true), Rules("b"), Store("sqlite:keys.db", "three")]).Refusals.Should().SatisfyRespectively(
            missing => missing.Should().StartWith("names is missing here, and is there at https://one/ and https://two/"),
            file => file.Should().StartWith("State:KeyLedger is another than at https://one/ and https://two/: each host would know a part only"));
        Different("three", [Store("postgres:Host=db;Database=mdm;Schema=other", "three")]).Refusals.Should().ContainSingle();
        // It looks; nobody hears of it.
        Different("one", [Secret("names", "a", isForGood: true), Rules("b"), Store("postgres:Host=db;Database=mdm;Schema=keys", "one")]).Refusals.Should().BeEmpty("a host does not differ from itself");
        (await StartAsync("three", agreed: [Secret("names", "a", isForGood: true)])).Holds.Should().BeTrue();
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

    private static AgreedValue Rules(string value) => AgreedValue.Rules("Publications", [new("Publications:p:Root", value)], "one undoes the other");

    private static AgreedValue Store(string store, string host) => AgreedValue.Store("State:KeyLedger", SqlStoreAddress.Parse(store, "/"), new ThisHost(host));

    private Differences Different(string id, AgreedValue[] agreed) =>
        SqlStore.Look(SqlStoreAddress.Parse(_address, "/"), RequestStore.Schema, new SqlStoreOptions("tests"),
            session => Differences.Find(session, _bench.Time.GetUtcNow().ToUnixTimeMilliseconds(), new MemberRow(id, $"https://{id}/", Takes: true), agreed))!;

    private static NamedLeases LeasesOf(Membership host) => new(host, NullLogger<NamedLeases>.Instance);

    private Task PassALeaseAsync(Membership living) => _bench.PassALeaseAsync(living);

    private Task<Membership> StartAsync(string id, string? address = null, params AgreedValue[] agreed) => _bench.StartAsync(id, address, agreed);

    private async Task<string> RefusedAsync(string id, string? address = null, params AgreedValue[] agreed)
    {
        var start = async () => await StartAsync(id, address, agreed);
        return (await start.Should().ThrowAsync<MdmException>().Where(refusal => refusal.Kind == MdmErrorKind.Refused)).Which.Message;
    }
}
