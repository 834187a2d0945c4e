using System.Diagnostics;
using Mdm.Cli.Completion;
using Mdm.Cli.Linked;
using Mdm.TestKit;

namespace Mdm.Cli.Tests;

public sealed class CompletionTests : IDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "mdm");

    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Theory]
    [InlineData("mdm key re", "register")]
    [InlineData("/usr/local/bin/mdm key re", "register")]
    [InlineData("mdm admin usage --by ", "archive,day,user,vo")]
    [InlineData("mdm ls --", "--directory,--help,--json,--long,--recursive")]
    [InlineData("mdm get /grid/x --par", "--parallel")]
    [InlineData("mdm mdc", "mdcli,mdclient")]
    [InlineData("mdm mdcli --h", "--help")]
    [InlineData("/usr/bin/mdcli --", "--help,--version")]
    [InlineData("mdm ls ", "")]
    [InlineData("mdm", "")]
    [InlineData("", "")]
    public void Suggests_what_the_parser_reads(string line, string expected) =>
        string.Join(',', LineCompletion.Of(line, Command.Terminal()).Select(suggestion => suggestion.Text)).Should().Be(expected);

    [Fact]
    public async Task Suggests_commands_with_what_they_do_and_not_the_hidden_one()
    {
        var (_, output, _) = await Command.RunAsync("complete", "mdm com");

        output.Should().Be("completion\tWrites what makes a shell complete commands and options, those of the original names too.\n");
    }

    [SkippableTheory]
    [InlineData("bash")]
    [InlineData("zsh")]
    public async Task Completes_in_a_shell(string shell)
    {
        await RunAsync(Program, "install-links", _home.Path);
        File.CreateSymbolicLink(_home["mdm"], Program);
        await File.WriteAllTextAsync(_home["script"], shell == "zsh" ? Zsh : Bash);

        var (code, output) = await RunAsync(Here.Tool(shell), shell == "zsh" ? "-f" : "--norc", _home["script"], _home.Path);

        code.Should().Be(0, output);
        output.Should().Be("register\n--help\n--version\n");
    }

    [Fact]
    public void Is_for_every_original_name()
    {
        foreach (var linked in LinkedCommands.All)
        {
            ShellScripts.Bash.Should().Contain($" {linked.Name}");
            ShellScripts.Zsh.Should().Contain($" {linked.Name}");
        }
    }

    // What bash does when Tab is pressed; the second line is under an original name.
    private const string Bash = """
        PATH=$1:$PATH
        source <(mdm completion bash)
        for line in "mdm key re" "mdcli --"; do
            COMP_LINE=$line COMP_POINT=${#line} COMP_WORDS=($line) COMP_CWORD=1
            function=$(complete -p "${line%% *}" | sed 's/.*-F \([^ ]*\).*/\1/')
            "$function" "${line%% *}"
            printf '%s\n' "${COMPREPLY[@]}"
        done
        """;

    // The completion system of zsh wants a terminal; what it gives to our function, and what it gets, is here.
    private const string Zsh = """
        path=($1 $path)
        compdef() { for name in ${@[2,-1]}; do function_of[$name]=$1; done }
        _describe() { print -l -- ${${(P)4}%%:*} }
        _files() { print files }
        typeset -A function_of
        source <(mdm completion zsh)
        words=(mdm key re) CURRENT=3; $function_of[mdm]
        words=(mdcli --) CURRENT=2; $function_of[mdcli]
        """;

    private static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }
}
