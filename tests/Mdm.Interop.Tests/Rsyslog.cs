using System.Globalization;

namespace Mdm.Interop.Tests;

/// <summary>Debian's rsyslog as the audit receiver: RFC 5425 with certificates on both ends, on a loopback port, as an ordinary user.</summary>
public sealed class Rsyslog : IAsyncDisposable
{
    private readonly TemporaryDirectory _home = new();
    private ChildProcess? _process;

    private Rsyslog(TestGrid grid)
    {
        Authority = Directory.EnumerateFiles(grid.CertificateDirectory, "*.0").First();
        File.WriteAllText(_home["rsyslog.conf"], $"""
            global(workDirectory="{_home.Path}" maxMessageSize="64k" defaultNetstreamDriver="gtls"
                   defaultNetstreamDriverCAFile="{Authority}" defaultNetstreamDriverCertFile="{grid.HostCertificate}" defaultNetstreamDriverKeyFile="{grid.HostKey}")
            module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="x509/certvalid")
            input(type="imtcp" address="127.0.0.1" port="{Port.ToString(CultureInfo.InvariantCulture)}")
            template(name="whole" type="string" string="%rawmsg%\n")
            *.* action(type="omfile" file="{Log}" template="whole")

            """);
    }

    public int Port { get; } = Here.FreePort();

    /// <summary>What the receiver's certificates are checked against.</summary>
    public string Authority { get; }

    /// <summary>One message a line.</summary>
    public string Log => _home["audit.log"];

    public static async Task<Rsyslog> StartAsync(TestGrid grid)
    {
        Here.Tool("rsyslogd");
        Skip.IfNot(Directory.EnumerateFiles("/usr/lib", "lmnsd_gtls.so", SearchOption.AllDirectories).Any(), "rsyslog-gnutls is not installed");
        var receiver = new Rsyslog(grid);
        await receiver.StartAsync();
        return receiver;
    }

    public async Task StartAsync()
    {
        _process = ChildProcess.Start(Here.Tool("rsyslogd"), ["-n", "-f", _home["rsyslog.conf"], "-i", _home["rsyslog.pid"]]);
        await Here.UntilAsync(() => _process.HasExited ? throw new InvalidOperationException(_process.Output) : Here.AcceptsAsync(Port), TimeSpan.FromSeconds(60), "rsyslog listens");
    }

    public async Task StopAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        _process = null;
    }

    /// <summary>Event, type and outcome of each message, as an independent reader reads them.</summary>
    public async Task<string[]> EventsAsync()
    {
        if (!File.Exists(Log))
            return [];
        var (code, output) = await ChildProcess.RunAsync(Here.Tool("python3"), [Path.Combine(Here.Root, "tests", "Interop", "audit_messages.py"), Log]);
        code.Should().Be(0, output);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public Task HearsAsync(string message) =>
        Here.UntilAsync(async () => (await EventsAsync()).Contains(message), TimeSpan.FromSeconds(150), $"rsyslog has '{message}'");

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _home.Dispose();
    }
}
