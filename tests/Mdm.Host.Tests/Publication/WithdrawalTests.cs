using Mdm.Host.Access;
using Mdm.Host.Publication;
using Mdm.Host.Tests.Doubles;

namespace Mdm.Host.Tests.Publication;

public sealed class WithdrawalTests : IAsyncLifetime, IAsyncDisposable
{
    /// <summary>No digits: four of them also stand in random identifiers now and then.</summary>
    private const string Patient = "P-Wolkenstein";

    private readonly PublicationBench _bench = new(configure: options => options with { Attributes = ["Modality", "PatientName"] });
    private readonly MetadataInMemory _metadata = new();


    public async Task InitializeAsync()
    {
        _bench.Metadata = _metadata;
        await _bench.RestartAsync();
        _bench.Archive.Entries = [.. ListedArchive.Images(studies: 1, images: 2).Select(e => Of(e, Patient)), .. ListedArchive.Images(studies: 2, images: 2).Where(e => e.Labels[0] == "s2").Select(e => Of(e, "other"))];
        await _bench.RunAsync();
    }

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    public async ValueTask DisposeAsync() => await _bench.DisposeAsync();

    [Fact]
    public async Task All_of_a_patient_goes_with_keys_and_rows_and_nothing_of_another()
    {
        var gone = (await _bench.AllAsync()).Where(e => e.Value.Kind == CatalogEntryKind.File && e.Key.Contains("/s1/", StringComparison.Ordinal)).Select(e => e.Value).ToList();
        foreach (var outcome in await _bench.Keys.Keys.ObtainAsync(gone, default))
            outcome.Key!.Dispose();
        var keys = gone.ConvertAll(e => _bench.Keys.Keys.IdOf(e.Id));

        var result = await Withdrawal().WithdrawAsync(_bench.Ids.OfPatient(Patient + " "), PublicationBench.Admin, default);

        result.Should().Be(new WithdrawalResult(2, KeysDestroyed: true));
        (await _bench.FilesAsync()).Should().HaveCount(2).And.OnlyContain(path => path.Contains("/s2/"));
        _metadata.Rows(PublicationBench.Root).Keys.Should().HaveCount(2).And.OnlyContain(path => path.Contains("/s2/"));
        var kept = await ((IListableKeyStore)_bench.Keys.Store).ListAsync(default).ToListAsync();
        kept.Select(k => k.Rights.Id).Should().NotContain(keys);
    }

    [Fact]
    public async Task No_scan_and_no_restore_brings_the_patient_back_nor_takes_what_is_new()
    {
        await Withdrawal().WithdrawAsync(_bench.Ids.OfPatient(Patient), PublicationBench.Admin, default);
        _bench.Archive.Entries = [.. _bench.Archive.Entries, .. ListedArchive.Images(studies: 3, images: 1).Where(e => e.Labels[0] == "s3").Select(e => Of(e, Patient))];

        await _bench.RestartAsync();
        await _bench.RunAsync(new PublicationOrder(Restore: true));

        (await _bench.FilesAsync()).Should().HaveCount(2).And.OnlyContain(path => path.Contains("/s2/"));
    }

    [Fact]
    public async Task Lifted_it_is_published_again_under_other_keys()
    {
        var patient = _bench.Ids.OfPatient(Patient);
        var entry = (await _bench.AllAsync()).Values.First(e => e.Kind == CatalogEntryKind.File);
        (await _bench.Keys.Keys.ObtainAsync([entry], default))[0].Key!.Dispose();
        var key = _bench.Keys.Keys.IdOf(entry.Id);
        await Withdrawal().WithdrawAsync(patient, PublicationBench.Admin, default);

        (await _bench.Ledger.LiftAsync(patient, default)).Should().BeTrue();
        await _bench.RunAsync();

        (await _bench.FilesAsync()).Should().HaveCount(4);
        _bench.Keys.Keys.IdOf(entry.Id).Should().NotBe(key);
        (await _bench.Ledger.LiftAsync(patient, default)).Should().BeFalse();
    }

    [Fact]
    public async Task The_trail_and_the_ledger_name_no_patient()
    {
        await Withdrawal().WithdrawAsync(_bench.Ids.OfPatient(Patient), PublicationBench.Admin, default);

        await _bench.RestartAsync();
        foreach (var file in Directory.EnumerateFiles(_bench.Folder, "*", SearchOption.AllDirectories).Where(file => new FileInfo(file).Name is var name && !name.EndsWith(".owner", StringComparison.Ordinal) && name != "owner.lock"))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            bytes.AsSpan().IndexOf("Wolkenstein"u8).Should().Be(-1, file);
        }
    }

    private Withdrawal Withdrawal() => new(
        _bench.Ledger, _bench.Ids, _bench.Removal, _bench.Follower, new AdministratorGate(_bench.Book.Identity, _ => new ConnectionCaller(PublicationBench.Admin, null), _bench.Audit), _bench.Audit, TimeProvider.System);

    private static ArchiveEntry Of(ArchiveEntry entry, string patient) =>
        entry with { Attributes = entry.Attributes.Add(new ArchiveAttribute("PatientID", "LO", [patient])) };
}
