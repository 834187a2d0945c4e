using Mdm.Abstractions;
using Mdm.Plugins.Hydra.Tests.Support;

namespace Mdm.Plugins.Hydra.Tests.Splitting;

/// <summary>Keys of files, over three keystore processes.</summary>
public sealed class RegisteringTests : IAsyncLifetime
{
    private KeystoreProcesses _keystores = null!;

    public async Task InitializeAsync() => _keystores = await KeystoreProcesses.StartAsync(3);

    public async Task DisposeAsync() => await _keystores.DisposeAsync();

    [Fact]
    public async Task A_host_gets_the_key_it_registered_and_a_reader_of_the_file_gets_the_same()
    {
        using var host = new Client(_keystores.Grid, _keystores.StorageHost.Credential());
        await using var keys = host.KeyStore(_keystores.Addresses, 2);
        var draft = Drafts.Readable();

        var first = Drafts.Key(await keys.ObtainManyAsync([draft], default));
        Drafts.Key(await keys.ObtainManyAsync([draft], default)).Should().Equal(first);

        using var key = await keys.GetAsync(draft.Id, Drafts.Researcher, default);
        key.Bytes.ToArray().Should().Equal(first);
        (await FluentActions.Awaiting(() => keys.GetAsync(draft.Id, Drafts.Stranger, default).AsTask()).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.NotFound);
        (await FluentActions.Awaiting(() => keys.GetAsync(Drafts.NewId(), Drafts.Researcher, default).AsTask()).Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.NotFound);
    }
}
