using System.Collections.Immutable;
using System.Text;
using Mdm.Host.Plugins;
using Mdm.Host.Services;
using Mdm.Host.Tests.Plugins;
using Microsoft.AspNetCore.Http;

namespace Mdm.Host.Tests.Services;

public sealed class WellKnownTests
{
    private static readonly ServiceAnnouncement Hydra = new(
        "hydra",
        [new Uri("https://keys1.example:8443/keystore"), new Uri("https://keys2.example:8443/keystore")],
        ImmutableDictionary<string, string>.Empty.Add("threshold", "2"));

    [Fact]
    public async Task Tells_anybody_where_the_keys_are()
    {
        await using var instances = await InstancesAsync(new AnnouncingKeys(Hydra));

        (await GetAsync(instances)).Should().Be(
            """{"version":1,"keys":{"type":"hydra","endpoints":["https://keys1.example:8443/keystore","https://keys2.example:8443/keystore"],"properties":{"threshold":"2"}}}""");
    }

    [Fact]
    public async Task Says_the_same_in_pairs_for_the_ping()
    {
        await using var instances = await InstancesAsync(new AnnouncingKeys(Hydra));

        (await new AnnouncedServices(instances).InPairsAsync()).Select(pair => $"{pair.Key}={pair.Value}").Should().Equal(
            "mdm.keys.type=hydra",
            "mdm.keys.endpoints=https://keys1.example:8443/keystore https://keys2.example:8443/keystore",
            "mdm.keys.threshold=2");
    }

    [Fact]
    public async Task Names_nothing_where_nothing_is_announced()
    {
        await using var silent = await InstancesAsync(new Keys());
        await using var none = await InstancesAsync(null);

        foreach (var instances in (InstanceSet[])[silent, none])
        {
            (await GetAsync(instances)).Should().Be("""{"version":1}""");
            (await new AnnouncedServices(instances).InPairsAsync()).Count.Should().Be(0);
        }
    }

    private static async Task<string> GetAsync(InstanceSet instances)
    {
        var body = new MemoryStream();
        var http = new DefaultHttpContext { Response = { Body = body } };
        await new WellKnown(new AnnouncedServices(instances)).AnswerAsync(http);
        http.Response.ContentType.Should().Be("application/json");
        return Encoding.UTF8.GetString(body.ToArray());
    }

    private static Task<InstanceSet> InstancesAsync(IKeyStore? keys)
    {
        var offer = new Offer("test", OfferKind.KeyStore, "hydra", typeof(Keys), typeof(object), [], (_, _) => keys!);
        return InstanceSet.CreateAsync(keys is null ? [] : [new PlannedInstance(OfferKind.KeyStore, "Keys", "Keys", offer, new object())], Surroundings.Quiet());
    }

    private sealed class AnnouncingKeys(ServiceAnnouncement announcement) : Keys, IDiscoverable
    {
        public ServiceAnnouncement Announce() => announcement;
    }

    /// <summary>A keystore that keeps nothing.</summary>
    private class Keys : IKeyStore
    {
        public ValueTask<IReadOnlyList<KeyOutcome>> ObtainManyAsync(IReadOnlyList<KeyDraft> drafts, CancellationToken cancellationToken) => throw Nothing();

        public ValueTask<ContentKey> GetAsync(KeyId id, GridIdentity caller, CancellationToken cancellationToken) => throw Nothing();

        public ValueTask SetRightsManyAsync(IReadOnlyList<KeyDraft> rights, CancellationToken cancellationToken) => throw Nothing();

        public ValueTask DestroyManyAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken) => throw Nothing();

        public ValueTask DisposeAsync() => default;

        private static MdmException Nothing() => new(MdmErrorKind.NotFound, "There is no such key.");
    }
}
