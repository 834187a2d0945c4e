using Mdm.Abstractions;
using Mdm.Formats.Keystores;

namespace Mdm.Formats.Tests.Keystores;

public sealed class KeystoreGroupTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(5, 3)]
    [InlineData(16, 9)]
    public void The_threshold_is_more_than_half(int count, int threshold)
    {
        KeystoreGroup.WhyNot(count, threshold).Should().BeNull();
        KeystoreGroup.WhyNot(count, threshold - 1).Should().Contain("must meet");
        KeystoreGroup.WhyNot(count, count + 1).Should().NotBeNull();
        KeystoreGroup.WhyNot(17, 9).Should().NotBeNull();
    }

    [Fact]
    public void One_keystore_does_not_stand_twice()
    {
        using var http = new HttpMessageInvoker(new SocketsHttpHandler());
        var same = new Uri("https://keys1.example/services/keys");
        FluentActions.Invoking(() => new KeystoreGroup([new(http, same), new(http, new Uri("https://keys2.example/services/keys")), new(http, same)], 2)).Should().Throw<MdmException>();
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"keys\":[]}")]
    [InlineData("{\"keys\":null}")]
    [InlineData("{\"keys\":[\"00112233445566778899aabbccddeeff\"],\"more\":1}")]
    [InlineData("{\"keys\":[\"00112233445566778899aabbccddeef\"]}")]
    [InlineData("{\"keys\":[5]}")]
    public void What_is_no_message_is_refused(string text) =>
        FluentActions.Invoking(() => KeystoreWire.Read(System.Text.Encoding.UTF8.GetBytes(text), KeystoreJson.Default.KeysRequest)).Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.InvalidName);

    [Fact]
    public void A_request_has_as_many_keys_as_the_limit_and_not_one_more()
    {
        var keys = Enumerable.Repeat(default(KeyId), KeystoreLimits.MaxKeys).ToList();
        byte[] Written() => KeystoreWire.Write(new KeysRequest(keys), KeystoreJson.Default.KeysRequest);
        KeystoreWire.Read(Written(), KeystoreJson.Default.KeysRequest).Keys.Should().HaveCount(KeystoreLimits.MaxKeys);
        keys.Add(default);
        FluentActions.Invoking(() => KeystoreWire.Read(Written(), KeystoreJson.Default.KeysRequest)).Should().Throw<MdmException>();
    }
}
