using Mdm.Abstractions;
using Mdm.Cli.Medical;
using Mdm.TestKit;

namespace Mdm.Cli.Tests.Medical;

public sealed class MedicalConfigurationTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();
    private readonly Dictionary<string, string> _variables = [];

    public MedicalConfigurationTests()
    {
        _variables[MedicalConfiguration.PathVariable] = _home["conf"];
        _variables["LFC_HOME"] = "/grid/home";
    }

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
    [InlineData("A=/grid MDM_LfcPath=$A/b C=d", "/grid/b")]
    [InlineData("A=/grid; MDM_LfcPath=$A/b;C=d", "/grid/b")]
    [InlineData("export A=/grid MDM_LfcPath=$A/b", "/grid/b")]
    [InlineData("declare -x MDM_LfcPath=/grid/a", "/grid/a")]
    [InlineData("readonly MDM_LfcPath=/grid/a; export MDM_LfcPath", "/grid/a")]
    [InlineData("MDM_LfcPath=/a\ntypeset -r MDM_LfcPath=/b", "/b")]
    [InlineData("MDM_LfcPath=${LFC_HOME}/mdm", "/grid/home/mdm")]
    [InlineData("LFC_HOME=/other\nMDM_LfcPath=$LFC_HOME/mdm", "/other/mdm")]
    [InlineData("MDM_LfcPath=${VO:-biomed}", "biomed")]
    [InlineData("VO=\nMDM_LfcPath=/${VO:-biomed}/x", "/biomed/x")]
    [InlineData("VO=esr\nMDM_LfcPath=/${VO:-$(touch HERE)}/x", "/esr/x")]
    [InlineData("MDM_LfcPath=\"${A:-${B:-$LFC_HOME \"b c\"}}\"/x", "/grid/home b c/x")]
    [InlineData("MDM_LfcPath=${A:-'b }'}", "b }")]
    [InlineData("MDM_LfcPath=\"/a\\b\\$\"", "/a\\b$")]
    [InlineData("MDM_LfcPath=/a\\\n/b", "/a/b")]
    [InlineData("MDM_LfcPath='/a\nb'; X=1", "/a\nb")]
    [InlineData("X=$(a; b \")\" 'it' `c`) Y=`d; e`\nMDM_LfcPath=/a", "/a")]
    [InlineData("# don't\nsource \"/etc/functions\" # MDM_LfcPath\nMDM_LfcPath=/a", "/a")]
    [InlineData("MY_MDM_LfcPath=$(x)\nMDM_LfcPath2=`y`\nMDM_LfcPath=/a", "/a")]
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
    [InlineData("MDM_LfcPath=${VO:-$(touch HERE)}")]
    [InlineData("MDM_LfcPath=\"${VO:-`touch HERE`}\"")]
    [InlineData("MDM_LfcPath=${VO:=/a}")]
    [InlineData("MDM_LfcPath=${VO")]
    [InlineData("MDM_LfcPath=~/mdm")]
    [InlineData("MDM_LfcPath=$1")]
    [InlineData("X=`touch HERE` MDM_LfcPath=/grid/$X")]
    [InlineData("LFC_HOME=$(touch HERE) MDM_LfcPath=${LFC_HOME:-/a}")]
    [InlineData("MDM_LfcPath+=/a")]
    [InlineData("MDM_LfcPath=(/a /b)")]
    [InlineData("MDM_LfcPath=/a touch HERE")]
    [InlineData("if true; then MDM_LfcPath=/b; fi")]
    [InlineData("[ -n \"$MDM_LfcPath\" ] || touch HERE")]
    [InlineData("VO=a && MDM_LfcPath=/$VO")]
    [InlineData("unset MDM_DpmPath; MDM_LfcPath=/a")]
    [InlineData("setenv MDM_LfcPath /grid/a")]
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

    [Fact]
    public void The_line_that_is_told_is_the_one_that_is_meant()
    {
        File.WriteAllText(_home["conf"], "A='one\ntwo'\\\n  B=3 # four\n\nexport C=$(d\ne)\nset MDM_DpmPath=/a\n");

        FluentActions.Invoking(Load).Should().Throw<MdmException>().WithMessage("*line 7: MDM_DpmPath*");
    }

    [Fact]
    public void Defaults_within_defaults_have_an_end()
    {
        File.WriteAllText(_home["conf"], $"MDM_LfcPath={string.Concat(Enumerable.Repeat("${A:-", 5000))}{new string('}', 5000)}");

        FluentActions.Invoking(Load).Should().Throw<MdmException>().WithMessage("*line 1*");
    }

    [Fact]
    public async Task The_program_may_have_arguments_of_its_own()
    {
        Script("uid.sh", "[ \"$1\" = -x ] || exit 9\ncase $3 in STUDY_*) echo 1.2;; SERIES_*) echo 1.2.3;; SOP_*) echo 1.2.3.4;; esac\n");
        await File.WriteAllTextAsync(_home["conf"], $"MDM_GetUiDFile=\"/bin/sh {_home["uid.sh"]}  -x\"");

        (await Load().UidsOfAsync("file", CancellationToken.None)).Should().Be(new ImageUids("1.2", "1.2.3", "1.2.3.4"));
    }

    [Fact]
    public async Task A_program_without_a_slash_is_one_of_path_and_none_of_where_somebody_is()
    {
        var here = Path.Combine(Directory.GetCurrentDirectory(), "mdm-test-uid");
        try
        {
            await File.WriteAllTextAsync(here, "#!/bin/sh\ntouch executed\n");
            File.SetUnixFileMode(here, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            await File.WriteAllTextAsync(_home["conf"], "MDM_GetUiDFile=mdm-test-uid");
            _variables["PATH"] = $":.:{_home["none"]}";
            (await FluentActions.Awaiting(() => Load().UidsOfAsync("file", CancellationToken.None)).Should().ThrowAsync<MdmException>()).WithMessage("*in no directory of PATH*");

            Script("mdm-test-uid", "#!/bin/sh\necho 1.2\n");
            _variables["PATH"] = $".:{_home.Path}";
            (await Load().UidsOfAsync("file", CancellationToken.None)).Should().Be(new ImageUids("1.2", "1.2", "1.2"));
        }
        finally
        {
            File.Delete(here);
        }
    }

    [Theory]
    [InlineData("#!/bin/sh\nexec yes\n", "*says more than 4096 characters*")]
    [InlineData("#!/bin/sh\nexit 3\n", "*ended with 3*")]
    [InlineData("#!/bin/sh\necho ../..\n", "*digits and points*")]
    public async Task What_the_program_answers_is_judged(string script, string told)
    {
        Script("uid", script);
        await File.WriteAllTextAsync(_home["conf"], $"MDM_GetUiDFile={_home["uid"]}");

        (await FluentActions.Awaiting(() => Load().UidsOfAsync("file", CancellationToken.None)).Should().ThrowAsync<MdmException>()).WithMessage(told);
    }

    [Fact]
    public void A_file_without_an_end_is_refused()
    {
        _variables[MedicalConfiguration.PathVariable] = "/dev/zero";
        FluentActions.Invoking(Load).Should().Throw<MdmException>().WithMessage("/dev/zero is longer than 65536 bytes*");
    }

    private MedicalConfiguration Load() => MedicalConfiguration.Load(Command.Terminal() with { Variable = name => _variables.GetValueOrDefault(name) });

    private void Script(string name, string text)
    {
        File.WriteAllText(_home[name], text);
        File.SetUnixFileMode(_home[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
