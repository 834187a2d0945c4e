using System.Reflection;
using Mdm.Abstractions;
using Mdm.Plugins.Disk.Tree;
using Mdm.TestKit;

namespace Mdm.Plugins.Disk.Tests;

public sealed class DiskBackendTests : IDisposable
{
    private const string Media = "application/octet-stream";

    private readonly TemporaryDirectory _folder = new();

    private string Top => Path.Combine(_folder.Path, "top");

    private string Coming => Path.Combine(Top, Incoming.FolderName);

    public DiskBackendTests() => Directory.CreateDirectory(Top);

    [Fact]
    public void Names_its_entry() => typeof(DiskPlugin).Assembly.GetCustomAttribute<MdmPluginAttribute>()!.Entry.Should().Be<DiskPlugin>();

    [Fact]
    public async Task Nothing_outside_is_reached_through_links_on_the_way_or_at_the_end()
    {
        var outside = Directory.CreateDirectory(Path.Combine(_folder.Path, "outside")).FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "secret"), "secret");
        Directory.CreateSymbolicLink(Path.Combine(Top, "way"), outside);
        File.CreateSymbolicLink(Path.Combine(Top, "end"), Path.Combine(outside, "secret"));
        await using var backend = Open();

        foreach (var id in (string[])["way/secret", "end", "way"])
        {
            (await backend.FindAsync(new(id), default)).Should().BeNull(id);
            (await Refused(async () => await backend.OpenReadAsync(new(id), default))).Kind.Should().Be(MdmErrorKind.NotFound);
            await backend.DeleteAsync(new(id), default);
        }
        (await Refused(async () => await Store(backend, "way/new", "x"u8.ToArray()))).Kind.Should().Be(MdmErrorKind.AlreadyExists);
        (await Refused(async () => await Store(backend, "end", "x"u8.ToArray()))).Kind.Should().Be(MdmErrorKind.AlreadyExists);
        (await Listed(backend)).Should().BeEmpty();
        Directory.EnumerateFiles(outside).Should().ContainSingle();
        (await File.ReadAllTextAsync(Path.Combine(outside, "secret"))).Should().Be("secret");
    }

    [Fact]
    public async Task A_directory_a_socket_or_a_pipe_is_no_object_and_nobody_waits_for_one()
    {
        Directory.CreateDirectory(Path.Combine(Top, "folder"));
        await ChildProcess.RunAsync(Here.Tool("mkfifo"), [Path.Combine(Top, "pipe")]);
        await using var backend = Open();

        (await backend.FindAsync(new("folder"), default)).Should().BeNull();
        (await backend.FindAsync(new("pipe"), default).AsTask().WaitAsync(TimeSpan.FromSeconds(60))).Should().BeNull();
        (await Listed(backend)).Should().BeEmpty();
    }

    [Fact]
    public async Task What_was_coming_when_a_process_died_is_removed_at_the_next_start_and_what_still_comes_is_not()
    {
        await using var first = Open();
        await File.WriteAllTextAsync(Path.Combine(Coming, "left"), "half of an object");
        using var cancel = new CancellationTokenSource();
        var storing = first.StoreAsync(new EndlessStream(), Draft("a/b"), cancel.Token).AsTask();
        await Here.UntilAsync(() => Task.FromResult(Directory.GetFiles(Coming).Length == 2), TimeSpan.FromSeconds(60), "the object begins to come");

        await using var second = Open();

        Directory.GetFiles(Coming).Should().ContainSingle().Which.Should().NotEndWith("left");
        await cancel.CancelAsync();
        await storing.Invoking(async task => await task).Should().ThrowAsync<OperationCanceledException>();
        Directory.GetFiles(Coming).Should().BeEmpty();
        (await Listed(second)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_full_file_system_is_told_as_no_space_and_leaves_nothing()
    {
        var options = new DiskOptions { Directory = Top, KeepFree = long.MaxValue / 2 };
        await using var backend = new DiskBackend(options, new TestContext());
        (await Refused(async () => await Store(backend, "a/b", [1]))).Kind.Should().Be(MdmErrorKind.NoSpace);

        // It fills up while the object comes.
        options.KeepFree = 0;
        var filling = new FillingStream(48 << 20, () => options.KeepFree = long.MaxValue / 2);
        (await Refused(async () => await backend.StoreAsync(filling, Draft("a/b"), default))).Kind.Should().Be(MdmErrorKind.NoSpace);
        Directory.GetFileSystemEntries(Top, "*", SearchOption.AllDirectories).Should().Equal(Coming);

        options.KeepFree = 0;
        await Store(backend, "a/b", [1]);
        (await Listed(backend)).Should().Equal("a/b");
    }

    [Fact]
    public async Task An_object_that_is_too_long_is_refused_and_leaves_nothing()
    {
        await using var backend = new DiskBackend(new DiskOptions { Directory = Top, KeepFree = 0, MaxObjectLength = 10 }, new TestContext());

        (await Refused(async () => await Store(backend, "a/b", new byte[11]))).Message.Should().Contain("MaxObjectLength");
        (await Refused(async () => await backend.StoreAsync(new MemoryStream(new byte[3]), Draft("a/b") with { Length = 11 }, default))).Message.Should().Contain("MaxObjectLength");
        await Store(backend, "a/b", new byte[10]);
        (await Listed(backend)).Should().Equal("a/b");
    }

    [Fact]
    public async Task The_folders_that_an_object_leaves_empty_go_with_it_and_no_others()
    {
        await using var backend = Open();
        await Store(backend, "a/b/c/1", [1]);
        await Store(backend, "a/2", [2]);

        await backend.DeleteAsync(new("a/b/c/1"), default);
        Directory.Exists(Path.Combine(Top, "a")).Should().BeTrue();
        Directory.Exists(Path.Combine(Top, "a/b")).Should().BeFalse();
        await backend.DeleteAsync(new("a/2"), default);
        Directory.GetFileSystemEntries(Top).Should().Equal(Coming);
    }

    [Fact]
    public async Task Storing_and_deleting_in_one_folder_at_one_time_loses_nothing()
    {
        await using var backend = Open();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            for (var round = 0; round < 40; round++)
            {
                await Store(backend, $"shared/{worker}/x", [(byte)round]);
                (await backend.FindAsync(new($"shared/{worker}/x"), default)).Should().NotBeNull();
                await backend.DeleteAsync(new($"shared/{worker}/x"), default);
            }
        })));
        Directory.GetFileSystemEntries(Top).Should().Equal(Coming);
    }

    [Fact]
    public async Task What_is_changed_or_cut_while_it_is_read_is_corrupt()
    {
        await using var backend = Open();
        await Store(backend, "cut", new byte[100_000]);
        await Store(backend, "grown", new byte[1000]);

        (await Refused(async () => await ReadChanged("cut", path => File.WriteAllBytes(path, new byte[10])))).Kind.Should().Be(MdmErrorKind.Corrupt);
        (await Refused(async () => await ReadChanged("grown", path => File.AppendAllText(path, "more")))).Kind.Should().Be(MdmErrorKind.Corrupt);

        async Task ReadChanged(string id, Action<string> change)
        {
            await using var content = await backend.OpenReadAsync(new(id), default);
            await content.Stream.ReadExactlyAsync(new byte[500]);
            change(Path.Combine(Top, id));
            await content.Stream.CopyToAsync(Stream.Null);
        }
    }

    [Fact]
    public async Task Another_content_under_the_same_name_is_another_version()
    {
        await using var backend = Open();
        var first = await Store(backend, "a", "one"u8.ToArray());
        await backend.DeleteAsync(new("a"), default);
        var second = await Store(backend, "a", "two"u8.ToArray());

        second.Version.Should().NotBe(first.Version);
        (await backend.FindAsync(new("a"), default))!.Version.Should().Be(second.Version);
    }

    [Fact]
    public async Task A_read_only_archive_is_read_and_nothing_else()
    {
        await File.WriteAllTextAsync(Path.Combine(Top, "x"), "there");
        await using var backend = new DiskBackend(new DiskOptions { Directory = Top, ReadOnly = true }, new TestContext());

        (await backend.FindAsync(new("x"), default))!.Length.Should().Be(5);
        (await Refused(async () => await Store(backend, "y", [1]))).Message.Should().Contain("ReadOnly");
        (await Refused(async () => await backend.DeleteAsync(new("x"), default))).Message.Should().Contain("ReadOnly");
        (await backend.ProbeAsync(default)).Should().Contain("read-only");
        Directory.GetFileSystemEntries(Top).Should().ContainSingle();
    }

    [Fact]
    public void A_directory_that_is_not_there_or_an_incoming_folder_that_is_a_link_stops_the_start()
    {
        FluentActions.Invoking(() => new DiskBackend(new DiskOptions { Directory = Path.Combine(_folder.Path, "absent") }, new TestContext())).Should().Throw<MdmException>().WithMessage("*absent*");
        Directory.CreateSymbolicLink(Coming, _folder.Path);
        FluentActions.Invoking(() => new DiskBackend(new DiskOptions { Directory = Top }, new TestContext())).Should().Throw<MdmException>().WithMessage("*symbolic link*");
    }

    public void Dispose() => _folder.Dispose();

    private static ArchiveObjectDraft Draft(string id) => new(Media, new ArchiveObjectId(id));

    private static async Task<ArchiveObjectInfo> Store(DiskBackend backend, string id, byte[] content) => await backend.StoreAsync(new MemoryStream(content), Draft(id), default);

    private static async Task<List<string>> Listed(DiskBackend backend)
    {
        var ids = new List<string>();
        await foreach (var entry in backend.BrowseAsync(ArchiveSelection.Everything, default))
            ids.Add(entry.Info.Id.Value);
        return ids;
    }

    private static async Task<MdmException> Refused(Func<Task> act) => (await act.Should().ThrowAsync<MdmException>()).Which;

    private DiskBackend Open() => new(new DiskOptions { Directory = Top, KeepFree = 0 }, new TestContext());

    /// <summary>Some bytes, and then nothing until it is cancelled.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        private bool _hasBegun;

        public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            if (_hasBegun)
                await Task.Delay(Timeout.Infinite, cancellationToken);
            _hasBegun = true;
            return 1;
        }
    }

    /// <summary>So many zeros, in the middle of which something happens.</summary>
    private sealed class FillingStream(int length, Action halfway) : MemoryStream(new byte[length])
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
        {
            if (Position >= Length / 2)
                halfway();
            return await base.ReadAsync(destination, cancellationToken);
        }
    }
}
