using System.Globalization;
using Mdm.Gsi.Issuing;

namespace Mdm.Native.Tests;

/// <summary>A bare Debian with the archive unpacked in it, in a network of its own that has a way to the test host's ports and to nothing else.</summary>
internal sealed class WorkerNode : IAsyncDisposable
{
    // Nobody, so that what works here needs no rights on the node.
    private const string User = "65534:65534";

    // Its own network, mounts and processes; the ways out are sockets of the file system, one for each port of the host's.
    private const string Enter = """
        set -eu
        ip link set lo up
        for port in $PORTS; do
          socat "TCP-LISTEN:$port,bind=127.0.0.1,fork,reuseaddr" "UNIX-CONNECT:$WAYS/$port" &
        done
        for port in $PORTS; do
          until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do sleep 0.05; done
        done
        mount --bind "$NODE" "$ROOT/mnt"
        mount -t proc proc "$ROOT/proc"
        status=0
        chroot --userspec="$WHO" "$ROOT" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/mnt TMPDIR=/mnt/tmp MDM_ENDPOINT="$ENDPOINT" \
          X509_CERT_DIR=/mnt/certificates X509_USER_PROXY=/mnt/proxy /bin/sh -c "$DO" || status=$?
        exit $status
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    private readonly TemporaryDirectory _folder = new();
    private readonly List<ChildProcess> _ways = [];
    private readonly string _root;
    private readonly NativeSite _site;

    private WorkerNode(string root, NativeSite site) => (_root, _site) = (root, site);

    /// <summary>Skips the test where there is none.</summary>
    public static async Task<WorkerNode> SetUpAsync(NativeSite site)
    {
        var (socat, unshare, root) = (Here.Tool("socat"), Here.Tool("unshare"), await BareDebian.AtAsync());
        var (possible, why) = await ChildProcess.RunAsync(unshare, ["--net", "--mount", "--pid", "--fork", "true"]);
        Skip.IfNot(possible == 0, $"no namespaces can be made here: {why}");
        var node = new WorkerNode(root, site);
        try
        {
            await node.UnpackAsync();
            foreach (var port in node.Ports)
            {
                var way = node._folder["ways", port];
                node._ways.Add(ChildProcess.Start(socat, [$"UNIX-LISTEN:{way},fork", $"TCP:127.0.0.1:{port}"]));
                await Here.UntilAsync(() => Task.FromResult(File.Exists(way)), TimeSpan.FromSeconds(60), "the way to the host is open");
            }
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a line of shell on the node.</summary>
    public Task<(int ExitCode, string Output)> RunAsync(string line) => ChildProcess.RunAsync(
        Here.Tool("unshare"), ["--net", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", Enter],
        new Dictionary<string, string?>
        {
            ["PATH"] = "/usr/bin:/bin:/usr/sbin:/sbin", ["PORTS"] = string.Join(' ', Ports), ["WAYS"] = _folder["ways"], ["NODE"] = _folder["node"], ["ROOT"] = _root, ["WHO"] = User,
            ["ENDPOINT"] = _site.Host.Surl("").TrimEnd('/'), ["DO"] = line,
        },
        Limit);

    public async ValueTask DisposeAsync()
    {
        foreach (var way in _ways)
            await way.DisposeAsync();
        _folder.Dispose();
    }

    private IEnumerable<string> Ports =>
        ((int[])[_site.Host.Port, _site.MetadataPort, .. _site.Keystores.Processes.Select(keystore => keystore.Port)]).Select(port => port.ToString(CultureInfo.InvariantCulture));

    private async Task UnpackAsync()
    {
        var grid = _site.Grid;
        foreach (var folder in (string[])["ways", "node", "node/tmp", "node/certificates"])
            Directory.CreateDirectory(_folder[folder]);
        await DoAsync("tar", "-xzf", await NativeTree.ArchiveAsync(), "-C", _folder["node"]);
        await DoAsync("cp", "-r", grid.CertificateDirectory + "/.", _folder["node", "certificates"]);
        // All that a job has.
        var proxy = ProxyIssuer.Issue(grid.Physician, new ProxyParameters { AttributeCertificates = [grid.Attributes(grid.Physician.Certificate, [$"/{TestGrid.Vo}/Role=physician", $"/{TestGrid.Vo}"])] });
        File.Copy(grid.Write(ProxyIssuer.Issue(proxy, new ProxyParameters { IsLimited = true })), _folder["node", "proxy"]);
        await DoAsync("chown", "-R", User, _folder["node"]);
    }

    private static async Task DoAsync(string program, params string[] arguments)
    {
        var (code, said) = await ChildProcess.RunAsync(program, arguments, limit: Limit);
        code.Should().Be(0, said);
    }
}
