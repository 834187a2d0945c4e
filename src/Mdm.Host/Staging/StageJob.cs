using Mdm.Host.Access;

namespace Mdm.Host.Staging;

/// <summary>The staging of one file, however many ask for it. Counts and flags are changed under the staging area's lock only.</summary>
internal sealed class StageJob(AuthorizedFile file, FileVersion version, bool isWanted) : IDisposable
{
    public CatalogEntry Entry => file.Entry;

    public FileSource Source => file.Entry.Source!;

    /// <summary>The first who asked: the fetch stands in line for him and counts against his share.</summary>
    public DistinguishedName Subject => file.Caller.Subject;

    public GridIdentity Caller => file.Caller;

    public FileVersion Version => version;

    /// <summary>False while it is only read ahead.</summary>
    public bool IsWanted { get; set; } = isWanted;

    /// <summary>How many wait for it.</summary>
    public int Waiting { get; set; }

    /// <summary>Bytes known to be needed, from an earlier try that had too little room.</summary>
    public long Needed { get; set; }

    public bool IsOver { get; set; }

    /// <summary>The try in line or under way; changed under the line's lock.</summary>
    public FetchAttempt? Attempt { get; set; }

    public CancellationTokenSource Stop { get; } = new();

    public TaskCompletionSource<PoolSlot> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose() => Stop.Dispose();
}
