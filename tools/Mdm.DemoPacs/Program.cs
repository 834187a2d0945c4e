using Mdm.DemoPacs;

DemoPacsOptions options;
try
{
    options = DemoPacsOptions.Parse(args);
}
catch (FormatException exception)
{
    Console.Error.WriteLine(exception.Message);
    Console.Error.WriteLine("Mdm.DemoPacs [--port 0] [--aet DEMOPACS] [--series N --instances N --size BYTES --frames N] [--count N] [--no-phantoms] [--store] [--move-to AET@host:port]... [--fault NAME[=VALUE]]...");
    return 2;
}

await using var server = DemoPacsServer.Start(options);
Console.WriteLine($"READY {server.AeTitle}@127.0.0.1:{server.Port}");
var stop = new TaskCompletionSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.TrySetResult();
};
using var terminated = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    stop.TrySetResult();
});
await stop.Task;
return 0;
