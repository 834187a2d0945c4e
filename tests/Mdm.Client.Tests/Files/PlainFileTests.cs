using System.IO.Pipes;
using Mdm.Client.Files;
using Mdm.TestKit;

namespace Mdm.Client.Tests.Files;

public sealed class PlainFileTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [SkippableFact]
    public void It_has_no_name_before_it_is_complete()
    {
        using var file = PlainFile.Create(_home["a"]);
        Skip.If(file.HasName, "the file system of the temporary folder keeps no files without a name");
        file.Append([1, 2, 3]);
        Directory.GetFileSystemEntries(_home.Path).Should().BeEmpty();

        file.Complete(replace: false);

        File.ReadAllBytes(_home["a"]).Should().Equal(1, 2, 3);
        Directory.GetFileSystemEntries(_home.Path).Should().ContainSingle();
    }

    [Fact]
    public void What_is_not_completed_leaves_nothing()
    {
        using (var file = PlainFile.Create(_home["a"]))
            file.Append([1, 2, 3]);

        Directory.GetFileSystemEntries(_home.Path).Should().BeEmpty();
    }

    [Fact]
    public void Another_file_is_replaced_only_when_that_was_said()
    {
        File.WriteAllText(_home["a"], "mine");
        using (var file = PlainFile.Create(_home["a"]))
        {
            file.Append([1]);
            FluentActions.Invoking(() => file.Complete(replace: false)).Should().Throw<IOException>();
        }
        File.ReadAllText(_home["a"]).Should().Be("mine");

        using (var file = PlainFile.Create(_home["a"]))
        {
            file.Append([1]);
            file.Complete(replace: true);
        }
        File.ReadAllBytes(_home["a"]).Should().Equal(1);
        Directory.GetFileSystemEntries(_home.Path).Should().ContainSingle();
    }

    [Fact]
    public void The_longest_names_are_taken_too()
    {
        var name = new string('ä', 127);
        foreach (var replace in (bool[])[false, true])
        {
            using var file = PlainFile.Create(_home[name]);
            file.Append([1]);
            file.Complete(replace);
        }
        Directory.GetFiles(_home.Path).Should().Equal(_home[name]);
    }

    [Fact]
    public void Nobody_but_owner_and_group_reads_a_new_file()
    {
        File.WriteAllText(_home["probe"], "");

        Write(_home["a"]);

        File.GetUnixFileMode(_home["a"]).Should().Be(File.GetUnixFileMode(_home["probe"]) & (UnixFileMode)0b110_100_000);
    }

    [Theory]
    [InlineData(0b110_000_000)]
    [InlineData(0b110_110_000)]
    [InlineData(0b110_100_100)]
    public void The_rights_of_a_file_that_is_replaced_stay(int mode)
    {
        File.WriteAllText(_home["a"], "");
        File.SetUnixFileMode(_home["a"], (UnixFileMode)mode);

        Write(_home["a"]);

        File.ReadAllBytes(_home["a"]).Should().Equal(1, 2, 3);
        File.GetUnixFileMode(_home["a"]).Should().Be((UnixFileMode)mode);
    }

    [Fact]
    public void A_symbolic_name_stays_and_leads_to_what_was_written()
    {
        Directory.CreateDirectory(_home["elsewhere"]);
        File.WriteAllText(_home["elsewhere", "a"], "");
        File.CreateSymbolicLink(_home["link"], _home["elsewhere", "a"]);

        Write(_home["link"]);

        new FileInfo(_home["link"]).LinkTarget.Should().Be(_home["elsewhere", "a"]);
        File.ReadAllBytes(_home["elsewhere", "a"]).Should().Equal(1, 2, 3);
        Directory.GetFileSystemEntries(_home["elsewhere"]).Should().ContainSingle();
    }

    [Fact]
    public void A_symbolic_name_of_nothing_and_a_directory_are_refused()
    {
        File.CreateSymbolicLink(_home["link"], _home["nothing"]);

        FluentActions.Invoking(() => PlainFile.Create(_home["link"])).Should().Throw<IOException>().WithMessage("*is a symbolic name of*not there*");
        FluentActions.Invoking(() => PlainFile.Create(_home.Path)).Should().Throw<IOException>().WithMessage("*is a directory*");
        File.Exists(_home["nothing"]).Should().BeFalse();
    }

    [Fact]
    public void A_device_is_written_into_and_stays_one()
    {
        Write("/dev/null");
        FluentActions.Invoking(() => Write("/dev/full")).Should().Throw<IOException>();

        using var still = Destination.Of("/dev/null");
        still.IsSpecial.Should().BeTrue();
    }

    [Fact]
    public void A_pipe_gets_the_bytes()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);

        // As /dev/stdout leads to one.
        Write($"/proc/self/fd/{pipe.ClientSafePipeHandle.DangerousGetHandle()}");

        var read = new byte[3];
        pipe.ReadExactly(read);
        read.Should().Equal(1, 2, 3);
    }

    private static void Write(string path)
    {
        using var file = PlainFile.Create(path);
        file.Append([1, 2, 3]);
        file.Complete(replace: true);
    }
}
