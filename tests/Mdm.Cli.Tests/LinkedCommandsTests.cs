using System.Diagnostics;
using Mdm.Cli.Linked;
using Mdm.TestKit;

namespace Mdm.Cli.Tests;

public sealed class LinkedCommandsTests : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "mdm");

    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Have_each_a_name_of_their_own_and_bear_it()
    {
        var commands = LinkedCommands.All.ToList();

        commands.Should().OnlyHaveUniqueItems(linked => linked.Name);
        foreach (var linked in commands)
            MdmCommand.LinkedRoot(linked, Command.Terminal()).Name.Should().Be(linked.Name);
    }

    [Theory]
    [InlineData("/usr/bin/mdcli")]
    [InlineData("mdcli")]
    public void Are_told_by_the_name_of_the_program(string name) => InvokedName.Of(["a", "b"], name).Should().Equal("mdcli", "a", "b");

    [Theory]
    [InlineData("/usr/bin/mdm")]
    [InlineData("dotnet")]
    [InlineData("")]
    public void Are_not_meant_by_another_name(string name) => InvokedName.Of(["a", "b"], name).Should().Equal("a", "b");

    [Fact]
    public async Task Are_called_through_links()
    {
        Directory.CreateSymbolicLink(_home["bin"], Directory.CreateDirectory(_home["deep/er"]).FullName);

        (await RunAsync(Program, "install-links", _home["bin"])).Should().Be(0);
        (await RunAsync(Program, "install-links", _home["bin"])).Should().Be(0, "what is there already is no obstacle");

        var links = Directory.GetFiles(_home["deep/er"]);
        links.Select(Path.GetFileName).Should().BeEquivalentTo(LinkedCommands.All.Select(linked => linked.Name));
        links.Should().OnlyContain(link => !Path.IsPathRooted(new FileInfo(link).LinkTarget!));
        using var process = Start(_home["bin/mdcli"], "--help");
        (await process.StandardOutput.ReadToEndAsync()).Should().StartWith("Usage: mdcli ");
    }

    [Fact]
    public async Task Leave_alone_what_is_not_theirs()
    {
        await File.WriteAllTextAsync(_home["mdcli"], "somebody's");

        var (code, _, error) = await Command.RunAsync("install-links", _home.Path);

        code.Should().Be(ExitCode.Failed);
        error.Should().Contain($"{_home["mdcli"]} is there, and is no link");
        Directory.GetFileSystemEntries(_home.Path).Should().Equal(_home["mdcli"]);
        (await File.ReadAllTextAsync(_home["mdcli"])).Should().Be("somebody's");
    }

    [Fact]
    public async Task Replace_links_of_an_earlier_installation_and_no_others()
    {
        File.CreateSymbolicLink(_home["mdcli"], "/opt/earlier/mdm");
        (await Command.RunAsync("install-links", _home.Path)).Code.Should().Be(ExitCode.Success);
        ProgramLink.Real(_home["mdcli"]).Should().Be(ProgramLink.Real(Program));

        File.Delete(_home["mdcli"]);
        File.CreateSymbolicLink(_home["mdcli"], "/opt/amga/mdcli");
        (await Command.RunAsync("install-links", _home.Path)).Error.Should().Contain("leads to /opt/amga/mdcli");
    }

    [Fact]
    public async Task Say_in_their_own_name_what_went_wrong() => (await Command.RunAsync("mdcli", "ls")).Error.Should().StartWith("mdcli: There is no credential");

    private static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static Process Start(string program, params string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
}
