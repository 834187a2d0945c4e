using Mdm.Abstractions;
using Mdm.Host.Configuration;
using Mdm.Host.Plugins;
using Microsoft.Extensions.Configuration;

namespace Mdm.Host.Tests.Plugins;

public sealed class InstanceSetTests : IDisposable
{
    private readonly PluginFolder _folder = new();
    private readonly PluginShelf _shelf;

    public InstanceSetTests()
    {
        _folder.Copy(PluginFolder.Good);
        _shelf = new PluginLoader(_folder.Path, HostAssemblies.OfThisProcess()).Load([PluginFolder.Good]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Leases_a_configured_archive_by_name()
    {
        await using var set = await InstanceSet.CreateAsync(Plan("hello"), Surroundings.Quiet());

        await using var lease = set.Archive("radiology");

        lease.Value.Should().BeAssignableTo<IBrowsableBackend>();
        set.Has(OfferKind.Archive, "radiology").Should().BeTrue();
        var other = () => set.Archive("cardiology");
        other.Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Unsupported);
    }

    [Fact]
    public async Task Keeps_a_replaced_instance_until_its_last_lease_ends()
    {
        await using var set = await InstanceSet.CreateAsync(Plan("old"), Surroundings.Quiet());
        var first = set.Archive("radiology");
        var second = set.Archive("radiology");
        dynamic old = first.Value;

        await set.ReplaceAsync(Plan("new").Single());
        await using var third = set.Archive("radiology");

        third.Value.Should().NotBeSameAs(first.Value);
        await first.DisposeAsync();
        await first.DisposeAsync();
        ((int)old.TimesDisposed).Should().Be(0, "one lease is still out, and giving one back twice counts once");
        await second.DisposeAsync();
        ((int)old.TimesDisposed).Should().Be(1);
    }

    [Fact]
    public async Task Keeps_the_old_instance_where_the_new_one_cannot_be_made()
    {
        await using var set = await InstanceSet.CreateAsync(Plan("old"), Surroundings.Quiet());
        await using var before = set.Archive("radiology");

        var replace = () => set.ReplaceAsync(Plan("refuse").Single());

        await replace.Should().ThrowAsync<ConfigurationFaultException>();
        await using var after = set.Archive("radiology");
        after.Value.Should().BeSameAs(before.Value);
    }

    [Fact]
    public async Task Disposes_every_instance_once_at_the_end()
    {
        var set = await InstanceSet.CreateAsync(Plan("hello"), Surroundings.Quiet());
        dynamic archive;
        await using (var lease = set.Archive("radiology"))
            archive = lease.Value;

        await set.DisposeAsync();

        ((int)archive.TimesDisposed).Should().Be(1);
    }

    [Fact]
    public async Task Tells_where_a_factory_threw()
    {
        var create = () => InstanceSet.CreateAsync(Plan("refuse"), Surroundings.Quiet());

        (await create.Should().ThrowAsync<ConfigurationFaultException>()).Which.Faults.Should().ContainSingle()
            .Which.ToString().Should().StartWith("Archives:radiology: ").And.Contain("told to refuse").And.Contain("Refused");
    }

    [Fact]
    public void Each_instance_has_a_folder_of_its_own_that_only_the_hosts_user_reads()
    {
        var surroundings = Surroundings.Quiet() with { StateDirectory = Path.Combine(_folder.Path, "state") };
        using var radiology = surroundings.ContextOf(Plan("hello").Single());
        using var cardiology = surroundings.ContextOf(Plan("hello", "cardiology").Single());

        var folder = radiology.StateDirectory;

        folder.Should().Be(Path.Combine(_folder.Path, "state", "instances", "Archives", "radiology")).And.Be(radiology.StateDirectory);
        cardiology.StateDirectory.Should().NotBe(folder);
        File.GetUnixFileMode(folder).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    [Fact]
    public async Task What_an_instance_measures_with_ends_with_it()
    {
        var ended = 0;
        using var listener = new System.Diagnostics.Metrics.MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Scope is InstanceScope { Path: "Archives:measured" })
                    listener.EnableMeasurementEvents(instrument);
            },
            MeasurementsCompleted = (_, _) => ended++,
        };
        listener.Start();
        PluginContext? context = null;
        var plan = Plan("hello", "measured").Single();
        var create = plan.Offer.Create;
        plan = plan with { Offer = plan.Offer with { Create = (options, given) => create(options, context = given) } };
        var set = await InstanceSet.CreateAsync([plan], Surroundings.Quiet());
        context!.Meter.CreateCounter<int>("things").Add(1);

