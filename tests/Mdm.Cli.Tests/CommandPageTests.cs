using System.CommandLine;
using System.Diagnostics;
using System.Text;
using Mdm.Cli.Described;
using Mdm.TestKit;

namespace Mdm.Cli.Tests;

/// <summary>What help, manual and list of commands say is what the parser does.</summary>
public sealed class CommandPageTests
{
    private static readonly IReadOnlyList<System.CommandLine.Command> Commands = [.. AllCommands.Of(Command.Terminal())];

    public static TheoryData<string> Names => [.. Commands.Select(CommandPage.NameOf)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Help_answers_with_the_page(string name)
    {
        var page = PageOf(name);
        string[] words = [.. name.Split(' ').Where(word => word != MdmCommand.Name), "--help"];

        var (code, output, error) = await Command.RunAsync(words);

        code.Should().Be(ExitCode.Success, error);
        output.Should().StartWith($"Usage: {name}").And.Contain("Exit codes: 0 done");
        foreach (var example in page.Notes.Examples)
            output.Should().Contain($"  {example.CommandLine}\n");
        output.Split('\n').Where(line => !page.Notes.Examples.Any(example => line == $"  {example.CommandLine}")).Should().OnlyContain(line => line.Length <= 110 || !line.TrimStart().Contains(' '));
    }

    [Fact]
    public void Every_command_that_does_something_shows_how()
    {
        foreach (var command in Commands.Where(command => command.Action is not null))
        {
            var page = CommandPage.Of(command);
            page.Notes.Examples.Should().NotBeEmpty("mdm man {0} shows one", page.Name);
            page.Notes.Examples.Should().OnlyContain(example => example.CommandLine.Contains(page.Name), "{0}'s examples are about it", page.Name);
        }
    }

    [Fact]
    public void Every_example_is_read_by_its_command()
    {
        foreach (var command in Commands.Where(command => command.Action is not null))
        {
            var (page, root) = (CommandPage.Of(command), Root(command));
            foreach (var example in page.Notes.Examples)
            {
                var words = Words(example.CommandLine[example.CommandLine.IndexOf(page.Name, StringComparison.Ordinal)..]).Skip(1).ToArray();
                root.Parse(words, MdmCommand.Parsing).Errors.Should().BeEmpty("{0}", example.CommandLine);
            }
        }
    }

    [Fact]
    public void See_also_names_what_there_is()
    {
        foreach (var command in Commands)
        {
            foreach (var other in CommandPage.Of(command).Notes.SeeAlso)
                Commands.Should().Contain(one => CommandPage.NameOf(one) == other.Command, "{0} names {1}", CommandPage.NameOf(command), other.Command);
        }
    }

    [SkippableFact]
    public void Man_renders_every_page_without_a_warning()
    {
        // A hundred pages take their time: the poorer locale only where time is no matter.
        foreach (var locale in Here.Soak ? (string[])["C", "C.UTF-8"] : ["C.UTF-8"])
            RenderAll(Here.Tool("man"), locale);
    }

    [Fact]
    public async Task Man_finds_a_page_by_every_name_that_it_has()
    {
        var wanted = (await Command.RunAsync("man", "mdm-key-register")).Output;

        wanted.Should().StartWith(ManPage.Mark).And.Contain("\\fBmdm key register\\fR");
        (await Command.RunAsync("man", "key", "register")).Output.Should().Be(wanted);
        (await Command.RunAsync("man", "mdm", "key", "register")).Output.Should().Be(wanted);
        (await Command.RunAsync("man", "mdcli")).Output.Should().Contain("\\fBmdcli\\fR");
        (await Command.RunAsync("man")).Output.Should().Contain(".TH MDM 1");
        (await Command.RunAsync("man", "nothing")).Code.Should().Be(ExitCode.Usage);
    }

    [Fact]
    public void A_line_that_would_be_a_request_of_roff_is_text()
    {
        var command = new DescribedCommand("x", "Reads. Much.") { new Remark(".TH is 'no' request \\ here"), new Example("x", "y") };

        ManPage.Write(CommandPage.Of(command)).Should().Contain("\n\\&.TH is \\(aqno\\(aq request \\e here\n");
    }

    [Fact]
    public async Task The_document_lists_every_command()
    {
        var table = new StringBuilder("| command | what it does |\n| --- | --- |\n");
        foreach (var page in Commands.Where(command => command.Action is not null).Select(CommandPage.Of))
            table.Append($"| `{page.Name}` | {page.Summary.Replace("|", "\\|", StringComparison.Ordinal)} |\n");

        (await File.ReadAllTextAsync(Path.Combine(Here.Root, "docs", "commands.md"))).Should().Contain(table.ToString());
    }

    private static void RenderAll(string man, string locale)
    {
        using var home = new TemporaryDirectory();

        Parallel.ForEach(Commands, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, command =>
        {
            var page = CommandPage.Of(command);
            var file = home[$"{ManPage.NameOf(page.Name)}.1"];
            File.WriteAllText(file, ManPage.Write(page));
            var start = new ProcessStartInfo(man, ["--warnings", "-l", file]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["LC_ALL"] = locale;
            start.Environment["MANWIDTH"] = "200";
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var shown = process.StandardOutput.ReadToEnd();
            error.Result.Should().BeEmpty("{0}", page.Name);
            shown.Should().Contain($"{ManPage.NameOf(page.Name)} - ");
            foreach (var example in page.Notes.Examples)
                Squeezed(shown).Should().Contain(Squeezed(example.CommandLine), "what is typed stands in the page of {0} as it is typed", page.Name);
        });
    }

    private static CommandPage PageOf(string name) => CommandPage.Of(Commands.Single(command => CommandPage.NameOf(command) == name));

    private static System.CommandLine.Command Root(System.CommandLine.Command command) => command.Parents.OfType<System.CommandLine.Command>().FirstOrDefault() is { } parent ? Root(parent) : command;

    private static string Squeezed(string text) => string.Join(' ', text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    // As a shell has them, up to where another command begins or a file is named.
    private static List<string> Words(string line)
    {
        var (words, word, quote) = (new List<string>(), new StringBuilder(), '\0');
        foreach (var letter in line)
        {
            if (quote != '\0' && letter != quote)
                word.Append(letter);
            else if (letter is '\'' or '"')
                quote = quote == '\0' ? letter : '\0';
            else if (letter is '|' or '<' or '>' or ';' or ')')
                break;
            else if (letter != ' ')
                word.Append(letter);
            else if (word.Length > 0)
                Next();
        }
        if (word.Length > 0)
            Next();
        return words;

        void Next()
        {
            words.Add(word.ToString());
            word.Clear();
        }
    }
}
