using System.Globalization;
using Mdm.Client;
using Xunit.Abstractions;

namespace Mdm.Native.Tests;

/// <summary>The archive of eng/worker-node in a bare Debian: a job finds, fetches, deciphers, computes and puts with a limited proxy.</summary>
[Collection(NativeSite.Name)]
public sealed class A_job_runs_on_a_bare_worker_node(NativeSite site, ITestOutputHelper output)
{
    [SkippableFact]
    public async Task It_ends_with_the_right_result_and_leaves_nothing()
    {
        site.Require();
        await using var node = await WorkerNode.SetUpAsync(site);
        var result = $"{NativeSite.Results}/{Guid.NewGuid():N}.txt";

        var (code, said) = await node.RunAsync($"/mnt/mdm-worker-node/job.sh 'Modality = \"CT\" and like(Path, \"{site.Series}/%\")' {result}");

        code.Should().Be(0, said);
        var (files, bytes, mean) = Expected();
        var line = string.Create(CultureInfo.InvariantCulture, $"files {files} bytes {bytes} mean {mean:F6}\n");
        said.Should().EndWith(line);
        (await PutAsync(result)).Should().Be(line);

        (code, said) = await node.RunAsync("/mnt/mdm-worker-node/bin/lfc-ls --help >/dev/null && echo lfc-ls; ls /mnt/tmp; command -v dotnet || echo bare");
        code.Should().Be(0, said);
        said.Should().Be("lfc-ls\nbare\n");
        output.WriteLine($"the archive has {new FileInfo(await NativeTree.ArchiveAsync()).Length} bytes");
    }

    [SkippableFact]
    public async Task A_command_is_there_at_once()
    {
        site.Require();
        await using var node = await WorkerNode.SetUpAsync(site);
        // The best of ten: what the program takes, whatever else the machine does.
        const string Best = "best=999999; for i in 1 2 3 4 5 6 7 8 9 10; do a=$(date +%s%N); {0} >/dev/null || exit 9; b=$(( ($(date +%s%N) - a) / 1000 )); [ $b -lt $best ] && best=$b; done; echo \"best $best us\"";
        var mdm = "/mnt/mdm-worker-node/bin/mdm";

        var version = await BestAsync(Best.Replace("{0}", $"{mdm} --version", StringComparison.Ordinal));
        var get = await BestAsync(Best.Replace("{0}", $"{mdm} get --force {site.Image} /mnt/tmp/image.dcm", StringComparison.Ordinal));

        output.WriteLine($"mdm --version {version.TotalMilliseconds} ms, mdm get of {NativeSite.InstanceBytes} bytes {get.TotalMilliseconds} ms");
        version.Should().BeLessThan(TimeSpan.FromMilliseconds(100));
        get.Should().BeLessThan(TimeSpan.FromMilliseconds(Here.Soak ? 300 : 3000), "a machine that tests other things meanwhile is slower");

        async Task<TimeSpan> BestAsync(string line)
        {
            var (code, said) = await node.RunAsync(line);
            code.Should().Be(0, said);
            return TimeSpan.FromMicroseconds(long.Parse(said.Split("best ")[1].Split(' ')[0], CultureInfo.InvariantCulture));
        }
    }

    private (int Files, long Bytes, double Mean) Expected()
    {
        var files = Directory.GetFiles(site.SeriesCopies, "*.dcm");
        var (bytes, sum) = (0L, 0L);
        foreach (var content in files.Select(File.ReadAllBytes))
        {
            bytes += content.LongLength;
            foreach (var value in content)
                sum += value;
        }
        return (files.Length, bytes, (double)sum / bytes);
    }

    private async Task<string> PutAsync(string path)
    {
        using var files = site.Open();
        using var content = new MemoryStream();
        await files.CopyToAsync(Surl.Parse(site.Host.Surl(path)), content, keepsSealed: false, default);
        return System.Text.Encoding.ASCII.GetString(content.ToArray());
    }
}
