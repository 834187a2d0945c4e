using Mdm.Host;
using Mdm.Host.Configuration;
using Mdm.Host.Diagnostics;
using Mdm.Host.Plugins;

var command = HostCommandLine.Parse(args);
switch (command.Task)
{
    case HostTask.ShowVersion:
        Console.WriteLine($"mdm-host {HostAssemblies.InformationalVersion(typeof(Program).Assembly)}");
        return ExitCode.Success;
    case HostTask.ShowHelp:
        await (command.Fault is null ? Console.Out : Console.Error).WriteLineAsync(command.Fault is null ? HostCommandLine.Usage : $"{command.Fault}\n{HostCommandLine.Usage}");
        return command.Fault is null ? ExitCode.Success : ExitCode.Usage;
    default:
        return await HostProcess.RunAsync(command, CancellationToken.None);
}
