using System.Reflection;
using System.Runtime.Loader;
using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.Sql;

namespace Mdm.Plugins.Lfc.Tests;

public sealed class LfcPluginTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mdm-lfc-");

    [Fact]
    public void Names_its_entry() => typeof(LfcPlugin).Assembly.GetCustomAttribute<MdmPluginAttribute>()!.Entry.Should().Be<LfcPlugin>();

    [Fact]
    public async Task Loads_its_own_sqlite_in_its_own_load_context()
    {
        var context = new PluginLoadContext(Path.GetFileName(typeof(LfcPlugin).Assembly.Location));
        var catalog = (ICatalog)context.LoadFromAssemblyName(typeof(LfcPlugin).Assembly.GetName())
            .GetType(typeof(LfcCatalog).FullName!)!.GetMethod(nameof(LfcCatalog.Open))!
            .Invoke(null, [Foreign(context), TimeProvider.System, "the other context"])!;
        await using (catalog)
        {
            catalog.GetType().Should().NotBe<LfcCatalog>();
            (await catalog.CreateManyAsync([CatalogDrafts.File("/f")], default)).Should().ContainSingle(o => o.Kind == CreateOutcomeKind.Created);

            // A second copy of SQLite on the same file, in the same process, is kept out.
            FluentActions.Invoking(() => LfcCatalog.Open(Store, TimeProvider.System, "this context"))
                .Should().Throw<SqlStoreException>().WithMessage("*in use by the other context, process *");
        }
        await using var after = LfcCatalog.Open(Store, TimeProvider.System, "this context");
        (await after.FindAsync(CatalogDrafts.Id("/f"), default)).Should().NotBeNull();
    }

    [Fact]
    public async Task A_probe_says_what_is_there()
    {
        await using var catalog = LfcCatalog.Open(Store, TimeProvider.System, "the tests");
        (await catalog.ProbeAsync(default)).Should().Contain("SQLite 3.").And.Contain("schema 1").And.Contain("lfc.db");
    }

    [Fact]
    public async Task Trouble_of_the_store_comes_in_the_words_of_the_contract()
    {
        var catalog = LfcCatalog.Open(Store, TimeProvider.System, "the tests");
        await catalog.DisposeAsync();
        (await catalog.Invoking(c => c.FindAsync(default, default).AsTask()).Should().ThrowAsync<MdmException>()).Which.IsTransient.Should().BeTrue();
    }

    [Fact]
    public async Task A_write_that_was_undone_leaves_no_term_behind_that_means_something_else()
    {
        await using var store = SqlStore.Open(Store, LfcSchema.Schema, new SqlStoreOptions("the tests"));
        var committed = new TermCache();
        long undone = 0;
        await store.Invoking(s => s.WriteAsync<int>(session =>
        {
            var terms = new Terms(session, null);
            undone = terms.Number("first")!.Value;
            terms.Text(undone).Should().Be("first");
            throw new InvalidOperationException();
        }, default)).Should().ThrowAsync<InvalidOperationException>();

        var kept = await store.WriteAsync(session => new Terms(session, null).Number("second")!.Value, default);

        kept.Should().Be(undone, "SQLite gives the number out again");
        (await store.ReadAsync(session => new Terms(session, committed).Text(kept), default)).Should().Be("second");
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private SqlStoreAddress Store => SqlStoreAddress.Parse("sqlite:lfc.db", _folder.FullName);

    private object Foreign(PluginLoadContext context) =>
        context.LoadFromAssemblyName(typeof(SqlStoreAddress).Assembly.GetName()).GetType(typeof(SqlStoreAddress).FullName!)!
            .GetMethod(nameof(SqlStoreAddress.Parse))!.Invoke(null, ["sqlite:lfc.db", _folder.FullName])!;

    /// <summary>As the host loads a plugin: the contract is shared, everything else is the plugin's own.</summary>
    private sealed class PluginLoadContext(string plugin) : AssemblyLoadContext("a plugin")
    {
        private readonly AssemblyDependencyResolver _resolver = new(Laid(plugin));

        protected override Assembly? Load(AssemblyName name) =>
            _resolver.ResolveAssemblyToPath(name) is { } path ? LoadFromAssemblyPath(path) : null;

        protected override nint LoadUnmanagedDll(string name) =>
            _resolver.ResolveUnmanagedDllToPath(name) is { } path ? LoadUnmanagedDllFromPath(path) : 0;

        // The plugin's own dependency list stands in its layout; in the tests' folder its files are mixed with the tests'.
        private static string Laid(string plugin)
        {
            var root = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(root.FullName, "MedicalDataManager.sln")))
                root = root.Parent!;
            return Directory.EnumerateFiles(Path.Combine(root.FullName, "artifacts", "plugins"), Path.GetFileName(plugin), SearchOption.AllDirectories).First();
        }
    }
}
