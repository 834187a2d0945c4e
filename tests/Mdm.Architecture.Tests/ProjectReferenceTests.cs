namespace Mdm.Architecture.Tests;

public sealed class ProjectReferenceTests
{
    private static readonly string[] ForPlugins = ["Mdm.Abstractions", "Mdm.Sql", "Mdm.Formats", "Mdm.Dicom"];

    [Fact]
    public void Plugins_use_the_contract_and_private_copies_of_the_shared_libraries_and_nothing_else()
    {
        var plugins = Repository.Projects("plugins");

        plugins.Should().NotBeEmpty();
        foreach (var (plugin, references) in plugins)
            references.Except(ForPlugins).Should().BeEmpty($"{plugin} must not use the host, its libraries or another plugin");
    }

    [Fact]
    public void The_host_and_its_libraries_use_no_plugin()
    {
        var plugins = Repository.Projects("plugins").Keys;

        foreach (var (project, references) in Repository.Projects("src"))
            references.Intersect(plugins).Should().BeEmpty($"{project} finds plugins at run time");
    }

    [Fact]
    public void What_the_DICOM_backends_share_is_theirs_alone()
    {
        Repository.Projects("src")["Mdm.Dicom"].Should().Equal("Mdm.Abstractions");
        foreach (var (project, references) in Repository.Projects("src").Where(project => project.Key != "Mdm.Dicom"))
            references.Should().NotContain("Mdm.Dicom", $"{project} knows archives by the contract only");
    }

    [Fact]
    public void The_contract_uses_the_framework_only() => Repository.Projects("src")["Mdm.Abstractions"].Should().BeEmpty();

    [Fact]
    public void Nothing_uses_the_host_but_tests()
    {
        foreach (var (project, references) in Repository.Projects("src").Concat(Repository.Projects("plugins")))
            references.Should().NotContain("Mdm.Host", $"{project} must not");
    }

    [Fact]
    public void Tests_reference_plugins_only_to_test_that_plugin_or_to_drive_it()
    {
        var plugins = Repository.Projects("plugins").Keys;

        Repository.Projects("tests")["Mdm.Host.Tests"].Intersect(plugins).Should().BeEmpty("the host is tested without any of them");
    }
}
