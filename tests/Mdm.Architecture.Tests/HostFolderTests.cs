namespace Mdm.Architecture.Tests;

public sealed class HostFolderTests : IDisposable
{
    private const string Prefix = "Mdm.Host.";

    // docs/architecture.md has the same table. Everybody may use Audit, Configuration and Diagnostics; the joints (Program, HostProcess) use all.
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Door"] = ["Access"],
        ["Srm"] = ["Access", "Plugins", "Requests", "Transfer", "Publication", "Uploads"],
        ["Uploads"] = ["Access", "Members", "Metadata", "Orders", "Plugins", "Publication", "Requests", "Staging", "Transfer", "Usage"],
        ["Requests"] = ["Access", "Members", "Orders", "Staging", "Transfer", "Usage"],
        ["Members"] = [],
        ["Access"] = ["Members", "Orders"],
        ["Orders"] = ["Members"],
        ["Administration"] = ["Access", "Members", "Metadata", "Orders", "Plugins", "Publication", "Requests", "Staging", "Uploads", "Usage"],
        ["Usage"] = [],
        ["Backup"] = ["Requests", "Uploads"],
        ["Names"] = ["Access", "Keys", "Metadata"],
        ["Keys"] = ["Access", "Members"],
        ["Staging"] = ["Access", "Keys", "Orders", "Plugins", "Usage"],
        ["Transfer"] = ["Access", "Orders", "Staging", "Usage"],
        ["Metadata"] = ["Access", "Keys", "Members", "Plugins", "Staging"],
        ["Publication"] = ["Access", "Members", "Metadata", "Orders", "Plugins", "Staging"],
        ["Services"] = ["Access", "Orders", "Plugins"],
        ["Plugins"] = [],
        ["Diagnostics"] = ["Access", "Plugins"],
        ["Audit"] = [],
        ["Configuration"] = [],
    };

    private static readonly string[] ForAll = ["Audit", "Configuration", "Diagnostics"];

    private readonly HostImage _host = new(Repository.HostAssembly);

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Every_folder_has_a_row_in_the_table() =>
        _host.Types.Select(FolderOf).OfType<string>().Distinct().Except(MayUse.Keys).Should().BeEmpty();

    [Fact]
    public void A_folder_uses_only_the_folders_it_may()
    {
        var broken = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var type in _host.Types)
        {
            if (FolderOf(type) is not { } folder || !MayUse.TryGetValue(folder, out var allowed))
                continue;
            foreach (var used in _host.UsedBy(type))
            {
                if (FolderOf(used) is { } other && other != folder && !allowed.Contains(other) && !ForAll.Contains(other) && !IsOptionsOfItsFolder(folder, _host.NameOf(used)))
                    broken.Add($"{_host.NameOf(type)} uses {_host.NameOf(used)}");
            }
        }
        broken.Should().BeEmpty();
    }

    [Fact]
    public void The_reading_sees_uses_at_all()
    {
        // Or an unreadable assembly would pass.
        var uses = _host.Types.Where(t => FolderOf(t) == "Diagnostics").SelectMany(_host.UsedBy).Select(FolderOf);
        uses.Should().Contain("Plugins").And.Contain("Configuration");
    }

    // The configuration is one tree; each folder's own part of it is named so.
    private static bool IsOptionsOfItsFolder(string folder, string used) => folder == "Configuration" && used.EndsWith("Options", StringComparison.Ordinal);

    private string? FolderOf(System.Reflection.Metadata.TypeDefinitionHandle type)
    {
        var space = _host.NamespaceOf(type);
        return space.StartsWith(Prefix, StringComparison.Ordinal) ? space[Prefix.Length..].Split('.')[0] : null;
    }
}
