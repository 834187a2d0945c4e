using Mdm.Client;

namespace Mdm.Cli.Tests;

/// <summary>Runs <c>mdm</c> in this process, with an environment of its own.</summary>
internal static class Command
{
    public static readonly GridEnvironment NoEnvironment = new() { TrustDirectory = "/nowhere", Searched = "nothing" };

    /// <summary>Writes to nobody.</summary>
    public static Terminal Terminal() => new(TextWriter.Null, TextWriter.Null, null, () => NoEnvironment);

    public static Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments) => RunAsync(NoEnvironment, arguments);

    public static async Task<(int Code, string Output, string Error)> RunAsync(GridEnvironment environment, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await MdmCommand.RunAsync(arguments, new Terminal(output, error, null, () => environment));
        return (code, output.ToString(), error.ToString());
    }
}
