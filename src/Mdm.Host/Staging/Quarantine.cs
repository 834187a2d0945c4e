using System.Collections.Concurrent;

namespace Mdm.Host.Staging;

/// <summary>A file that its de-identifier refused.</summary>
/// <param name="File">Which.</param>
/// <param name="Version">The version that was refused: under other rules it is tried again.</param>
/// <param name="Reason">Why; names no patient.</param>
/// <param name="Since">When.</param>
internal sealed record QuarantinedFile(FileId File, string Version, string Reason, DateTimeOffset Since);

/// <summary>Keeps what is in quarantine.</summary>
internal interface IQuarantineLedger
{
    Task<List<QuarantinedFile>> QuarantinedAsync(CancellationToken cancellationToken);

    Task QuarantineAsync(QuarantinedFile file, CancellationToken cancellationToken);

    Task EndQuarantineAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken);
}

/// <summary>
/// Objects that could not be de-identified safely (text burned into pixels, something identifying left over): they stay closed, are not fetched again for every caller who asks, and
/// wait for an administrator. A changed object or changed rules end it.
/// </summary>
internal sealed class Quarantine
{
    private readonly IQuarantineLedger _ledger;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<FileId, QuarantinedFile> _files;

    public Quarantine(IQuarantineLedger ledger, TimeProvider time)
    {
        (_ledger, _time) = (ledger, time);
        _files = new(ledger.QuarantinedAsync(CancellationToken.None).GetAwaiter().GetResult().ToDictionary(file => file.File));
    }

    /// <summary>All of it, longest first.</summary>
    public IReadOnlyList<QuarantinedFile> Files => [.. _files.Values.OrderBy(file => file.Since).ThenBy(file => file.File)];

    /// <summary>Throws for a version of a file that was refused before.</summary>
    /// <exception cref="MdmException">Refused, as it was then.</exception>
    public void Demand(FileId file, FileVersion version)
    {
        if (Find(file, version) is { } refused)
            throw new MdmException(MdmErrorKind.Refused, refused.Reason);
    }

    /// <summary>A version of a file that was refused before; null when it was not.</summary>
    public QuarantinedFile? Find(FileId file, FileVersion version) =>
        _files.TryGetValue(file, out var refused) && refused.Version == version.Name ? refused : null;

    public async Task AddAsync(FileId file, FileVersion version, string reason)
    {
        var refused = new QuarantinedFile(file, version.Name, reason, DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds()));
        // Written first: what is known only here is taken for ended elsewhere.
        try
        {
            await _ledger.QuarantineAsync(refused, CancellationToken.None);
        }
        finally
        {
            _files[file] = refused;
        }
    }

    /// <summary>Makes what is known here what the ledger says: other hosts write there, too.</summary>
    public async Task HearAsync(CancellationToken cancellationToken)
    {
        var before = _files.ToArray();
        var kept = (await _ledger.QuarantinedAsync(cancellationToken)).ToDictionary(file => file.File);
        foreach (var (file, refused) in kept)
            _files.TryAdd(file, refused);
        foreach (var known in before)
        {
            // Only what was known before the ledger was asked, and is the same: what came since may not be written there yet.
            if (!kept.TryGetValue(known.Key, out var refused))
                _files.TryRemove(known);
            else if (refused != known.Value)
                _files.TryUpdate(known.Key, refused, known.Value);
        }
    }

    /// <summary>Lets files be tried again.</summary>
    public async Task EndAsync(IReadOnlyCollection<FileId> files, CancellationToken cancellationToken)
    {
        await _ledger.EndQuarantineAsync(files, cancellationToken);
        foreach (var file in files)
            _files.TryRemove(file, out _);
    }
}
