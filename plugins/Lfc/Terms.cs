using System.Collections.Concurrent;
using Mdm.Abstractions;
using Mdm.Sql;

namespace Mdm.Plugins.Lfc;

/// <summary>What was parsed before, by number. Filled from committed reads only: a number that a writer gave out and took back may come to mean another text.</summary>
internal sealed class TermCache
{
    /// <summary>Parsed terms kept; each owner, group and ACL of a catalogue is one, so a usual catalogue fits many times.</summary>
    public const int MaxTerms = 20_000;

    private readonly ConcurrentDictionary<long, object> _terms = new();

    public object? Find(long term) => _terms.GetValueOrDefault(term);

    public void Add(long term, object value)
    {
        if (_terms.Count >= MaxTerms)
            _terms.Clear();
        _terms[term] = value;
    }
}

/// <summary>Texts and their numbers, for one piece of work on one session.</summary>
internal sealed class Terms(SqlSession session, TermCache? committed)
{
    // No control character may stand in a DN or an FQAN, while a comma may.
    private const char AclSeparator = '\n';

    private readonly Dictionary<long, object> _read = [];
    private readonly Dictionary<string, long> _written = new(StringComparer.Ordinal);
    private (Acl Acl, long Term)? _lastAcl;

    public string Text(long term) => Get(term, static text => text);

    public DistinguishedName Name(long term) => Get(term, DistinguishedName.Parse);

    public Fqan Group(long term) => Get(term, Fqan.Parse);

    public Acl Acl(long term) => Get(term, static text => Abstractions.Acl.Parse(text.Split(AclSeparator)));

    public long? Number(string? text) => text is null ? null : Required(text);

    public long Number(DistinguishedName name) => Required(name.ToString());

    public long Number(Fqan group) => Required(group.ToString());

    public long Number(Acl acl)
    {
        // A publication gives thousands of drafts the same list; its text is made once.
        if (_lastAcl is not { } last || !ReferenceEquals(last.Acl, acl))
            _lastAcl = last = (acl, Required(string.Join(AclSeparator, acl.Entries)));
        return last.Term;
    }

    private long Required(string text)
    {
        if (_written.TryGetValue(text, out var term))
            return term;
        term = session.Scalar<long>("SELECT term FROM terms WHERE text = $1", text);
        if (term == 0)
            term = session.Scalar<long>("INSERT INTO terms (text) VALUES ($1) RETURNING term", text);
        _written.Add(text, term);
        return term;
    }

    private T Get<T>(long term, Func<string, T> parse)
        where T : class
    {
        // One text may be read as two things: a publication named like a group.
        if ((committed?.Find(term) ?? _read.GetValueOrDefault(term)) is T known)
            return known;
        var text = session.Scalar<string>("SELECT text FROM terms WHERE term = $1", term)
            ?? throw new MdmException(MdmErrorKind.Corrupt, "The catalogue's store has an entry whose term is missing.");
        var value = parse(text);
        _read[term] = value;
        committed?.Add(term, value);
        return value;
    }
}
