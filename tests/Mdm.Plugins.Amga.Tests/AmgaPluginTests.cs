using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.RegularExpressions;
using Mdm.Abstractions;
using Mdm.Plugins.Amga.Commands;
using Mdm.Plugins.Amga.Sessions;
using Mdm.Sql;
using Mdm.TestKit;

namespace Mdm.Plugins.Amga.Tests;

public sealed partial class AmgaPluginTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    [Fact]
    public void Names_its_entry() => typeof(AmgaPlugin).Assembly.GetCustomAttribute<MdmPluginAttribute>()!.Entry.Should().Be<AmgaPlugin>();

    [Fact]
    public void Every_option_is_in_the_operators_document_and_nothing_else()
    {
        var text = File.ReadAllText(Path.Combine(Here.Root, "docs", "operations.md"));
        var section = text[text.IndexOf("## The metadata store `amga`", StringComparison.Ordinal)..text.IndexOf("## Stores", StringComparison.Ordinal)];
        var told = section.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal)).SelectMany(line => Quoted().Matches(line.Split('|')[1]).Select(key => key.Groups[1].Value));
        told.Should().BeEquivalentTo(typeof(AmgaStoreOptions).GetProperties().Concat(typeof(SessionOptions).GetProperties()).Select(property => property.Name));
    }

    [Fact]
    public void Every_command_is_in_the_document_of_commands_and_nothing_else()
    {
        var lines = File.ReadAllLines(Path.Combine(Here.Root, "docs", "metadata-commands.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal));
        lines.SelectMany(line => Quoted().Matches(line.Split('|')[1]).Select(key => key.Groups[1].Value)).Should().BeEquivalentTo(CommandTable.All.Select(command => command.Name));
    }

    [Theory]
    [InlineData("/biomed/Role=physician", "mdmadmin:physician", "/DC=org/CN=Admin", null)]
    [InlineData("biomed", "mdmadmin:physician", "/DC=org/CN=Admin", "Groups")]
    [InlineData("/biomed", "physician", "/biomed/Role=admin", "Groups")]
    [InlineData("/biomed", "mdmadmin:physician", "admin", "Administrators")]
    public void Groups_and_administrators_are_checked_at_start(string fqan, string group, string administrator, string? wrong)
    {
        var options = new AmgaOptions { Store = "sqlite:x", Groups = { [fqan] = group }, Administrators = { administrator } };
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true).Should().Be(wrong is null);
        results.SelectMany(result => result.MemberNames).Should().Equal(wrong is null ? [] : [wrong]);
    }

    [Fact]
    public async Task Instances_over_one_file_share_it_until_the_last_gives_it_back()
    {
        var stores = new OpenStores();
        var address = SqlStoreAddress.Parse("sqlite:amga.db", _folder.Path);
        var first = stores.Take(address, new AmgaOptions(), TimeProvider.System, "the first");
        stores.Take(address, new AmgaOptions(), TimeProvider.System, "the second").Should().BeSameAs(first);
        await stores.GiveBackAsync(address);
        (await first.DescribeAsync(default)).Should().Contain("SQLite");
        await stores.GiveBackAsync(address);
        await first.Invoking(store => store.DescribeAsync(default)).Should().ThrowAsync<AmgaException>();
        stores.Take(address, new AmgaOptions(), TimeProvider.System, "again").Should().NotBeSameAs(first);
        await stores.GiveBackAsync(address);
    }

    public void Dispose() => _folder.Dispose();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Quoted();
}
