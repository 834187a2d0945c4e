using Mdm.Client;

namespace Mdm.Cli.Tests;

public sealed class ProgressTests
{
    [Theory]
    [InlineData(null, false)]
    [InlineData(80, true)]
    public void Is_drawn_on_a_terminal_and_nowhere_else(int? width, bool isDrawn)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new Terminal(output, error, width, () => Command.NoEnvironment);

        using (var fetch = new FetchDisplay(terminal))
        {
            fetch.Report(new FilesFound(1, 100));
            fetch.Report(new BytesReceived(Surl.Parse("srm://h:1/a"), 50));
        }
        using (var put = new PutDisplay(terminal, typeof(ProgressTests).Assembly.Location))
            put.Report(50);

        output.ToString().Should().BeEmpty("results are for scripts");
        error.ToString().Contains('\u001b').Should().Be(isDrawn);
        if (isDrawn)
            error.ToString().Should().EndWith("\r\u001b[2K", "what was drawn is taken away");
        else
            error.ToString().Should().BeEmpty();
    }
}
