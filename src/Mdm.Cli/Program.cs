using System.Text;
using Mdm.Cli;
using Mdm.Cli.Linked;

// Written in blocks, not line by line: listings are long.
await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), bufferSize: 32 * 1024);
return await MdmCommand.RunAsync(InvokedName.Of(args), Terminal.OfProcess(output));
