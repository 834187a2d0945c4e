using Mdm.Plugins.Amga.Store;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests.Store;

public sealed class SpoolTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _folder = new();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(10, 100_000)]
    [InlineData(1000, 100)]
    [InlineData(300, 20_000)]
    [InlineData(1, 5_000_000)]
    public async Task Gives_back_what_was_written_however_much_it_is(int lines, int length)
    {
        using var spool = new Spool(_folder.Path, 1L << 30);
        var written = Enumerable.Range(0, lines).Select(i => $"{i}é{new string((char)('a' + (i % 26)), length)}").ToList();
        foreach (var line in written)
            spool.Write(line);
        spool.Complete();
        var read = new List<string>();
        await foreach (var line in spool.ReadAsync(default))
            read.Add(line);
        read.Should().Equal(written);
    }

    [Fact]
    public async Task Gives_out_the_first_line_while_more_are_being_written()
    {
        using var spool = new Spool(_folder.Path, 1L << 30);
        await using var reader = spool.ReadAsync(default).GetAsyncEnumerator();
        var next = reader.MoveNextAsync().AsTask();
        for (var i = 0; !next.IsCompleted && i < 1000; i++)
        {
            spool.Write("a short line");
            await Task.Yield();
        }
        (await next.WaitAsync(Limit)).Should().BeTrue();
        reader.Current.Should().Be("a short line");
    }

    [Fact]
    public async Task Writer_and_reader_at_their_own_speed_lose_nothing()
    {
        using var spool = new Spool(_folder.Path, 1L << 30);
        var writing = Task.Run(() =>
        {
            for (var i = 0; i < 300_000; i++)
                spool.Write($"line {i}");
            spool.Complete();
        });
        var count = 0;
        await foreach (var line in spool.ReadAsync(default))
            line.Should().Be($"line {count++}");
        await writing;
        count.Should().Be(300_000);
    }

    [Fact]
    public void What_lies_on_the_disk_has_no_name_and_is_sealed()
    {
        using var spool = new Spool(_folder.Path, 1L << 30);
        for (var i = 0; i < 100_000; i++)
            spool.Write("DOE^JANE DOE^JANE DOE^JANE");
        spool.Complete();
        Directory.GetFileSystemEntries(_folder.Path).Should().BeEmpty();
        var open = new DirectoryInfo("/proc/self/fd").GetFiles().Select(link => (link.FullName, link.LinkTarget)).Single(link => link.LinkTarget?.StartsWith(_folder.Path, StringComparison.Ordinal) == true);
        using var file = new FileStream(open.FullName, FileMode.Open, FileAccess.Read);
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        bytes.Length.Should().BeGreaterThan(2_000_000);
        bytes.ToArray().AsSpan().IndexOf("DOE^JANE"u8).Should().Be(-1);
        spool.ReadAll().Count().Should().Be(100_000);
    }

    [Fact]
    public void Refuses_more_than_it_may_hold_and_names_the_limit()
    {
        using var spool = new Spool(_folder.Path, 1000);
        FluentActions.Invoking(() =>
        {
            for (var i = 0; i < 1000; i++)
                spool.Write("line");
        }).Should().Throw<AmgaException>().WithMessage("*MaxSpoolBytes*").Where(e => e.Code == AmgaError.Aborted);
    }

    public void Dispose() => _folder.Dispose();
}
