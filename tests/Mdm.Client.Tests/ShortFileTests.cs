using System.Diagnostics;
using Mdm.Abstractions;
using Mdm.Client.Discovery;
using Mdm.Client.Metadata;
using Mdm.TestKit;

namespace Mdm.Client.Tests;

public sealed class ShortFileTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public void Reads_what_is_not_longer_than_its_limit()
    {
        File.WriteAllText(_home["f"], "a\u00e4\n");

        ShortFile.ReadAllText(_home["f"], 4).Should().Be("a\u00e4\n");
        FluentActions.Invoking(() => ShortFile.ReadAllText(_home["f"], 3)).Should().Throw<MdmException>().WithMessage("*longer than 3 bytes*").Which.Kind.Should().Be(MdmErrorKind.InvalidName);
        ShortFile.ReadAllBytes("/dev/null", 3).Should().BeEmpty();
        FluentActions.Invoking(() => ShortFile.ReadAllBytes(_home["none"], 3)).Should().Throw<FileNotFoundException>();
        FluentActions.Invoking(() => ShortFile.ReadAllBytes(_home.Path, 3)).Should().Throw<Exception>().Which.Should().Match(e => e is IOException || e is UnauthorizedAccessException || e is MdmException);
    }

    [Fact]
    public void A_device_without_an_end_is_longer_than_any_limit()
    {
        foreach (var read in (Action[])[() => ShortFile.ReadAllBytes("/dev/zero", 1000), () => MdclientConfig.Load("/dev/zero"), () => ServicesFile.Read("/dev/zero", "x")])
            read.Should().Throw<MdmException>().WithMessage("/dev/zero is longer than *");
    }

    [Fact]
    public void A_pipe_into_which_nobody_writes_is_refused_and_not_waited_for()
    {
        Process.Start("mkfifo", _home["pipe"]).WaitForExit();

        foreach (var read in (Action[])[() => ShortFile.ReadAllBytes(_home["pipe"], 1000), () => MdclientConfig.Load(_home["pipe"]), () => ServicesFile.Read(_home["pipe"], "x")])
            read.Should().Throw<MdmException>().WithMessage("*is no regular file*").Which.Kind.Should().Be(MdmErrorKind.InvalidName);
    }

    [Fact]
    public void Lines_end_as_texts_do_and_have_a_limit()
    {
        using var text = new StringReader("ab\r\n\nabc\nabcd");

        ShortFile.ReadLine(text, "it", 3).Should().Be("ab");
        ShortFile.ReadLine(text, "it", 3).Should().BeEmpty();
        ShortFile.ReadLine(text, "it", 3).Should().Be("abc");
        FluentActions.Invoking(() => ShortFile.ReadLine(text, "it", 3)).Should().Throw<MdmException>().WithMessage("it has a line that is longer than 3 characters*");
        ShortFile.ReadLine(TextReader.Null, "it", 3).Should().BeNull();
    }
}
