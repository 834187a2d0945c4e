namespace Mdm.EndToEnd.Tests;

/// <summary>A backup taken while the host serves, a machine that is lost, and what comes back.</summary>
public sealed class A_site_is_restored_from_its_backup : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);
    private readonly TestGrid _grid = new();
    private readonly TemporaryDirectory _backups = new();

    public void Dispose()
    {
        _backups.Dispose();
        _grid.Dispose();
    }

    [Fact]
    public async Task The_same_names_give_the_same_bytes_and_what_was_removed_stays_so()
    {
        await using var pacs = Site.Pacs(instances: 3, bytes: 20_000);
        await using var host = await HostProcess.StartAsync(_grid, configuration => Site.Publish(configuration, [("pacs", pacs.AeTitle, pacs.Port)]));
        await host.PublishedAsync("pacs");
        using var user = new GridUser(host);
        var files = await user.SeriesAsync(Site.Root("pacs"));
        var before = await user.GetAsync([files[0]], Limit, pinSeconds: 600);
        var delivered = await user.ReadAsync(before.Files[0].TransferUrl!);
        await user.Srm.RmAsync([files[2]], CancellationToken.None);
        var backup = _backups["whole"];

        var (code, told) = await HostAsync(host, "--backup", backup);
        code.Should().Be(0, told);
        told.Should().Contain("keep it as you keep them");
        File.GetUnixFileMode(backup).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        (await HostAsync(host, "--backup", backup)).Code.Should().Be(1, "a backup never overwrites another");
        (await HostAsync(host, "--restore", backup)).Output.Should().Contain("stop the host and move its state away");

        host.Process.Signal("KILL");
        await host.Process.ExitAsync(Limit);
        Directory.Delete(host.State, recursive: true);
        Directory.Delete(host.Pool, recursive: true);
        (code, told) = await HostAsync(host, "--restore", backup);
        code.Should().Be(0, told);
        await host.RestartAsync();

        await host.PublishedAsync("pacs");
        (await user.SeriesAsync(Site.Root("pacs"))).Should().Equal(files[..2], "what a user removed stays so");
        var open = await user.EndAsync(before.Token!, Limit);
        open.IsGood.Should().BeTrue("a request that was open goes on: {0}", open);
        var after = await user.ReadAsync(open.Files[0].TransferUrl!);
        (after.Adler32, after.Announced).Should().Be((delivered.Adler32, delivered.Announced));
        open.Files[0].TransferUrl.Should().Be(before.Files[0].TransferUrl, "the transfer secret is the same");
        (await HostAsync(host, "--verify-audit")).Code.Should().Be(0, "the trail is whole");
    }

    [Fact]
    public async Task A_restore_says_what_is_lost_with_each_part_that_is_missing()
    {
        await using var host = await HostProcess.StartAsync(_grid, _ => { });
        var backup = _backups["partial"];
        (await HostAsync(host, "--backup", backup)).Code.Should().Be(0);
        host.Process.Signal("KILL");
        await host.Process.ExitAsync(Limit);
        Directory.Delete(host.State, recursive: true);
        foreach (var lost in (string[])["*-publications", "*-keys", "*-transfer-secret", "*-orders.db", "*-requests.db"])
            File.Delete(Directory.EnumerateFiles(backup, lost).Single());

        var (code, told) = await HostAsync(host, "--restore", backup);

        code.Should().Be(1);
        told.Should().Contain("secrets/publications is not in the backup any more. Lost: all files get other ids")
            .And.Contain("secrets/keys is not in the backup any more. Lost: all files get other keys")
            .And.Contain("transfer-secret is not in the backup any more. Lost: transfer URLs")
            .And.Contain("State:OrderLedger is not in the backup any more. Lost: who was banned may come in again")
            .And.Contain("Requests:Store is not in the backup any more. Lost: requests that were open");
        File.Exists(Path.Combine(host.State, "lfc.db")).Should().BeTrue("what is there is put back");
        File.AppendAllText(Directory.EnumerateFiles(backup, "*-lfc.db").Single(), "x");
        Directory.Delete(host.State, recursive: true);
        (await HostAsync(host, "--restore", backup)).Output.Should().Contain("was changed since it was made");
        Directory.Exists(host.State).Should().BeFalse();
    }

    private static Task<(int Code, string Output)> HostAsync(HostProcess host, params string[] arguments) =>
        ChildProcess.RunAsync("dotnet", [Here.Built("Mdm.Host", "mdm-host.dll"), .. arguments, "--config", Path.Combine(host.Home, "mdm.json")], limit: Limit);
}
