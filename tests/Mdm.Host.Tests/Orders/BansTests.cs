using Mdm.Host.Configuration;
using Mdm.Host.Orders;
using Mdm.Sql;
using Mdm.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Mdm.Host.Tests.Orders;

public sealed class BansTests : IAsyncLifetime, IDisposable
{
    private static readonly GridIdentity Alice = new(DistinguishedName.Parse("/DC=org/CN=Alice"), [Fqan.Parse("/biomed/lung"), Fqan.Parse("/biomed/lung/Role=physician")]);
    private static readonly GridIdentity Bob = new(DistinguishedName.Parse("/DC=org/CN=Bob"), [Fqan.Parse("/biomedical")]);

    private readonly TemporaryDirectory _folder = new();
    private readonly ManualTime _time = new();
    private OrderLedger? _ledger;
    private Bans? _bans;

    private Bans Subject => _bans!;

    public Task InitializeAsync()
    {
        Open();
        return Task.CompletedTask;
    }

    public Task DisposeAsync() => CloseAsync();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("/DC=org/CN=Alice", true)]
    [InlineData("/DC=org/CN=Bob", false)]
    [InlineData("/biomed", true)]
    [InlineData("/biomed/lung", true)]
    [InlineData("/biomed/lung/Role=physician", true)]
    [InlineData("/biomed/Role=physician", false)]
    [InlineData("/biomed/lung/Role=nurse", false)]
    [InlineData("/biomed/heart", false)]
    public async Task A_ban_means_a_subject_or_an_attribute_with_all_below_it(string whom, bool meansAlice)
    {
        await BanAsync(whom);

        (Subject.Find(Alice) is not null).Should().Be(meansAlice);
        Bans.Means(CallerRule.Parse(whom), Alice).Should().Be(meansAlice);
        (Subject.Find(Bob) is not null).Should().Be(whom == "/DC=org/CN=Bob", "/biomedical is another VO than /biomed");
    }

    [Fact]
    public async Task Cuts_off_what_is_open_and_lets_nothing_new_in()
    {
        var cut = new List<string>();
        using var hers = Subject.TryEnter(Alice, () => cut.Add("alice"));
        using var his = Subject.TryEnter(Bob, () => cut.Add("bob"));
        var placed = 0;
        Subject.Placed += () => placed++;

        await BanAsync("/biomed");

        cut.Should().Equal("alice");
        placed.Should().Be(1);
        Subject.TryEnter(Alice, () => { }).Should().BeNull();
        Subject.TryEnter(Bob, () => { }).Should().NotBeNull();
        Subject.Invoking(bans => bans.Demand(Alice)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.AccessDenied);
    }

    [Fact]
    public async Task A_call_that_has_ended_is_not_cut_off()
    {
        var isCut = false;
        Subject.TryEnter(Alice, () => isCut = true)!.Dispose();

        await BanAsync("/biomed");

        isCut.Should().BeFalse();
    }

    [Fact]
    public async Task Holds_over_a_restart_until_its_time_or_until_it_is_lifted()
    {
        await BanAsync("/DC=org/CN=Alice", TimeSpan.FromHours(1));
        await BanAsync("/DC=org/CN=Bob");
        await CloseAsync();
        Open();

        Subject.All.Select(ban => (ban.Whom.ToString(), ban.Reason, ban.By)).Should().Equal(("/DC=org/CN=Alice", "because", "/CN=Ada"), ("/DC=org/CN=Bob", "because", "/CN=Ada"));
        _time.Advance(TimeSpan.FromHours(1));
        Subject.Find(Alice).Should().BeNull();
        Subject.Find(Bob).Should().NotBeNull();
        await Subject.LiftAsync(CallerRule.Parse("/DC=org/CN=Bob"), CancellationToken.None);
        Subject.Find(Bob).Should().BeNull();
        Subject.All.Should().BeEmpty();
        await Subject.Invoking(bans => bans.LiftAsync(CallerRule.Parse("/DC=org/CN=Bob"), CancellationToken.None)).Should().ThrowAsync<MdmException>().WithMessage("*is not banned*");
    }

    [Fact]
    public async Task Takes_over_what_another_host_ordered_when_it_looks()
    {
        var isCut = false;
        using var hers = Subject.TryEnter(Alice, () => isCut = true);
        await _ledger!.PlaceAsync(new Ban(CallerRule.Parse("/biomed"), "elsewhere", "/CN=Ada", _time.GetUtcNow(), null));
        Subject.Find(Alice).Should().BeNull();

        await Subject.LookAsync();

        Subject.Find(Alice).Should().NotBeNull();
        isCut.Should().BeTrue();
    }

    private Task BanAsync(string whom, TimeSpan? life = null) =>
        Subject.PlaceAsync(new Ban(CallerRule.Parse(whom), "because", "/CN=Ada", _time.GetUtcNow(), _time.GetUtcNow() + life), CancellationToken.None);

    private void Open()
    {
        _ledger = OrderLedger.Open(SqlStoreAddress.Parse(TestStores.At(_folder.Path, "orders"), _folder.Path));
        _bans = new Bans(_ledger, _time, NullLogger<Bans>.Instance);
    }

    private async Task CloseAsync()
    {
        _bans!.Dispose();
        await _ledger!.DisposeAsync();
    }
}
