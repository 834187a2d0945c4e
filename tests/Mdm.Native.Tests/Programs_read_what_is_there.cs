namespace Mdm.Native.Tests;

/// <summary>What a C++ program reads is what the .NET client fetched, and what it does wrong it is told.</summary>
[Collection(NativeSite.Name)]
public sealed class Programs_read_what_is_there(NativeSite site)
{
    private static readonly string Exercise = CppProgram.Own("exercise");

    [SkippableFact]
    public async Task Eight_threads_read_one_file_at_random_and_each_byte_is_right()
    {
        site.Require();
        var reads = Here.Soak ? 400 : 40;

        await DemandAsync($"{8 * reads} reads agree", "compare", site.LargeObject, site.LargeCopy, "8", $"{reads}");
    }

    [SkippableFact]
    public async Task A_stream_reads_and_seeks() => await DemandAsync("stream agrees", "stream", site.Image, Path.Combine(site.SeriesCopies, Path.GetFileName(site.Image)));

    [SkippableFact]
    public async Task A_directory_is_fetched_whole_until_somebody_has_enough() => await DemandAsync($"{NativeSite.Instances} files agree", "series", site.Series, site.SeriesCopies);

    [SkippableFact]
    public async Task Calls_are_called_off_and_nothing_is_lost() => await DemandAsync($"cancelled, {NativeSite.Instances} entries", "cancel", site.LargeObject, site.Series);

    [SkippableFact]
    public async Task What_is_called_wrongly_is_refused_and_nothing_breaks() => await DemandAsync("all refused", "wrong", site.Image);

    [SkippableFact]
    public async Task A_program_in_C_does_all_of_it()
    {
        site.Require();

        var (code, said) = await site.RunAsync(CppProgram.Own("plain.c"), [site.Image, site.Series, "Modality = \"CT\""]);

        code.Should().Be(0, said);
        said.Should().Contain($"C: {NativeSite.Instances} entries, ");
    }

    [SkippableFact]
    public async Task A_file_is_opened_as_a_file_catalogues_users_name_it()
    {
        var copy = Path.Combine(site.SeriesCopies, Path.GetFileName(site.Image));

        await DemandAsync("2 reads agree", "compare", "lfn:" + site.Image, copy, "1", "2");
    }

    [SkippableFact]
    public async Task A_file_is_opened_by_its_guid()
    {
        site.Require();
        // The name of a row is the file's id.
        var (_, rows) = await site.RunAsync(CppProgram.Sample("query"), ["Modality = \"CT\"", "Path"]);
        rows.Should().Contain(site.Image);
        using var files = Mdm.Client.GridFiles.Open(new Mdm.Client.GridEnvironment { CertificateFile = site.Grid.PhysicianProxy, KeyFile = site.Grid.PhysicianProxy, TrustDirectory = site.Grid.CertificateDirectory, Searched = "the test's own grid" });
        var entry = await files.NamesAt(Mdm.Client.Surl.Parse(site.Host.Surl("/"))).StatAsync(Mdm.Abstractions.StoragePath.Parse(site.Image), followLast: true, default);

        var copy = Path.Combine(site.SeriesCopies, Path.GetFileName(site.Image));
        await DemandAsync("8 reads agree", "compare", Mdm.Abstractions.FileGuid.NameOf(entry.Id), copy, "2", "4");
    }

    private async Task DemandAsync(string last, params string[] arguments)
    {
        site.Require();
        var (code, said) = await site.RunAsync(Exercise, arguments);
        code.Should().Be(0, said);
        said.Should().Contain(last);
    }
}
