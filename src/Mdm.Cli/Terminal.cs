using Mdm.Client;

namespace Mdm.Cli;

/// <summary>Where a command writes, and how it reaches the grid.</summary>
/// <param name="Output">Results.</param>
/// <param name="Error">What went wrong, and progress.</param>
/// <param name="ProgressWidth">Columns of the terminal that progress is drawn on; null where there is none.</param>
/// <param name="Environment">Reads credential, trust and endpoint.</param>
internal sealed record Terminal(TextWriter Output, TextWriter Error, int? ProgressWidth, Func<GridEnvironment> Environment)
{
    // Some terminals do not say.
    public const int DefaultWidth = 80;

    public static Terminal OfProcess(TextWriter output) =>
        new(output, Console.Error, Console.IsErrorRedirected ? null : Console.WindowWidth is > 0 and var width ? width : DefaultWidth, GridEnvironment.Read) { IsOutputTerminal = !Console.IsOutputRedirected };

    /// <summary>What the user called: <c>mdm</c>, or the original name of a command.</summary>
    public string Name { get; init; } = MdmCommand.Name;

    /// <summary>A variable of the environment; null when it is not set.</summary>
    public Func<string, string?> Variable { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Reads a SURL, or a path at the endpoint of the environment.</summary>
    public Surl Surl(string text) => Client.Surl.Parse(text, Environment().Endpoint);

    /// <summary>Lines that a session reads; null for a person at a terminal.</summary>
    public TextReader? Lines { get; init; } = Console.IsInputRedirected ? Console.In : null;

    /// <summary>True when a person sees the output; a script that reads it gets what servers say as it is.</summary>
    public bool IsOutputTerminal { get; init; }

    /// <summary>Where bytes go that are no text.</summary>
    public Func<Stream> Bytes { get; init; } = Console.OpenStandardOutput;

    /// <param name="keystores">Keystores that were named on the command line; null for those of the environment, or of the host.</param>
    public GridFiles Open(string? keystores = null) => GridFiles.Open(keystores is null ? Environment() : Environment() with { Keystores = keystores });

    /// <summary>What a server says, as it is written here: nothing of it steers a terminal, and whoever reads it otherwise gets it as it is.</summary>
    public string Shown(string text) => IsOutputTerminal ? TerminalText.Of(text) : text;

    /// <summary>Says what went wrong, and whose words these are. It may be a server's text: nothing of it steers a terminal.</summary>
    public void Complain(string message) => Error.WriteLine($"{Name}: {TerminalText.Of(message)}");

    /// <summary>A line that is seen at once.</summary>
    public void Say(string line)
    {
        Output.WriteLine(line);
        Output.Flush();
    }
}
