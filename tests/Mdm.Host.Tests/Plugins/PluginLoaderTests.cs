using Mdm.Abstractions;
using Mdm.Host.Plugins;

namespace Mdm.Host.Tests.Plugins;

public sealed class PluginLoaderTests : IDisposable
{
    private static readonly Version Contract = typeof(IMdmPlugin).Assembly.GetName().Version!;

    private readonly PluginFolder _folder = new();
    private readonly HostAssemblies _host = HostAssemblies.OfThisProcess();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Loads_a_good_plugin_and_tells_its_offers_and_abilities()
    {
        _folder.Copy(PluginFolder.Good);

        var shelf = Load(PluginFolder.Good);

        shelf.Faults.Should().BeEmpty();
        var plugin = shelf.Plugins.Should().ContainSingle().Subject;
        plugin.Version.Should().Be("3.1.4");
        plugin.ContractVersion.Should().Be(Contract);
        var offer = plugin.Offers.Should().ContainSingle().Subject;
        offer.Should().BeEquivalentTo(new { Kind = OfferKind.Archive, Type = "empty" });
        offer.Concrete.Name.Should().Be("EmptyArchive");
        offer.Abilities.Should().Equal("IBrowsableBackend", "IProbeable");
    }

    [Fact]
    public async Task Gives_a_plugin_its_own_release_of_a_library_that_the_process_has_too()
    {
        _folder.Copy(PluginFolder.Good);
        var offer = Load(PluginFolder.Good).Plugins.Single().Offers.Single();
        dynamic options = Activator.CreateInstance(offer.OptionsType)!;
        options.Greeting = "hello";

        var archive = (IProbeable)offer.Create(options, Surroundings.Quiet().ContextOf(new PlannedInstance(offer.Kind, "here", "Archives:here", offer, options)));

        Mdm.TestPlugins.PrivateLibrary.Release.Name.Should().Be("release 1", "this process has that one");
        (await archive.ProbeAsync(default)).Should().Be("hello from here, release 2");
    }

    [Fact]
    public void Ignores_a_copy_of_the_contract_beside_the_plugin()
    {
        var folder = _folder.Copy(PluginFolder.Good);
        File.Copy(typeof(IMdmPlugin).Assembly.Location, Path.Combine(folder, "Mdm.Abstractions.dll"));

        Load(PluginFolder.Good).Faults.Should().BeEmpty();
    }

