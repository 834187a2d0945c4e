using Mdm.Srm.Messages;

namespace Mdm.EndToEnd.Tests;

/// <summary>A series is asked for at once: its first file is at the client before its last has left the archive.</summary>
public sealed class The_first_file_is_ready_early : IDisposable
{
    private const string Archive = "radiology";
    private const int Instances = 60;

    private readonly TestGrid _grid = new();

    public void Dispose() => _grid.Dispose();

    [Fact]
    public async Task And_is_read_while_the_archive_is_still_sending()
    {
        await using var pacs = Site.Pacs(Instances, 64 * 1024);
        await using var host = await HostProcess.StartAsync(_grid, configuration => Site.Publish(configuration, [(Archive, pacs.AeTitle, pacs.Port)]));
        await host.PublishedAsync(Archive);
        using var user = new GridUser(host);
        var files = await user.SeriesAsync(Site.Root(Archive));
        pacs.Faults.Slow = TimeSpan.FromMilliseconds(250);

        var asked = await user.AskAsync(files);
        var first = asked.FileStatuses?.FirstOrDefault(file => file.Status.StatusCode == StatusCode.FilePinned);
        while (first is null)
        {
            await Task.Delay(20);
            var status = await user.Srm.StatusOfGetAsync(asked.RequestToken!, CancellationToken.None);
            first = status.FileStatuses?.FirstOrDefault(file => file.Status.StatusCode == StatusCode.FilePinned);
        }
        var bytes = await user.ReadAsync(first.TransferUrl!);

        bytes.Bytes.Should().HaveCountGreaterThan(64 * 1024);
        bytes.Digest.Should().Be("adler32=" + bytes.Adler32);
        pacs.ObjectsSent.Should().BeInRange(1, Instances - 1);
    }
}
