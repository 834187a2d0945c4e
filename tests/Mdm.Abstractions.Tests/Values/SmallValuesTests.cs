namespace Mdm.Abstractions.Tests.Values;

public sealed class ArchiveObjectIdTests
{
    [Fact]
    public void Prints_a_hash_and_never_the_value()
    {
        var id = new ArchiveObjectId("1.2.840/1.2/MARKED");
        id.Value.Should().Be("1.2.840/1.2/MARKED");
        id.ToString().Should().StartWith("object:").And.HaveLength(19).And.NotContain("MARKED");
        new FileSource("radiology", id, "application/dicom").ToString().Should().NotContain("MARKED");
        new ArchiveEntry(new ArchiveObjectInfo(id, "application/dicom"), ["MARKED"], [new ArchiveAttribute("PatientID", "LO", ["MARKED"])]).ToString().Should().NotContain("MARKED");
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    public void Refuses_what_cannot_be_kept(string value) => FluentActions.Invoking(() => new ArchiveObjectId(value)).Should().Throw<MdmException>();

    // Not as attribute data: attributes are kept in UTF-8, which has no half of a pair.
    [Fact]
    public void Refuses_half_of_a_surrogate_pair() => FluentActions.Invoking(() => new ArchiveObjectId("1\ud800")).Should().Throw<MdmException>();

    [Fact]
    public void Refuses_what_is_too_long() => FluentActions.Invoking(() => new ArchiveObjectId(new string('1', 1025))).Should().Throw<MdmException>();
}

public sealed class GridIdentityTests
{
    private static readonly DistinguishedName Alice = DistinguishedName.Parse("/CN=Alice");

    [Fact]
    public void Attributes_count_in_their_order()
    {
        var one = new GridIdentity(Alice, [Fqan.Parse("/a"), Fqan.Parse("/b")]);
        (one == new GridIdentity(Alice, [Fqan.Parse("/a"), Fqan.Parse("/b")])).Should().BeTrue();
        (one == new GridIdentity(Alice, [Fqan.Parse("/b"), Fqan.Parse("/a")])).Should().BeFalse();
        (one == one with { IsLimited = true }).Should().BeFalse();
        one.PrimaryFqan.Should().Be(Fqan.Parse("/a"));
        one.Holds(Fqan.Parse("/b")).Should().BeTrue();
        one.ToString().Should().Be("/CN=Alice (/a)");
    }

    [Fact]
    public void No_attributes_are_no_attributes_however_said()
    {
        (new GridIdentity(Alice, default) == new GridIdentity(Alice)).Should().BeTrue();
        new GridIdentity(Alice, default).PrimaryFqan.Should().BeNull();
        new GridIdentity(Alice, default).Holds(Fqan.Parse("/a")).Should().BeFalse();
    }
}

public sealed class ContentKeyTests
{
    [Fact]
    public void Is_gone_when_disposed_and_never_printed()
    {
        var bytes = Enumerable.Range(1, 32).Select(i => (byte)i).ToArray();
        var key = new ContentKey(bytes);
        key.Bytes.ToArray().Should().Equal(bytes);
        key.ToString().Should().Be("content key");
        key.Dispose();
        key.Invoking(k => k.Bytes.Length).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void Two_new_keys_differ()
    {
        using var one = ContentKey.Create();
        using var two = ContentKey.Create();
        one.Bytes.SequenceEqual(two.Bytes).Should().BeFalse();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public void Has_32_bytes(int length) => FluentActions.Invoking(() => new ContentKey(new byte[length])).Should().Throw<ArgumentException>();
}

public sealed class MdmExceptionTests
{
    [Theory]
    [InlineData(MdmErrorKind.Busy, true)]
    [InlineData(MdmErrorKind.Unavailable, true)]
    [InlineData(MdmErrorKind.NotFound, false)]
    [InlineData(MdmErrorKind.Corrupt, false)]
    public void Only_busy_and_unavailable_may_pass(MdmErrorKind kind, bool transient) => new MdmException(kind, "x").IsTransient.Should().Be(transient);
}
