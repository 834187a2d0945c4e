namespace Mdm.Host.Staging;

/// <summary>The audit lines of one retrieval: for each caller and directory one before it and one after it.</summary>
internal sealed class PullAudit
{
    private readonly AuditTrail _audit;
    private readonly string _archive;
    private readonly List<IGrouping<(DistinguishedName, StoragePath), FetchAttempt>> _groups;

    private PullAudit(AuditTrail audit, string archive, IReadOnlyList<FetchAttempt> batch)
    {
        (_audit, _archive) = (audit, archive);
        _groups = [.. batch.GroupBy(attempt => (attempt.Job.Subject, attempt.Job.Entry.Path.Parent))];
    }

    /// <exception cref="MdmException">Unavailable: the trail cannot be written, so nothing may be fetched.</exception>
    public static PullAudit? Begin(AuditTrail? audit, string archive, IReadOnlyList<FetchAttempt> batch)
    {
        if (audit is null)
            return null;
        var pull = new PullAudit(audit, archive, batch);
        foreach (var group in pull._groups)
            audit.Retrieving(group.First().Job.Caller, archive, group.Key.Item2, group.Count());
        return pull;
    }

    /// <summary>Every attempt has its result, or is postponed.</summary>
    public void End()
    {
        foreach (var group in _groups)
        {
            var came = group.Count(attempt => attempt.Result.IsCompletedSuccessfully);
            _audit.Retrieved(group.First().Job.Caller, _archive, group.Key.Item2, came, came == group.Count());
        }
    }
}
