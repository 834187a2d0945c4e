using System.Reflection;
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
        var catalog = ForeignCatalog.Open("sqlite:lfc.db", _folder.FullName, "the other context");
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
        (await catalog.ProbeAsync(default)).Should().Contain("SQLite 3.").And.Contain($"schema {LfcSchema.Schema.Version},").And.Contain("lfc.db");
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
}