    [Theory]
    [InlineData("../Mdm.TestPlugins.Good")]
    [InlineData("/etc")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a..b")]
    [InlineData(".hidden")]
    [InlineData("")]
    [InlineData("a\n")]
    public void Refuses_a_name_that_could_lead_elsewhere(string name) => Refusal(name).Code.Should().Be("MDM1001");

    [Fact]
    public void Tells_what_it_found_where_the_folder_is_missing()
    {
        _folder.Copy(PluginFolder.Good);

        var fault = Refusal("Mdm.TestPlugins.Godo");

        fault.Code.Should().Be("MDM1002");
        fault.Reason.Should().Contain($"Found: {PluginFolder.Good}");
    }

    [Fact]
    public void Tells_what_it_found_where_the_assembly_is_missing()
    {
        var folder = _folder.Copy(PluginFolder.Good);
        File.Delete(Path.Combine(folder, PluginFolder.Good + ".dll"));

        var fault = Refusal(PluginFolder.Good);

        fault.Code.Should().Be("MDM1003");
        fault.Reason.Should().Contain("Found: Mdm.TestPlugins.PrivateLibrary.dll");
    }

    [Fact]
    public void Refuses_what_is_no_image()
    {
        _folder.Write("Text", "This is not an assembly."u8.ToArray());
        _folder.Write("Empty", []);
        var whole = File.ReadAllBytes(Path.Combine(PluginFolder.Built, PluginFolder.Good, PluginFolder.Good + ".dll"));
        _folder.Write("Truncated", whole[..(whole.Length / 2)]);

        Load("Text", "Empty", "Truncated").Faults.Select(f => (f.Plugin, f.Code)).Should().Equal(("Text", "MDM1004"), ("Empty", "MDM1004"), ("Truncated", "MDM1004"));
    }

    [Fact]
    public void Refuses_an_assembly_that_does_not_know_the_contract()
    {
        _folder.Forge("Stranger", [("System.Runtime", new Version(10, 0, 0, 0))]);

        Refusal("Stranger").Code.Should().Be("MDM1006");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Refuses_another_major_release_of_the_contract_and_says_both(int away)
    {
        var other = new Version(Contract.Major + away, 0, 0, 0);
        _folder.Forge("Other", [("Mdm.Abstractions", other)]);

        var fault = Refusal("Other");

        fault.Code.Should().Be("MDM1007");
        fault.Reason.Should().Contain(other.ToString()).And.Contain(Contract.ToString());
    }

    [Fact]
    public void Refuses_a_member_of_the_contract_that_this_host_does_not_have()
    {
        _folder.Forge("Newer", [("Mdm.Abstractions", Contract)], contractMember: ("IPluginRegistrar", "AddTimeMachine"));

        var fault = Refusal("Newer");

        fault.Code.Should().Be("MDM1008");
        fault.Reason.Should().Contain("Mdm.Abstractions.IPluginRegistrar.AddTimeMachine");
    }

    [Fact]
    public void Refuses_a_newer_framework()
    {
        _folder.Forge("Newer", [("Mdm.Abstractions", Contract), ("System.Runtime", new Version(99, 0, 0, 0))], ".NETCoreApp,Version=v99.0");

        Load("Newer").Faults.Select(f => f.Code).Should().Equal("MDM1009", "MDM1010");
    }

    [Fact]
    public void Refuses_a_plugin_whose_private_library_is_missing_before_its_code_runs()
    {
        var folder = _folder.Copy(PluginFolder.Good);
        File.Delete(Path.Combine(folder, "Mdm.TestPlugins.PrivateLibrary.dll"));

        var fault = Refusal(PluginFolder.Good);

        fault.Code.Should().Be("MDM1012");
        fault.Reason.Should().Contain("Mdm.TestPlugins.PrivateLibrary.dll");
    }

    [Fact]
    public void Refuses_a_plugin_whose_private_library_is_missing_even_without_a_manifest()
    {
        var folder = _folder.Copy(PluginFolder.Good);
        File.Delete(Path.Combine(folder, "Mdm.TestPlugins.PrivateLibrary.dll"));
        File.Delete(Path.Combine(folder, PluginFolder.Good + ".deps.json"));

        Refusal(PluginFolder.Good).Code.Should().Be("MDM1012");
    }

    [Fact]
    public void Refuses_a_plugin_whose_native_library_is_missing_before_its_code_runs()
    {
        ListInManifest("""{ "runtimeTargets": { "runtimes/linux-x64/native/libgone.so": { "rid": "linux-x64", "assetType": "native" }, "runtimes/win-x64/native/gone.dll": { "rid": "win-x64", "assetType": "native" } } }""");

        var fault = Refusal(PluginFolder.Good);

        fault.Code.Should().Be("MDM1013");
        fault.Reason.Should().Contain("libgone.so").And.Contain("Gone/1.0.0");
    }

    [Fact]
    public void Finds_a_native_library_that_the_build_flattened()
    {
        var folder = ListInManifest("""{ "native": { "runtimes/linux-x64/native/libhere.so": {} } }""");
        File.WriteAllBytes(Path.Combine(folder, "libhere.so"), []);

        Load(PluginFolder.Good).Faults.Should().BeEmpty();
    }

    [Fact]
    public void Refuses_a_manifest_that_cannot_be_read()
    {
        var folder = _folder.Copy(PluginFolder.Good);
        File.WriteAllText(Path.Combine(folder, PluginFolder.Good + ".deps.json"), "{ \"targets\": [");

        Refusal(PluginFolder.Good).Code.Should().Be("MDM1011");
    }

    [Theory]
    [InlineData("NoAttribute", "MDM1015", "MdmPlugin")]
    [InlineData("ThrowsInConstructor", "MDM1017", "InvalidOperationException: no constructor today second line")]
    [InlineData("ThrowsInRegister", "MDM1018", "InvalidOperationException: no registration today")]
    public void Turns_what_a_plugin_does_wrong_into_one_line(string name, string code, string reason)
    {
        _folder.Copy("Mdm.TestPlugins." + name);

        var fault = Refusal("Mdm.TestPlugins." + name);

        fault.Code.Should().Be(code);
        fault.ToString().Should().Contain(reason).And.NotContain("\n");
    }

    [Fact]
    public void Tells_every_offer_that_cannot_stand()
    {
        _folder.Copy("Mdm.TestPlugins.TwoOfOneName");

        var faults = Load("Mdm.TestPlugins.TwoOfOneName").Faults;

        faults.Should().OnlyContain(f => f.Code == "MDM1019").And.HaveCount(3);
        faults[0].Reason.Should().Contain("registered twice");
        faults[1].Reason.Should().Contain("a-z");
        faults[2].Reason.Should().Contain("concrete class");
    }

    [Fact]
    public void Refuses_a_name_that_another_plugin_offers()
    {
        _folder.Copy(PluginFolder.Good);
        var twin = Directory.CreateDirectory(Path.Combine(_folder.Path, "Twin")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_folder.Path, PluginFolder.Good)))
            File.Copy(file, Path.Combine(twin, Path.GetFileName(file).Replace(PluginFolder.Good, "Twin", StringComparison.Ordinal)));
        var manifest = Path.Combine(twin, "Twin.deps.json");
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace(PluginFolder.Good, "Twin", StringComparison.Ordinal));

