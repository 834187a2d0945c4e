using System.Diagnostics;
using System.Globalization;
using Mdm.TestKit;

namespace Mdm.Bench;

/// <summary>The programs of others that are measured beside ours, in their default configuration.</summary>
internal static class Peers
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>DCMTK's own C-GET client, its files written.</summary>
    public static async Task<TimeSpan> GetscuAsync(PacsProcess pacs, int series, int instances)
    {
        using var target = new TemporaryDirectory();
        var started = Stopwatch.GetTimestamp();
        var (code, output) = await ChildProcess.RunAsync(Here.Tool("getscu"),
        [
            "-aet", "MDM", "-aec", pacs.AeTitle, "-S", "-od", target.Path, "-k", "QueryRetrieveLevel=SERIES", "-k", "StudyInstanceUID=" + SeriesFiles.StudyUid,
            "-k", "SeriesInstanceUID=" + SeriesFiles.SeriesUid(series), "127.0.0.1", pacs.Port.ToString(CultureInfo.InvariantCulture),
        ], limit: Limit);
        var took = Stopwatch.GetElapsedTime(started);
        var got = Directory.GetFiles(target.Path).Length;
        return code == 0 && got == instances ? took : throw new InvalidOperationException($"getscu ended with {code} and {got} of {instances} files: {output}");
    }

    /// <summary>curl into /dev/null, with a proxy, at one cipher; also the cipher that it agreed on.</summary>
    public static async Task<(TimeSpan Took, string Cipher)> CurlAsync(TestGrid grid, string address, string cipher)
    {
        var started = Stopwatch.GetTimestamp();
        var (code, output) = await ChildProcess.RunAsync(Here.Tool("curl"),
        [
            "-sSfv", "--tlsv1.3", "--tls13-ciphers", cipher, "--capath", grid.CertificateDirectory, "--cert", grid.PhysicianProxy, "--key", grid.PhysicianProxy,
            "-o", "/dev/null", "-w", "took %{time_total} s\\n", address,
        ], limit: Limit);
        var whole = Stopwatch.GetElapsedTime(started);
        if (code != 0)
            throw new InvalidOperationException($"curl ended with {code}: {output}");
        var lines = output.Split('\n');
        var agreed = lines.FirstOrDefault(line => line.Contains("SSL connection using", StringComparison.Ordinal))?.Split("using ")[1].Trim() ?? "?";
        var told = lines.First(line => line.StartsWith("took ", StringComparison.Ordinal)).Split(' ')[1];
        return (double.TryParse(told, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : whole, agreed);
    }

    /// <summary>nginx serving one folder over TLS with the host's certificate, as a site would configure it: sendfile on, defaults otherwise.</summary>
    public static async Task<(ChildProcess Process, int Port)> NginxAsync(TestGrid grid, string folder, TemporaryDirectory home, string further = "")
    {
        var port = Here.FreePort();
        var configuration = home["nginx.conf"];
        await File.WriteAllTextAsync(configuration,
            $$"""
            daemon off;
            user root;
            worker_processes auto;
            pid {{home["nginx.pid"]}};
            error_log {{home["error.log"]}};
            events { worker_connections 1024; }
            http {
              access_log off;
              sendfile on;
              client_body_temp_path {{home["body"]}};
              proxy_temp_path {{home["proxy"]}};
              fastcgi_temp_path {{home["fastcgi"]}};
              uwsgi_temp_path {{home["uwsgi"]}};
              scgi_temp_path {{home["scgi"]}};
              server {
                listen 127.0.0.1:{{port}} ssl;
                server_name localhost;
                ssl_certificate {{grid.HostCertificate}};
                ssl_certificate_key {{grid.HostKey}};
                ssl_protocols TLSv1.2 TLSv1.3;
                root {{folder}};
                {{further}}
              }
            }

            """);
        var process = ChildProcess.Start(Here.Tool("nginx"), ["-c", configuration, "-e", home["error.log"]]);
        await Here.UntilAsync(() => Here.AcceptsAsync(port), TimeSpan.FromSeconds(20), "nginx listens");
        return (process, port);
    }
}
