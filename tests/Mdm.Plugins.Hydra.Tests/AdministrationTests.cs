using System.Globalization;
using System.Text.Json.Nodes;
using Mdm.Abstractions;
using Mdm.Formats.Keystores;
using Mdm.Plugins.Hydra.Tests.Support;

namespace Mdm.Plugins.Hydra.Tests;

/// <summary><c>mdm key</c> and <c>mdm keystore</c> as processes, over real keystores.</summary>
public sealed class AdministrationTests : IAsyncLifetime
{
    private KeystoreProcesses _keystores = null!;

    public async Task InitializeAsync() => _keystores = await KeystoreProcesses.StartAsync(3);

    public async Task DisposeAsync() => await _keystores.DisposeAsync();

    [Fact]
    public async Task A_user_registers_shares_rotates_and_destroys_a_key()
    {
        var grid = _keystores.Grid;
        var (registered, id) = await Mdm(grid.ResearcherProxy, "key", "register", "/grid/testvo/my file");
        registered.Should().Be(0, "{0}", id);
        var key = KeyName.Parse("/grid/testvo/my file");
        id.Trim().Should().Be(key.IdOf(1).ToString());
        (await Mdm(grid.ResearcherProxy, "key", "register", "/grid/testvo/my file")).Code.Should().Be(1, "there is one already");

        // The physician is not named yet: neither the key nor that it is there.
        using var physician = new Client(grid, grid.PhysicianProxy);
        var group = physician.Group(_keystores.Addresses, 2);
        (await group.GetKeysAsync([key.IdOf(1)], null, default))[0].Failure!.Kind.Should().Be(MdmErrorKind.NotFound);
        (await Mdm(grid.PhysicianProxy, "key", "getacl", "/grid/testvo/my file")).Code.Should().Be(3);
        (await Mdm(grid.PhysicianProxy, "key", "setacl", "-m", $"/{TestGrid.Vo}:g", "/grid/testvo/my file")).Code.Should().Be(3);

        (await Mdm(grid.ResearcherProxy, "key", "setacl", "-m", $"/{TestGrid.Vo}/Role=physician:gl", "/grid/testvo/my file")).Code.Should().Be(0);
        (await group.GetKeyAsync(key.IdOf(1), default)).Dispose();
        var (_, acl) = await Mdm(grid.PhysicianProxy, "key", "getacl", "/grid/testvo/my file");
        acl.Should().Contain("# ID: /grid/testvo/my file").And.Contain("# User: /DC=org/DC=testgrid/CN=Rita Researcher").And.Contain("# Base perms: user pdrwl-gs, group --------, other --------").And.Contain($"/{TestGrid.Vo}/Role=physician:----l-g-");

        var (rotated, second) = await Mdm(grid.ResearcherProxy, "key", "rotate", "--destroy-old", "/grid/testvo/my file");
        (rotated, second.Trim()).Should().Be((0, key.IdOf(2).ToString()));
        (await group.GetKeyAsync(key.IdOf(2), default)).Dispose();
        (await group.GetKeysAsync([key.IdOf(1)], null, default))[0].Key.Should().BeNull("the version before was destroyed");

        (await Mdm(grid.ResearcherProxy, "key", "chmod", "u-d", "/grid/testvo/my file")).Code.Should().Be(0);
        (await Mdm(grid.ResearcherProxy, "key", "unregister", "/grid/testvo/my file")).Code.Should().Be(3, "the owner gave up the right to destroy it");
        (await Mdm(grid.ResearcherProxy, "key", "chmod", "u+d", "/grid/testvo/my file", "no such key")).Code.Should().Be(1, "one of two was refused");
        (await Mdm(grid.ResearcherProxy, "key", "unregister", "/grid/testvo/my file")).Code.Should().Be(0);
        (await group.GetKeysAsync([key.IdOf(2)], null, default))[0].Key.Should().BeNull();
        (await Mdm(grid.StrangerProxy, "key", "register", "somebody else's")).Code.Should().Be(4);
    }

