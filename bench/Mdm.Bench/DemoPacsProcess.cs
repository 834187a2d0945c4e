using System.Globalization;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>The simulated PACS, for sizes and counts that no real one holds here.</summary>
internal sealed class DemoPacsProcess : IAsyncDisposable
{
    public const string AeTitle = "DEMOPACS";

    private DemoPacsProcess(ChildProcess process, int port) => (Process, Port) = (process, port);

    public ChildProcess Process { get; }

    public int Port { get; }

    public static async Task<DemoPacsProcess> StartAsync(params string[] options)
    {
        var process = ChildProcess.Start("dotnet", [Here.Built("Mdm.DemoPacs", "Mdm.DemoPacs.dll"), "--port", "0", "--no-phantoms", .. options]);
        var ready = await process.LineAsync(line => line.StartsWith("READY ", StringComparison.Ordinal), TimeSpan.FromSeconds(60));
        return new DemoPacsProcess(process, int.Parse(ready[(ready.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));
    }

    public ValueTask DisposeAsync() => Process.DisposeAsync();
}