        var shelf = Load(PluginFolder.Good, "Twin");

        shelf.Plugins.Select(p => p.Name).Should().Equal(PluginFolder.Good);
        shelf.Faults.Should().ContainSingle().Which.Should().BeEquivalentTo(new { Plugin = "Twin", Code = "MDM1019" });
    }

    [Fact]
    public void Lists_good_plugins_with_their_abilities_and_bad_ones_with_their_line()
    {
        _folder.Copy(PluginFolder.Good);
        _folder.Copy("Mdm.TestPlugins.NoAttribute");
        var text = new StringWriter();

        Load(PluginFolder.Good, "Mdm.TestPlugins.NoAttribute").Print(text);

        text.ToString().Should().Contain("Mdm.TestPlugins.Good 3.1.4 (contract 1.0): An archive with nothing in it")
            .And.Contain("Archive 'empty' Mdm.TestPlugins.Good.EmptyArchive [IBrowsableBackend, IProbeable]")
            .And.Contain("MDM1015 plugin 'Mdm.TestPlugins.NoAttribute'");
    }

    private string ListInManifest(string library)
    {
        var folder = _folder.Copy(PluginFolder.Good);
        var path = Path.Combine(folder, PluginFolder.Good + ".deps.json");
        var manifest = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!;
        var target = manifest["runtimeTarget"]!["name"]!.GetValue<string>();
        manifest["targets"]![target]!["Gone/1.0.0"] = System.Text.Json.Nodes.JsonNode.Parse(library);
        File.WriteAllText(path, manifest.ToJsonString());
        return folder;
    }

    private PluginShelf Load(params string[] names) => new PluginLoader(_folder.Path, _host).Load(names);

    private PluginFault Refusal(string name)
    {
        var shelf = Load(name);
        shelf.Plugins.Should().BeEmpty();
        return shelf.Faults.Should().ContainSingle().Subject;
    }
}
