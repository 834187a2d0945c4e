using Mdm.Abstractions.Testing;

namespace Mdm.Abstractions.Tests;

public sealed class QuietContextTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mdm-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Gives_what_a_host_gives_and_connects_to_nobody()
    {
        using var context = new QuietContext(_folder) { Name = "radiology" };

        context.InstanceName.Should().Be("radiology");
        context.PathOf("secrets/token").Should().Be(Path.Combine(_folder, "secrets", "token"));
        Directory.Exists(context.StateDirectory).Should().BeTrue();
        context.StateDirectory.Should().StartWith(_folder).And.EndWith("radiology");
        context.Meter.CreateCounter<int>("things").Add(1);
        var connect = () => context.ConnectAsync(new Uri("https://elsewhere:8443"), null, default).AsTask();
        (await connect.Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Unsupported);
    }

    [Fact]
    public async Task Connects_as_the_test_says()
    {
        using var context = new QuietContext(_folder) { Connect = (_, _, _) => new(new MemoryStream([1, 2, 3])) };

        var connection = await context.ConnectAsync(new Uri("https://elsewhere:8443"), null, default);

        connection.ReadByte().Should().Be(1);
    }
}
