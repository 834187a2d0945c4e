namespace Mdm.Abstractions.Tests.Values;

public sealed class StoragePathTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("//", "/")]
    [InlineData("/a", "/a")]
    [InlineData("/a/", "/a")]
    [InlineData("//a///b//", "/a/b")]
    [InlineData("/.hidden/..x/...", "/.hidden/..x/...")]
    [InlineData("/grid/Ünï/中文/😀", "/grid/Ünï/中文/😀")]
    public void Parses_and_collapses_slashes(string text, string normal) => StoragePath.Parse(text).ToString().Should().Be(normal);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a")]
    [InlineData(" /a")]
    [InlineData("/a/./b")]
    [InlineData("/a/..")]
    [InlineData("/../etc/passwd")]
    [InlineData("/a\nb")]
    [InlineData("/a\0")]
    [InlineData("/a\u0085b")]
    public void Refuses_what_is_not_a_path(string? text)
    {
        StoragePath.TryParse(text, out _).Should().BeFalse();
        FluentActions.Invoking(() => StoragePath.Parse(text!)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.InvalidName);
    }

    // Not as attribute data: attributes are kept in UTF-8, which has no half of a pair.
    [Fact]
    public void Refuses_half_of_a_surrogate_pair()
    {
        StoragePath.TryParse("/\ud800", out _).Should().BeFalse();
        StoragePath.TryParse("/\udc00x", out _).Should().BeFalse();
    }

    [Fact]
    public void A_name_has_255_bytes_at_most_whatever_the_script()
    {
        StoragePath.IsName(new string('x', 255)).Should().BeTrue();
        StoragePath.IsName(new string('x', 256)).Should().BeFalse();
        StoragePath.IsName(new string('中', 85)).Should().BeTrue();
        StoragePath.IsName(new string('中', 85) + "x").Should().BeFalse();
    }

    [Fact]
    public void A_path_has_64_names_at_most()
    {
        var deep = string.Concat(Enumerable.Repeat("/d", 64));
        StoragePath.TryParse(deep, out var path).Should().BeTrue();
        StoragePath.TryParse(deep + "/d", out _).Should().BeFalse();
        path!.Invoking(p => p.Child("d")).Should().Throw<MdmException>().WithMessage("*64 names*");
    }

    [Fact]
    public void A_path_has_4096_bytes_at_most()
    {
        var full = string.Concat(Enumerable.Repeat("/" + new string('x', 255), 16));
        StoragePath.Parse(full).ToString().Should().HaveLength(4096);
        StoragePath.TryParse(string.Concat(Enumerable.Repeat("/" + new string('я', 127), 16)) + "/" + new string('z', 16), out _).Should().BeFalse();
        StoragePath.Parse(full).Invoking(p => p.Child("x")).Should().Throw<MdmException>().WithMessage("*4096 bytes*");
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\tb")]
    public void A_child_needs_a_name(string name) => StoragePath.Root.Invoking(p => p.Child(name)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.InvalidName);

    [Fact]
    public void Knows_its_relatives()
    {
        var path = StoragePath.Parse("/a/b/c");
        path.Name.Should().Be("c");
        path.Parent.Should().Be(StoragePath.Parse("/a/b"));
        path.Parent.Child("c").Should().Be(path);
        path.Ancestors().Select(p => p.ToString()).Should().Equal("/", "/a", "/a/b");
        StoragePath.Parse("/a").Parent.Should().BeSameAs(StoragePath.Root);
        StoragePath.Root.Parent.Should().BeSameAs(StoragePath.Root);
        StoragePath.Root.Name.Should().BeEmpty();
        StoragePath.Root.Ancestors().Should().BeEmpty();
    }

    [Theory]
    [InlineData("/a/b", "/a/b", true)]
    [InlineData("/a/b", "/a", true)]
    [InlineData("/a/b", "/", true)]
    [InlineData("/ab", "/a", false)]
    [InlineData("/a", "/a/b", false)]
    [InlineData("/A/b", "/a", false)]
    public void Is_at_or_below(string path, string ancestor, bool expected) => StoragePath.Parse(path).IsAtOrBelow(StoragePath.Parse(ancestor)).Should().Be(expected);

    [Fact]
    public void Is_compared_ordinally()
    {
        (StoragePath.Parse("/a/b") == StoragePath.Parse("//a/b/")).Should().BeTrue();
        (StoragePath.Parse("/A") == StoragePath.Parse("/a")).Should().BeFalse();
        (StoragePath.Parse("/é") == StoragePath.Parse("/e\u0301")).Should().BeFalse();
        StoragePath.Parse("/a/b").GetHashCode().Should().Be(StoragePath.Parse("/a//b").GetHashCode());
    }

    [Fact]
    public void Names_are_ordered_by_their_utf8_bytes()
    {
        string[] names = ["a", "", "ab", "Z", "é", "\ue000", "\uffff", "😀", "😁", "\U0010ffff", "a😀", "a\uff21", "\ud7ff"];
        var byBytes = names.OrderBy(n => Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(n)), StringComparer.Ordinal);
        names.Order(StoragePath.NameOrder).Should().Equal(byBytes);
    }

    [Fact]
    public void A_refusal_shows_no_control_characters_and_no_broken_pairs()
    {
        var message = FluentActions.Invoking(() => StoragePath.Parse("evil\r\nlog line\u001b[2J\ud800" + new string('x', 1000))).Should().Throw<MdmException>().Which.Message;
        message.Should().NotContainAny("\r", "\n", "\u001b", "\ud800");
        message.Length.Should().BeLessThan(300);
    }
}
