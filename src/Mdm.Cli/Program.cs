using System.Text;
using Mdm.Cli;
using Mdm.Cli.Linked;

// Written in blocks, not line by line: listings are long.
var standard = ClosedOutput.OrStandard();
await using var output = new StreamWriter(standard, new UTF8Encoding(false), bufferSize: 32 * 1024);
var terminal = Terminal.OfProcess(output);
return await MdmCommand.RunAsync(InvokedName.Of(args), standard is ClosedOutput ? terminal with { Bytes = () => standard } : terminal);
