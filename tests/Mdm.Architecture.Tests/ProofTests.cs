using System.Reflection;
using System.Reflection.Metadata;

namespace Mdm.Architecture.Tests;

/// <summary>The four proofs of docs/architecture.md: a sealed class, a private constructor, one maker nested inside, nobody else's <c>newobj</c>.</summary>
public sealed class ProofTests : IDisposable
{
    private readonly HostImage _host = new(Repository.HostAssembly);

    public static TheoryData<string, string> Proofs => new()
    {
        { "Mdm.Host.Access.AuthorizedFile", "Authorizer" },
        { "Mdm.Host.Staging.DisclosedContent", "Discloser" },
        { "Mdm.Host.Staging.StagedFile", "StagingArea" },
        { "Mdm.Host.Transfer.TransferTicket", "TicketBook" },
        { "Mdm.Host.Access.AuthorizedPlace", "PlaceAuthorizer" },
        { "Mdm.Host.Uploads.UploadTicket", "UploadTicketBook" },
    };

    public void Dispose() => _host.Dispose();

    [Theory]
    [MemberData(nameof(Proofs))]
    public void Is_made_by_its_nested_maker_alone(string proof, string maker)
    {
        var folder = proof[..proof.LastIndexOf('.')];
        _host.Types.Any(t => _host.NamespaceOf(t) == folder).Should().BeTrue($"{folder} is a folder of the host");
        var type = _host.Types.Should().ContainSingle(t => _host.NameOf(t) == proof).Subject;

        var makers = _host.MakersOf(type).Select(_host.NameOf).Distinct().ToList();

        makers.Should().NotBeEmpty("somebody must make it");
        makers.Should().OnlyContain(m => m == $"{proof}+{maker}" || m.StartsWith($"{proof}+{maker}+", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Proofs))]
    public void Is_sealed_with_private_constructors_only(string proof, string maker)
    {
        var handle = _host.Types.FirstOrDefault(t => _host.NameOf(t) == proof);
        handle.IsNil.Should().BeFalse($"{proof} is there");
        var type = _host.Definition(handle);

        type.Attributes.Should().HaveFlag(TypeAttributes.Sealed);
        var constructors = type.GetMethods().Select(_host.Definition).Where(m => _host.Text(m.Name) == ".ctor").ToList();
        constructors.Should().NotBeEmpty().And.OnlyContain(c => (c.Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Private);
        _host.Types.Should().Contain(t => _host.NameOf(t) == $"{proof}+{maker}");
    }

    [Theory]
    [MemberData(nameof(Proofs))]
    public void Cannot_be_copied_with_a_change(string proof, string maker)
    {
        // A record's copy constructor and "with" would make one from another behind the maker's back.
        maker.Should().NotBeEmpty();
        var handle = _host.Types.FirstOrDefault(t => _host.NameOf(t) == proof);
        handle.IsNil.Should().BeFalse($"{proof} is there");

        _host.Definition(handle).GetMethods().Select(m => _host.Text(_host.Definition(m).Name)).Should().NotContain("<Clone>$");
    }
}
