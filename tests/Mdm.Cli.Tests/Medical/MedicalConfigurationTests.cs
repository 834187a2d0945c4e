using Mdm.Abstractions;
using Mdm.Cli.Medical;
using Mdm.TestKit;

namespace Mdm.Cli.Tests.Medical;

public sealed class MedicalConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();
    private readonly Dictionary<string, string> _variables = [];

    public MedicalConfigurationTests() => _variables[MedicalConfiguration.PathVariable] = _home["conf"];

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("MDM_LfcPath=/grid/biomed/mdm", "/grid/biomed/mdm")]
    [InlineData("  export MDM_LfcPath=/grid/biomed/mdm ; other", "/grid/biomed/mdm")]
    [InlineData("MDM_LfcPath=\"/grid/bio med\" # a comment", "/grid/bio med")]
    [InlineData("MDM_LfcPath='/grid/$HOME'", "/grid/$HOME")]
    [InlineData("MDM_LfcPath=/grid/a\\ b", "/grid/a b")]
    [InlineData("VO=biomed\nMDM_LfcPath=/grid/$VO/mdm", "/grid/biomed/mdm")]
    [InlineData("VO=biomed\nMDM_LfcPath=\"/grid/${VO}\"/mdm", "/grid/biomed/mdm")]
    [InlineData("MDM_LfcPath=/a\nMDM_LfcPath=/b", "/b")]
    [InlineData("OTHER=$(rm -rf /)\n# MDM_LfcPath=/a\nif true; then\nMDM_LfcPath=/b\nfi", "/b")]
    public void Reads_assignments_as_a_shell_does(string text, string value)
    {
        File.WriteAllText(_home["conf"], text);

        Load().LfcPath.Should().Be(value);
    }

    [Theory]
    [InlineData("MDM_LfcPath=$(touch HERE)")]
    [InlineData("MDM_LfcPath=`touch HERE`")]
    [InlineData("MDM_LfcPath=$UNKNOWN/x")]
    [InlineData("MDM_LfcPath=\"/unfinished")]
    [InlineData("MDM_GetUiDFile=/bin/x|/bin/y")]
    public void Refuses_what_would_take_a_shell_and_runs_nothing(string text)
    {
        File.WriteAllText(_home["conf"], text.Replace("HERE", _home["executed"], StringComparison.Ordinal));

        FluentActions.Invoking(Load).Should().Throw<MdmException>().WithMessage("*line 1*not executed*");
        File.Exists(_home["executed"]).Should().BeFalse();
    }

    [Fact]
    public void A_variable_of_the_environment_comes_before_the_file()
    {
        File.WriteAllText(_home["conf"], "MDM_LfcPath=/grid/a\nMDM_DpmPath=/dpm/a");
        _variables["MDM_LfcPath"] = "/grid/b";

        Load().LfcPath.Should().Be("/grid/b");
        Load().DpmPath.Should().Be("/dpm/a");
    }

    [Fact]
    public void A_file_that_is_named_and_missing_is_an_error() => FluentActions.Invoking(Load).Should().Throw<MdmException>().WithMessage($"*{_home["conf"]}*");

    [Fact]
    public async Task Uids_come_from_the_program_that_it_names_without_a_shell()
    {
        Script("uid", "#!/bin/sh\n[ \"$#\" = 2 ] || exit 9\ncase $2 in STUDY_*) echo 1.2;; SERIES_*) echo 1.2.3;; SOP_*) echo 1.2.3.4;; esac\n");
        await File.WriteAllTextAsync(_home["conf"], $"MDM_GetUiDFile={_home["uid"]}");

        (await Load().UidsOfAsync(_home["a file; touch x"], CancellationToken.None)).Should().Be(new ImageUids("1.2", "1.2.3", "1.2.3.4"));
    }

    [Theory]
    [InlineData("#!/bin/sh\nexit 3\n", "*ended with 3*")]
    [InlineData("#!/bin/sh\necho ../..\n", "*digits and points*")]
    public async Task What_the_program_answers_is_judged(string script, string told)
    {
        Script("uid", script);
        await File.WriteAllTextAsync(_home["conf"], $"MDM_GetUiDFile={_home["uid"]}");

        (await FluentActions.Awaiting(() => Load().UidsOfAsync("file", CancellationToken.None)).Should().ThrowAsync<MdmException>()).WithMessage(told);
    }

    private MedicalConfiguration Load() => MedicalConfiguration.Load(Command.Terminal() with { Variable = name => _variables.GetValueOrDefault(name) });

    private void Script(string name, string text)
    {
        File.WriteAllText(_home[name], text);
        File.SetUnixFileMode(_home[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
