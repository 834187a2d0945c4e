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
}