        ended.Should().Be(0);
        await set.DisposeAsync();

        ended.Should().Be(1);
    }

    [Fact]
    public async Task A_factory_that_does_not_come_back_is_told_as_a_fault_of_its_instance()
    {
        using var healed = new ManualResetEventSlim();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var time = new ManualTime();
        var plan = Plan("hello").Single();
        plan = plan with { Offer = plan.Offer with { Create = (_, _) =>
        {
            begun.SetResult();
            healed.Wait();
            return new object();
        } } };
        var create = InstanceSet.CreateAsync([plan], Surroundings.Quiet() with { TimeProvider = time });
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(60));
        try
        {
            await UntilAsync(create, time);

            (await create.Invoking(c => c).Should().ThrowAsync<ConfigurationFaultException>()).Which.Faults.Should().ContainSingle()
                .Which.ToString().Should().StartWith("Archives:radiology: ").And.Contain("did not make 'empty' within 00:02:00");
        }
        finally
        {
            healed.Set();
        }
    }

    [Fact]
    public async Task An_instance_that_does_not_end_holds_up_neither_its_successor_nor_the_end_of_the_process()
    {
        using var healed = new ManualResetEventSlim();
        var time = new ManualTime();
        var plan = Plan("hello").Single();
        var stuck = plan with { Offer = plan.Offer with { Create = (_, _) => new Stuck(healed) } };
        var set = await InstanceSet.CreateAsync([stuck], Surroundings.Quiet() with { TimeProvider = time });
        try
        {
            var replacing = set.ReplaceAsync(plan);
            await UntilAsync(replacing, time);
            await replacing;
            await using (var lease = set.Archive("radiology"))
                lease.Value.Should().NotBeOfType<Stuck>();

            await set.ReplaceAsync(stuck);
            var ending = set.DisposeAsync().AsTask();
            await UntilAsync(ending, time);
            await ending;
        }
        finally
        {
            healed.Set();
        }
    }

    [Fact]
    public async Task Probes_tell_who_serves_and_who_does_not()
    {
        await using var set = await InstanceSet.CreateAsync([.. Plan("hello"), .. Plan("silent", "cardiology")], Surroundings.Quiet());

        var results = await set.ProbeAsync(TimeSpan.FromSeconds(60), default);

        results.Select(r => r.ToString()).Should().Equal("Archives:cardiology: nobody answers", "Archives:radiology: ok, hello from radiology, release 2");
    }

    private static async Task UntilAsync(Task task, ManualTime time)
    {
        for (var end = DateTime.UtcNow + TimeSpan.FromSeconds(60); !task.IsCompleted && DateTime.UtcNow < end;)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }
    }

    /// <summary>An archive whose end holds its thread.</summary>
    private sealed class Stuck(ManualResetEventSlim healed) : IStorageBackend
    {
        public ValueTask<ArchiveObjectInfo?> FindAsync(ArchiveObjectId id, CancellationToken cancellationToken) => new((ArchiveObjectInfo?)null);

        public ValueTask<ArchiveContent> OpenReadAsync(ArchiveObjectId id, CancellationToken cancellationToken) => throw new MdmException(MdmErrorKind.NotFound, "Nothing is here.");

        public ValueTask DisposeAsync()
        {
            healed.Wait();
            return default;
        }
    }

    private IReadOnlyList<PlannedInstance> Plan(string greeting, string name = "radiology")
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"Archives:{name}:Type"] = "empty",
            [$"Archives:{name}:Options:Greeting"] = greeting,
        }).Build();
        var binder = new StrictBinder();
        var plan = InstancePlan.Of(binder.Bind<HostOptions>(configuration), _shelf, binder);
        binder.Faults.Should().BeEmpty();
        return plan;
    }
}
