using Mdm.Cli.Commands;
using Mdm.Srm.Messages;

namespace Mdm.Cli.Tests;

public sealed class UsageTests
{
    [Theory]
    [InlineData("ls")]
    [InlineData("unknown")]
    [InlineData("get", "srm://h:1/a", "--parallel", "0")]
    [InlineData("get", "srm://h:1/a", "--parallel", "x")]
    [InlineData("chmod", "nonsense", "srm://h:1/a")]
    [InlineData("demo-grid", "/tmp/x", "--vo", "a/b")]
    [InlineData("demo-grid", "/tmp/x", "--host", "not a host")]
    [InlineData("mv", "srm://h:1/a")]
    [InlineData("key", "register", "name", "-k", "100")]
    [InlineData("key", "chmod", "u+q", "name")]
    [InlineData("key", "setacl", "-m", "nobody:g", "name")]
    [InlineData("keystore", "export", "https://h:1/services/keys", "/tmp/x")]
    [InlineData("find", "a = 1", "--count", "--json")]
    [InlineData("find", "a = 1", "--time-limit", "0")]
    [InlineData("meta", "set", "/a/e", "p")]
    [InlineData("meta", "acl", "/a", "root:g")]
    [InlineData("decrypt", "sealed")]
    [InlineData("decrypt", "sealed", "plain", "--in-place")]
    [InlineData("key", "register", "-k", "abc", "x")]
    [InlineData("put", "--lifetime", "abc", "a", "srm://h:1/b")]
    [InlineData("find", "--time-limit", "abc", "x")]
    [InlineData("rm", "-x", "srm://h:1/a")]
    [InlineData("mkdir", "-vv", "--", "-x")]
    public async Task Refuses_wrong_usage_with_two(params string[] arguments)
    {
        var (code, output, error) = await Command.RunAsync(arguments);

        code.Should().Be(ExitCode.Usage);
        output.Should().BeEmpty();
        error.Should().StartWith("mdm: ").And.MatchRegex("see mdm .*--help");
    }

    [Theory]
    [InlineData("ls", "http://h/a")]
    [InlineData("ls", "/a/path/without/an/endpoint")]
    [InlineData("stat", "srm://h:1/a/../b")]
    public async Task Refuses_what_is_no_surl_with_two(params string[] arguments)
    {
        var (code, _, error) = await Command.RunAsync(arguments);

        code.Should().Be(ExitCode.Usage);
        error.Should().StartWith("mdm: ").And.NotContain(" at Mdm.");
    }

    [Fact]
    public async Task Says_where_it_looked_for_a_credential()
    {
        var (code, _, error) = await Command.RunAsync("ls", "srm://localhost:1/a");

        code.Should().Be(ExitCode.Unreachable);
        error.Should().Contain("There is no credential").And.Contain("voms-proxy-init");
    }

    [Fact]
    public async Task Tells_of_every_command_and_exit_code()
    {
        var (code, output, _) = await Command.RunAsync("--help");

        code.Should().Be(ExitCode.Success);
        foreach (var command in (string[])["ls", "stat", "get", "cat", "decrypt", "sum", "mkdir", "rmdir", "rm", "mv", "chmod", "getacl", "ping", "find", "meta", "query", "publish", "withdraw", "admin", "key", "keystore", "reidentify", "demo-grid"])
            output.Should().MatchRegex($"(?m)^  {command} +");
        output.Should().Contain("0 done").And.Contain("130 interrupted");
    }

    [Fact]
    public async Task Sums_files_here()
    {
        using var home = new Mdm.TestKit.TemporaryDirectory();
        await File.WriteAllTextAsync(home["w"], "Wikipedia");

        (await Command.RunAsync("sum", home["w"])).Output.Should().Be($"11e60398  {home["w"]}\n");
        (await Command.RunAsync("sum", home["none"])).Code.Should().Be(ExitCode.Failed);
    }

    [Fact]
    public void Reads_rights_as_they_are_typed()
    {
        var (how, change) = RightsText.Parse("+group:/vo/Role=a:r-x,user:/DC=org/CN=host:8443:rw,other:0")!.Value;

        how.Should().Be(PermissionType.Add);
        change.Groups.Should().Equal(new GroupPermission("/vo/Role=a", PermissionMode.RX));
        change.Users.Should().Equal(new UserPermission("/DC=org/CN=host:8443", PermissionMode.RW));
        change.Other.Should().Be(PermissionMode.None);
        change.Owner.Should().BeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("rwx")]
    [InlineData("group:rwx")]
    [InlineData("owner:/CN=x:rwx")]
    [InlineData("other:rwz")]
    [InlineData("other:8")]
    [InlineData("everyone:rwx")]
    public void Refuses_rights_that_say_nothing(string text) => RightsText.Parse(text).Should().BeNull();
}
