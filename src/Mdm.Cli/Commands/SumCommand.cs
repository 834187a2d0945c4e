using System.CommandLine;
using Mdm.Cli.Described;
using Mdm.Client;

namespace Mdm.Cli.Commands;

/// <summary><c>mdm sum FILE...</c>.</summary>
internal static class SumCommand
{
    public static DescribedCommand Create(Terminal terminal)
    {
        var files = new Argument<string[]>("FILE") { Description = "Files on this machine.", Arity = ArgumentArity.OneOrMore };
        var command = new DescribedCommand("sum", "The adler32 of files here, to compare with what ls -l and stat say.")
        {
            files,
            new Example("mdm sum image.dcm", "Eight hexadecimal digits and the name, as mdm ls -l has them."),
            new SeeAlso("mdm ls"),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            foreach (var file in parsed.GetRequiredValue(files))
                terminal.Output.WriteLine($"{await GridFiles.Adler32OfAsync(file, cancellationToken)}  {file}");
            return ExitCode.Success;
        });
        return command;
    }
}
