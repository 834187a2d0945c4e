using System.Security.Cryptography;

namespace Mdm.Interop.Tests;

/// <summary>gfal2 and ARC as Debian ships them put files, and get them back.</summary>
[Collection(DiskSite.Name)]
public sealed class Files_are_put(DiskSite site) : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    [SkippableFact]
    public async Task Gfal_copies_a_file_there_and_back_with_its_checksum()
    {
        site.Require();
        var (source, surl) = (File("there.bin", 300_000), Surl("there.bin"));
        await site.DoAsync("gfal-copy", "-K", "ADLER32", "file://" + source, surl);
        (await site.DoAsync("gfal-sum", surl, "ADLER32")).Trim().Should().EndWith(Checksums.Adler32(source));
        (await site.DoAsync("gfal-stat", surl)).Should().Contain("Size: 300000\t").And.Contain("(0660/-rw-rw----)");
        (await site.DoAsync("gfal-xattr", surl, "user.status")).Trim().Should().Be("ONLINE");
        await site.DoAsync("gfal-copy", "-K", "ADLER32", surl, "file://" + _folder["back.bin"]);
        Same(_folder["back.bin"], source);

        // Once more: it exists. With force: it is replaced.
        var (code, output) = await site.RunAsync("gfal-copy", "file://" + source, surl);
        code.Should().Be(17, output);
        var other = File("other.bin", 1000);
        await site.DoAsync("gfal-copy", "-f", "file://" + other, surl);
        (await site.DoAsync("gfal-stat", surl)).Should().Contain("Size: 1000\t");
        await site.DoAsync("gfal-rm", surl);
        (await site.RunAsync("gfal-stat", surl)).ExitCode.Should().Be(2);
    }

    [SkippableFact]
    public async Task Gfal_copies_a_tree_makes_parents_and_removes_it_again()
    {
        site.Require();
        Directory.CreateDirectory(_folder["tree", "a", "b"]);
        foreach (var name in (string[])["one", "a/two", "a/b/three with space"])
            System.IO.File.WriteAllText(Path.Combine(_folder["tree"], name), name);
        await site.DoAsync("gfal-copy", "-r", "file://" + _folder["tree"], Surl("copied"));
        (await site.DoAsync("gfal-ls", Surl("copied/a/b"))).Trim().Should().Be("three with space");
        await site.DoAsync("gfal-copy", "-p", "file://" + _folder["tree", "one"], Surl("made/on/the/way/one"));
        await site.DoAsync("gfal-copy", "-r", Surl("copied"), "file://" + _folder["back"]);
        System.IO.File.ReadAllText(_folder["back", "a", "b", "three with space"]).Should().Be("a/b/three with space");
        await site.DoAsync("gfal-rm", "-r", Surl("copied"), Surl("made"));
        (await site.DoAsync("gfal-ls", Surl(""))).Should().NotContain("copied").And.NotContain("made");
    }

    [SkippableFact]
    public async Task Gfal_saves_from_its_input_and_cats()
    {
        site.Require();
        var gfal = $"printf 'what was typed' | {Here.Tool("gfal-save")} -D 'SRM PLUGIN:TURL_PROTOCOLS=https' {Surl("typed")}";
        var (code, output) = await ChildProcess.RunAsync("/bin/sh", ["-c", gfal], site.Grid.Environment(site.Grid.PhysicianProxy));
        code.Should().Be(0, output);
        (await site.DoAsync("gfal-cat", "-D", "SRM PLUGIN:TURL_PROTOCOLS=https", Surl("typed"))).Should().Contain("what was typed");
        await site.DoAsync("gfal-rm", Surl("typed"));
    }

    [SkippableFact]
    public async Task Arc_copies_both_ways()
    {
        site.Require();
        var source = File("arc.bin", 200_000);
        await site.DoAsync("arccp", source, Surl("arc.bin"));
        await site.DoAsync("arccp", Surl("arc.bin"), _folder["arc.back"]);
        Same(_folder["arc.back"], source);
        await site.DoAsync("arcrm", Surl("arc.bin"));
    }

    [SkippableFact]
    public async Task A_full_area_says_so_to_gfal_and_arc_and_room_comes_back()
    {
        site.Require();
        var (half, most) = (File("half", 450_000), File("most", DiskSite.SmallQuota - 100));
        await site.DoAsync("gfal-copy", "file://" + half, site.Host.Surl(DiskSite.Small + "/half"));
        var (code, output) = await site.RunAsync("gfal-copy", "file://" + most, site.Host.Surl(DiskSite.Small + "/most"));
        code.Should().Be(28, output);
        output.Should().Contain("No space left on device");
        // ARC tells no size beforehand: the area fills up while the bytes come.
        (code, output) = await site.RunAsync("arccp", most, site.Host.Surl(DiskSite.Small + "/most"));
        code.Should().NotBe(0, output);
        (await site.RunAsync("gfal-stat", site.Host.Surl(DiskSite.Small + "/most"))).ExitCode.Should().NotBe(0);
        await site.DoAsync("gfal-rm", site.Host.Surl(DiskSite.Small + "/half"));
        // What ARC broke off keeps its room until the host has taken it away.
        await Here.UntilAsync(async () => (await site.RunAsync("gfal-copy", "file://" + most, site.Host.Surl(DiskSite.Small + "/most"))).ExitCode == 0, TimeSpan.FromSeconds(60), "there is room again");
        await site.DoAsync("gfal-rm", site.Host.Surl(DiskSite.Small + "/most"));
    }

    [SkippableFact]
    public async Task Gfal_finds_and_names_space_tokens()
    {
        site.Require();
        (await site.DoAsync("gfal-xattr", Surl(""), "spacetoken")).Should().Contain("SCRATCH");
        (await site.DoAsync("gfal-xattr", Surl(""), "spacetoken.token?SCRATCH")).Should().Contain("1000000000");
        await site.DoAsync("gfal-copy", "-S", "SCRATCH", "file://" + File("s", 10), Surl("in-space"));
        var (code, output) = await site.RunAsync("gfal-copy", "-S", "TINY", "file://" + File("t", 10), Surl("in-no-space"));
        code.Should().NotBe(0, output);
        await site.DoAsync("gfal-rm", Surl("in-space"));
    }

    [SkippableFact]
    public async Task Gfal_has_one_host_copy_from_itself_and_from_another()
    {
        site.Require();
        using var tree = new TemporaryDirectory();
        var other = await HostProcess.StartAsync(site.Grid, configuration =>
        {
            DiskSite.Configure(configuration, tree.Path);
            configuration["Transfer"] = new System.Text.Json.Nodes.JsonObject { ["CopyLocal"] = true };
        });
        await using var running = other;
        await other.PublishedAsync("files");
        var source = File("copied.bin", 400_000);
        await site.DoAsync("gfal-copy", "file://" + source, Surl("copied.bin"));

        await site.DoAsync("gfal-copy", "-K", "ADLER32", Surl("copied.bin"), Surl("copied.again"));
        var told = await site.DoAsync("gfal-copy", "-vv", "-K", "ADLER32", "--copy-mode", "pull", Surl("copied.bin"), other.Surl(DiskSite.Root + "/copied.bin"));

        told.Should().Contain("3rd pull", "the hosts copy, the client does not");
        await site.DoAsync("gfal-copy", other.Surl(DiskSite.Root + "/copied.bin"), "file://" + _folder["back"]);
        Same(_folder["back"], source);

        // The other way about: whoever has the file brings it, with a token for where it goes.
        told = await site.DoAsync("gfal-copy", "-vv", "-K", "ADLER32", "--copy-mode", "push", other.Surl(DiskSite.Root + "/copied.bin"), Surl("pushed.bin"));
        told.Should().Contain("3rd push");
        await site.DoAsync("gfal-copy", Surl("pushed.bin"), "file://" + _folder["pushed"]);
        Same(_folder["pushed"], source);
        await site.DoAsync("gfal-rm", Surl("copied.bin"), Surl("copied.again"), Surl("pushed.bin"));
    }

    [SkippableFact]
    public async Task A_client_that_is_killed_leaves_nothing_and_its_name_stays_busy_for_others()
    {
        site.Require();
        var before = site.InTree();
        var fifo = _folder["typed"];
        await ChildProcess.RunAsync(Here.Tool("mkfifo"), [fifo]);
        var client = ChildProcess.Start("/bin/sh", ["-c", $"exec {Here.Tool("gfal-save")} -D 'SRM PLUGIN:TURL_PROTOCOLS=https' {Surl("killed")} < {fifo}"], site.Grid.Environment(site.Grid.PhysicianProxy));
        await using (client)
        {
            await using var typed = await Task.Run(() => new FileStream(fifo, FileMode.Open, FileAccess.Write));
            await typed.WriteAsync(new byte[300_000]);
            await typed.FlushAsync();
            await Here.UntilAsync(async () => (await site.RunAsync("gfal-stat", Surl("killed"))).ExitCode == 16, TimeSpan.FromSeconds(60), "the name is busy");
            var (code, output) = await site.RunAsync("gfal-copy", "file://" + File("second", 10), Surl("killed"));
            code.Should().NotBe(0, output);
            await client.KillAsync();
        }
        await Here.UntilAsync(() => Task.FromResult(!site.InTree().Except(before).Any()), TimeSpan.FromSeconds(60), "nothing of it is in the tree");
    }

    [SkippableFact]
    public async Task An_administrator_sees_a_put_with_its_states_and_calls_it_off()
    {
        site.Require();
        var fifo = _folder["typed"];
        var socket = Path.Combine(site.Host.State, "admin.sock");
        await ChildProcess.RunAsync(Here.Tool("mkfifo"), [fifo]);
        await using var client = ChildProcess.Start("/bin/sh", ["-c", $"exec {Here.Tool("gfal-save")} -D 'SRM PLUGIN:TURL_PROTOCOLS=https' {Surl("called-off")} < {fifo}"], site.Grid.Environment(site.Grid.PhysicianProxy));
        await using (var typed = await Task.Run(() => new FileStream(fifo, FileMode.Open, FileAccess.Write)))
        {
            await typed.WriteAsync(new byte[300_000]);
            await typed.FlushAsync();
            var shown = "";
            await Here.UntilAsync(async () => (shown = await AdminAsync("requests", "--open")).Contains("/called-off ", StringComparison.Ordinal), TimeSpan.FromSeconds(60), "the put is shown");
            shown.Should().MatchRegex(@"^\S+ put of /DC=org/DC=testgrid/CN=Paula Physician, made .*\n  0 (awaited|coming) srm://\S+/called-off \[awaited \d\d:\d\d:\d\d(, coming \+\d+\.\ds)?\]");
            (await AdminAsync("abort", shown.Split(' ')[0], "--reason", "the disks are replaced")).Should().Contain("1 files called off");
        }
        // gfal-save tells by its exit code what it read, not what was taken of it.
        await client.ExitAsync(TimeSpan.FromSeconds(60));
        (await site.RunAsync("gfal-stat", Surl("called-off"))).ExitCode.Should().Be(2);

        async Task<string> AdminAsync(params string[] arguments)
        {
            var (code, output) = await Mdm.RunAsync(site.Host, site.Grid.PhysicianProxy, ["admin", .. arguments, "--socket", socket]);
            code.Should().Be(0, output);
            return output;
        }
    }

    [SkippableFact]
    public async Task A_host_that_is_killed_in_the_middle_of_puts_leaves_nothing_but_files()
    {
        site.Require();
        using var tree = new TemporaryDirectory();
        await using var host = await HostProcess.StartAsync(site.Grid, configuration =>
        {
            DiskSite.Configure(configuration, tree.Path);
            configuration["Uploads"]!["DefaultTurlTime"] = "00:00:20";
        });
        await host.PublishedAsync("files");
        var source = File("large", 30_000_000);
        for (var round = 0; round < (Here.Soak ? 12 : 2); round++)
        {
            var puts = Enumerable.Range(0, 3).Select(number => site.RunAsync("gfal-copy", "-t", "20", "file://" + source, host.Surl($"{DiskSite.Root}/r{round}-{number}"))).ToList();
            await Here.UntilAsync(() => Task.FromResult(Directory.EnumerateFiles(tree.Path, "*", SearchOption.AllDirectories).Count() > round), TimeSpan.FromSeconds(60), "bytes come");
            await host.RestartAsync("KILL");
            await Task.WhenAll(puts);
            (await site.RunAsync("gfal-ls", host.Surl(DiskSite.Root))).ExitCode.Should().Be(0, host.Process.Output);
        }
        var listed = (await site.RunAsync("gfal-ls", host.Surl(DiskSite.Root))).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        await Here.UntilAsync(() => Task.FromResult(Directory.EnumerateFiles(tree.Path, "*", SearchOption.AllDirectories).Count() == listed.Length), TimeSpan.FromSeconds(60), "what is in the tree is a file");
        foreach (var name in listed)
        {
            (await site.RunAsync("gfal-copy", "-f", host.Surl($"{DiskSite.Root}/{name}"), "file://" + _folder["back"])).ExitCode.Should().Be(0);
            Same(_folder["back"], source);
        }
    }

    [SkippableFact]
    public async Task Who_may_not_write_is_refused()
    {
        site.Require();
        var (code, output) = await site.RunAsAsync(site.Grid.StrangerProxy, "gfal-copy", "file://" + File("x", 10), Surl("x"));
        code.Should().Be(13, output);
        (code, output) = await site.RunAsync("gfal-copy", "file://" + File("y", 10), Surl("no/such/directory/y"));
        code.Should().Be(2, output);
    }

    public void Dispose() => _folder.Dispose();

    private string Surl(string name) => site.Host.Surl($"{DiskSite.Root}/{name}".TrimEnd('/'));

    private string File(string name, int length)
    {
        System.IO.File.WriteAllBytes(_folder[name], RandomNumberGenerator.GetBytes(length));
        return _folder[name];
    }

    private static void Same(string one, string other) => System.IO.File.ReadAllBytes(one).AsSpan().SequenceEqual(System.IO.File.ReadAllBytes(other)).Should().BeTrue();
}
