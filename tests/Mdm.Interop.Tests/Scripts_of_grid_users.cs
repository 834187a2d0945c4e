namespace Mdm.Interop.Tests;

/// <summary>The name servers' commands, in scripts written from their manual pages.</summary>
[Collection(DiskSite.Name)]
public sealed class Scripts_of_grid_users(DiskSite site) : IDisposable
{
    private readonly HabitScripts? _scripts = site.Missing is null ? new HabitScripts(site.Host) : null;

    public void Dispose() => _scripts?.Dispose();

    [SkippableTheory]
    [InlineData("lfc.sh")]
    [InlineData("dpns.sh")]
    public async Task End_as_they_did(string script)
    {
        site.Require();

        await _scripts!.RunAsync(script, site.Grid.PhysicianProxy);
    }
}
