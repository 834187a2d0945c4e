using Mdm.Fuzz.Targets;
using Mdm.TestKit;

namespace Mdm.Fuzz.Tests;

/// <summary>Each parser over mutated inputs of a fixed seed: a sample here, a million each in the long run (<c>./test --soak</c>).</summary>
public sealed class FuzzTargetTests : IDisposable
{
    private const ulong Seed = 20260101;
    private const int Sample = 2_000;
    private const int SoakCount = 1_000_000;

    private readonly AllTargets _targets = new();

    public static TheoryData<string> Names => [.. AllTargets.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Refuses_what_it_cannot_take_in_the_documented_way_only(string target)
    {
        // Each of these takes a verification, a key or a connection per input.
        var sample = target is "chain" or "association" or "attribute-certificate" or "certificate" or "pem" ? Sample / 4 : Sample;
        var result = FuzzRun.Run(_targets[target], Seed, 0, Here.Soak ? SoakCount : sample);

        if (target is not ("ticket" or "delegation"))
            result.Accepted.Should().BePositive("a parser that refuses every input was not tested");
        if (target is not "want-digest")
            result.Accepted.Should().BeLessThan(result.Count, "mutations that change nothing test nothing");
    }

    [Fact]
    public void Every_target_is_listed() => _targets.Known.Should().BeEquivalentTo(AllTargets.Names);

    [Fact]
    public void The_same_seed_gives_the_same_inputs()
    {
        var target = _targets["surl"];
        var (first, second) = (new Mutator(target, target.Seeds(new Xorshift(7))), new Mutator(target, target.Seeds(new Xorshift(7))));
        for (ulong i = 0; i < 100; i++)
            first.Make(new Xorshift(i)).Should().Equal(second.Make(new Xorshift(i)));
    }

    public void Dispose() => _targets.Dispose();
}