    [Fact]
    public async Task Keystores_are_repaired_refreshed_moved_replaced_and_become_five_while_the_files_open()
    {
        using var host = new Client(_keystores.Grid, _keystores.StorageHost.Credential());
        await using var keys = host.KeyStore(_keystores.Addresses, 2);
        var drafts = Enumerable.Range(0, 30).Select(_ => Drafts.Readable()).ToArray();
        var registered = (await keys.ObtainManyAsync(drafts, default)).Select(o => o.Key!.Bytes.ToArray()).ToArray();
        var three = _keystores.Addresses;

        var (code, said) = await Keystore(three, null, "status");
        (code, said).Should().Be((0, said));
        said.Should().Contain("administrator; 30 keys").And.Contain("2 of 3 give a key; 3 answer");
        (await Keystore(three, null, "repair", "--verify")).Said.Should().StartWith("30 keys: 0 completed");
        (await Keystore(three, null, "refresh")).Said.Should().StartWith("30 keys: 30 with new shares, 2 of 3");
        await OpenAsync(three, 2);

        // One moves to another place: exported, its process ended, imported.
        using var folder = new TemporaryDirectory();
        await File.WriteAllTextAsync(folder["passphrase"], "a passphrase of some length\n");
        (await Keystore(three, null, "export", three[2].ToString(), folder["export"], "--passphrase-file", folder["passphrase"])).Said.Should().StartWith("30 keys");
        (await File.ReadAllBytesAsync(folder["export"])).AsSpan().IndexOf("MDS1"u8).Should().Be(-1);
        await _keystores.Processes[2].Process.KillAsync();
        await _keystores.AddAsync();
        Uri[] moved = [three[0], three[1], _keystores.Addresses[3]];
        (await Keystore(moved, null, "import", moved[2].ToString(), folder["export"], "--passphrase-file", folder["passphrase"])).Said.Should().StartWith("30 keys");
        (await Keystore(moved, null, "import", moved[2].ToString(), folder["export"], "--passphrase-file", folder["passphrase"])).Code.Should().Be(0, "twice is once");
        await OpenAsync([moved[0], moved[2]], 2);
        (await Keystore(moved, null, "repair")).Said.Should().StartWith("30 keys: 0 completed, 0 brought");

        // One is lost for good, and replaced.
        await _keystores.Processes[1].Process.KillAsync();
        await _keystores.AddAsync();
        Uri[] replaced = [moved[0], _keystores.Addresses[4], moved[2]];
        (await Keystore(moved, null, "replace", moved[1].ToString(), replaced[1].ToString())).Said.Should().Contain("30 keys: 30 with new shares, 2 of 3").And.Contain($"{moved[1].Authority}: No connection", "who left and did not answer is told of");
        await OpenAsync([replaced[1], replaced[2]], 2);

        // Three become five.
        await _keystores.AddAsync();
        await _keystores.AddAsync();
        Uri[] five = [.. replaced, .. _keystores.Addresses.Skip(5)];
        var to = five.SelectMany(a => new[] { "--to", a.ToString() }).ToArray();
        (await Keystore(replaced, null, ["refresh", .. to, "--to-threshold", "3"])).Said.Should().StartWith("30 keys: 30 with new shares, 3 of 5");
        await OpenAsync([five[4], five[1], five[3]], 3);
        await using var asFive = host.KeyStore(five, 3);
        (await asFive.ObtainManyAsync(drafts, default)).Select(o => o.Key!.Bytes.ToArray()).Should().BeEquivalentTo(registered, o => o.WithStrictOrdering());

        async Task OpenAsync(IReadOnlyList<Uri> some, int threshold)
        {
            using var researcher = new Client(_keystores.Grid, _keystores.Grid.ResearcherProxy);
            var opened = await researcher.Group(some, threshold).GetKeysAsync([.. drafts.Select(d => d.Id)], null, default);
            opened.Select(o => o.Key?.Bytes.ToArray()).Should().BeEquivalentTo(registered, o => o.WithStrictOrdering());
        }
    }

    [Fact]
    public async Task A_host_that_is_configured_with_keystores_checks_them()
    {
        await using var host = await HostProcess.StartAsync(_keystores.Grid, configuration =>
        {
            configuration.Remove("Catalog");
            configuration.Remove("Staging");
            configuration["Plugins"]!["Load"] = new JsonArray("Mdm.Plugins.Hydra");
            configuration["Keys"] = new JsonObject
            {
                ["Type"] = "hydra",
                ["Options"] = new JsonObject { ["Threshold"] = 2, ["Keystores"] = new JsonArray([.. _keystores.Addresses.Select(a => (JsonNode)a.ToString())]), ["TimeLimit"] = "00:00:30", ["Grace"] = "00:00:01", ["RepairInterval"] = "01:00:00" },
            };
        });
        var (code, said) = await Check();
        (code, said).Should().Be((0, said));
        said.Should().Contain("2 of 3 keystores give a key");
        (await Check("--Keys:Options:Threshold=1")).Said.Should().Contain("must meet in a keystore");
        (await Check("--Keys:Options:TimeLimit=01:00:00")).Code.Should().Be(1);

        async Task<(int Code, string Said)> Check(params string[] more) =>
            await ChildProcess.RunAsync(Environment.ProcessPath!, [Here.Built("Mdm.Host", "mdm-host.dll"), "--check", "--config", Path.Combine(host.Home, "mdm.json"), .. more], null, TimeSpan.FromSeconds(120));
    }

    private Task<(int Code, string Said)> Mdm(string proxy, params string[] arguments) => RunAsync(proxy, _keystores.Addresses, null, arguments);

    private async Task<(int Code, string Said)> Keystore(IReadOnlyList<Uri> keystores, int? threshold, params string[] arguments)
    {
        var (code, said) = await RunAsync(_keystores.AdministratorProxy, keystores, threshold, ["keystore", .. arguments]);
        return (code, code == 0 ? said : $"exit {code}: {said}");
    }

    private async Task<(int Code, string Said)> RunAsync(string proxy, IReadOnlyList<Uri> keystores, int? threshold, string[] arguments)
    {
        var environment = _keystores.Grid.Environment(proxy);
        environment["MDM_KEYSTORES"] = string.Join(',', keystores);
        environment["MDM_KEY_THRESHOLD"] = threshold?.ToString(CultureInfo.InvariantCulture);
        environment["DOTNET_ROOT"] = Path.GetDirectoryName(Environment.ProcessPath);
        return await ChildProcess.RunAsync(Environment.ProcessPath!, [Here.Built("Mdm.Cli", "mdm.dll"), .. arguments], environment, TimeSpan.FromSeconds(120));
    }
}
