using Mdm.Client;
using Mdm.Srm.Messages;

namespace Mdm.Interop.Tests;

/// <summary>What a physician types, and finding one's way in the published tree.</summary>
internal sealed class Shell(RealSite site)
{
    /// <summary>Runs a command that must succeed, and gives what it printed.</summary>
    public async Task<string> DoAsync(string command, params string[] arguments)
    {
        var (code, output) = await site.RunAsync(command, arguments);
        code.Should().Be(0, "{0} {1} printed {2} and the host {3}", command, string.Join(' ', arguments), output, site.Host.Process.Output);
        return output;
    }

    public async Task<List<string>> ListAsync(string directory) =>
        [.. (await DoAsync("gfal-ls", site.Host.Surl(directory))).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal)];

    /// <summary>All files of a publication; by our own client, which needs one connection for it.</summary>
    public async Task<List<string>> FilesAsync(string publication)
    {
        using var client = Mdm.Open(site.Host, site.Grid.PhysicianProxy);
        var files = new List<string>();
        await foreach (var entry in client.WalkAsync(Surl.Parse(site.Host.Surl(RealSite.Root(publication))), CancellationToken.None))
        {
            if (entry.Type == FileType.File)
                files.Add(entry.Surl.Path.ToString());
        }
        return [.. files.Order(StringComparer.Ordinal)];
    }

    /// <summary>A file of the second study: not the one that another test removes.</summary>
    public async Task<string> AFileAsync(string publication)
    {
        var path = RealSite.Root(publication);
        path += "/" + (await ListAsync(path))[1];
        path += "/" + (await ListAsync(path))[0];
        return path + "/" + (await ListAsync(path))[0];
    }

    public async Task<string> TheLargestSeriesAsync(string publication) =>
        (await FilesAsync(publication)).GroupBy(file => file[..file.LastIndexOf('/')]).MaxBy(series => series.Count())!.Key;
}
