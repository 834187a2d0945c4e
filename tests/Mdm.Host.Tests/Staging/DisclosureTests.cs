using Mdm.Host.Configuration;
using Mdm.Host.Staging;
using Mdm.Host.Tests.Doubles;

namespace Mdm.Host.Tests.Staging;

public sealed class DisclosureTests
{
    [Fact]
    public async Task Refuses_a_publication_that_nobody_configured()
    {
        await using var bench = new StagingBench();
        bench.Publish("/grid/a", 100, "unheard-of");
        await RefusesAsync(bench);
    }

    [Fact]
    public async Task Refuses_originals_that_name_nobody_who_may_see_identity()
    {
        await using var bench = new StagingBench();
        bench.Rules["open"] = new DisclosureRule("open", DisclosureRule.Original, [], Delivery.Clear);
        bench.Publish("/grid/a", 100, "open");
        await RefusesAsync(bench);
    }

    [Fact]
    public async Task Refuses_when_the_de_identifier_is_not_configured()
    {
        await using var bench = new StagingBench();
        bench.Rules["research"] = new DisclosureRule("research", "basic", [], Delivery.Clear);
        bench.Publish("/grid/a", 100, "research");
        await RefusesAsync(bench);
    }

    [Fact]
    public async Task Stages_what_the_de_identifier_wrote()
    {
        await using var bench = new StagingBench();
        bench.Rules["research"] = new DisclosureRule("research", "basic", [], Delivery.Clear);
        bench.Deidentifiers["basic"] = new Inverter(readsAll: true, fails: false);
        var content = bench.Publish("/grid/a", 700_000, "research");

        (await bench.ReadAsync(await bench.StageAsync("/grid/a"))).Should().Equal(content.Select(b => (byte)~b));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task Leaves_nothing_of_a_de_identifier_that_did_not_end_well(bool readsAll, bool fails)
    {
        await using var bench = new StagingBench();
        bench.Rules["research"] = new DisclosureRule("research", "basic", [], Delivery.Clear);
        bench.Deidentifiers["basic"] = new Inverter(readsAll, fails);
        bench.Publish("/grid/a", 700_000, "research");

        await FluentActions.Awaiting(() => bench.StageAsync("/grid/a")).Should().ThrowAsync<MdmException>();

        bench.PoolFiles.Should().BeEmpty();
        bench.PartialFiles.Should().Be(0);
    }

    [Fact]
    public async Task Fetches_again_when_the_rule_changed()
    {
        await using var bench = new StagingBench();
        var content = bench.Publish("/grid/a", 1000);
        await bench.StageAsync("/grid/a");
        bench.Deidentifiers["basic"] = new Inverter(readsAll: true, fails: false);

        bench.Rules[StagingBench.Publication] = new DisclosureRule(StagingBench.Publication, "basic", [], Delivery.Clear);

        bench.Area.TryFind(bench.Catalog.Get("/grid/a")).Should().BeNull();
        (await bench.ReadAsync(await bench.StageAsync("/grid/a"))).Should().Equal(content.Select(b => (byte)~b));
    }

    [Fact]
    public async Task What_was_refused_is_not_fetched_again_until_an_administrator_or_other_rules_say_so()
    {
        await using var bench = new StagingBench();
        bench.Rules["research"] = new DisclosureRule("research", "basic", [], Delivery.Clear);
        bench.Deidentifiers["basic"] = new Inverter(readsAll: true, fails: true);
        bench.Publish("/grid/a", 5000, "research");
        var stage = () => bench.StageAsync("/grid/a");

        await stage.Should().ThrowAsync<MdmException>();
        (await stage.Should().ThrowAsync<MdmException>()).Which.Message.Should().Be("Something in it cannot be de-identified.");
        bench.Archive.Asked.Should().ContainSingle();
        bench.Quarantine.Files.Should().ContainSingle();

        bench.Deidentifiers["basic"] = new Inverter(readsAll: true, fails: false, rules: "2");
        await stage();
        bench.Archive.Asked.Should().HaveCount(2);
        await bench.Quarantine.EndAsync([bench.Quarantine.Files[0].File], default);
        bench.Quarantine.Files.Should().BeEmpty();
    }

    private static async Task RefusesAsync(StagingBench bench)
    {
        (await FluentActions.Awaiting(() => bench.StageAsync("/grid/a")).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Refused);
        bench.Archive.Asked.Should().BeEmpty();
    }

    private sealed class Inverter(bool readsAll, bool fails, string rules = "1") : IDeidentifier
    {
        public string RulesVersion => rules;

        public bool Accepts(string mediaType) => mediaType == "application/dicom";

        public async ValueTask DeidentifyAsync(Stream original, Stream deidentified, CancellationToken cancellationToken)
        {
            var piece = new byte[10_000];
            for (int count; (count = await original.ReadAsync(piece, cancellationToken)) > 0;)
            {
                for (var i = 0; i < count; i++)
                    piece[i] = (byte)~piece[i];
                await deidentified.WriteAsync(piece.AsMemory(0, count), cancellationToken);
                if (!readsAll)
                    return;
            }
            if (fails)
                throw new MdmException(MdmErrorKind.Refused, "Something in it cannot be de-identified.");
        }

        public ValueTask DisposeAsync() => default;
    }
}
