namespace Mdm.Host.Audit;

/// <summary>What is found when a trail is verified.</summary>
/// <param name="First">The first line's number; 0 when there is none.</param>
/// <param name="Last">The last one's.</param>
/// <param name="Faults">One sentence each; empty when nothing was altered, removed or added.</param>
internal sealed record TrailReport(long First, long Last, IReadOnlyList<string> Faults);

/// <summary>Checks that a trail is as the host wrote it. It may be written meanwhile, and may begin later than at line 1 where older files were put away.</summary>
internal sealed class TrailVerifier
{
    /// <summary>Most faults told.</summary>
    public const int MaxFaults = 100;

    private readonly AuditSecret _secret;
    private readonly List<string> _faults = [];
    private byte[]? _before;
    private string _file = string.Empty;
    private long _first;
    private long _last;

    private TrailVerifier(AuditSecret secret) => _secret = secret;

    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static TrailReport Verify(string directory, AuditSecret secret)
    {
        var verifier = new TrailVerifier(secret);
        // Read first: the host goes on writing.
        var head = TrailHead.Read(directory, secret.Head);
        using var reader = new TrailReader(directory);
        while (reader.TryNext(out var line))
            verifier.Take(reader.File, line);
        verifier.End(head);
        return new TrailReport(verifier._first, verifier._last, verifier._faults);
    }

    private void Take(string file, ReadOnlySpan<byte> line)
    {
        var isFirstOfFile = file != _file;
        _file = file;
        if (!TrailChain.TrySplit(line, out var hashed, out var hash) || AuditRecord.TryRead(line) is not { N: > 0 } record)
        {
            Fault($"{file}: after line {_last} there is one that is none of the trail's.");
            return;
        }
        var after = TrailChain.AfterOf(hashed);
        if (_last == 0)
            _first = record.N;
        var isNext = _last == 0 || record.N == _last + 1;
        if (!isNext)
            Fault(record.N > _last ? $"{file}: lines {_last + 1} to {record.N - 1} are missing." : $"{file}: line {record.N} stands after line {_last}.");
        var before = isNext && _before is not null ? _before : after ?? (record.N == 1 ? TrailChain.Beginning : null);
        if (before is not null && !TrailChain.Hash(_secret.Chain, before, hashed).AsSpan().SequenceEqual(hash))
            Fault($"{file}: line {record.N} was altered, or was not written after the line before it.");
        else if (before is null && isNext)
            Fault($"{file}: line {record.N} is the first of its file and does not say what it continues.");
        else if (isFirstOfFile && isNext && _before is not null && after is null)
            Fault($"{file}: line {record.N} is the first of its file and does not say what it continues.");
        (_before, _last) = (hash, Math.Max(_last, record.N));
    }

    private void End(TrailEnd? head)
    {
        if (head is null)
            Fault($"The signed note of how far the trail went, '{TrailHead.FileName}', is missing, was altered or belongs to another trail.");
        else if (head.Number > _last)
            Fault($"Lines {_last + 1} to {head.Number} are missing at its end.");
        else if (head.Number == _last && !head.Hash.AsSpan().SequenceEqual(_before))
            Fault($"Line {_last}, the last one, is not the one that was written.");
    }

    private void Fault(string sentence)
    {
        if (_faults.Count < MaxFaults)
            _faults.Add(sentence);
    }
}
