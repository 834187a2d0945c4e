using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Store;

/// <summary>Directories that were read, as long as the catalogue's version stands. Of committed states only.</summary>
internal sealed class TreeCache
{
    /// <summary>Beyond it all are forgotten and read again as they are needed.</summary>
    public const int MaxDirectories = 10_000;

    private volatile State _state = new(0);

    /// <summary>The directories known of that version; of a newer one none yet.</summary>
    public ConcurrentDictionary<string, AmgaDirectory> At(long version)
    {
        var state = _state;
        if (state.Version == version && state.Directories.Count < MaxDirectories)
            return state.Directories;
        // An older snapshot that is still being read gets no place here.
        var fresh = new State(version);
        if (version >= state.Version)
            _state = fresh;
        return fresh.Directories;
    }

    /// <summary>As <see cref="At"/>, without making it the one that is kept.</summary>
    public ConcurrentDictionary<string, AmgaDirectory>? Peek(long version) => _state is { } state && state.Version == version ? state.Directories : null;

    private sealed record State(long Version)
    {
        public ConcurrentDictionary<string, AmgaDirectory> Directories { get; } = new(StringComparer.Ordinal);
    }
}

/// <summary>The directories as one piece of work sees them.</summary>
internal sealed class Tree
{
    private readonly SqlSession _session;
    private readonly ConcurrentDictionary<string, AmgaDirectory>? _committed;
    private readonly Dictionary<string, AmgaDirectory>? _own;
    private readonly bool _isKnownOnly;
    private bool _isChanged;

    /// <param name="session">The work's.</param>
    /// <param name="cache">What is known already.</param>
    /// <param name="writes">True for work that may write: what it reads may never be committed, so it is not remembered.</param>
    public Tree(SqlSession session, TreeCache cache, bool writes)
    {
        _session = session;
        Version = session.Scalar<long>("SELECT version FROM catalogue");
        _committed = writes ? cache.Peek(Version) : cache.At(Version);
        _own = writes ? new Dictionary<string, AmgaDirectory>(StringComparer.Ordinal) : null;
    }

    /// <summary>The directories as far as they are known without asking. Whoever works with that sees to it that the version still stands.</summary>
    /// <param name="session">The work's; for rows only.</param>
    /// <param name="known">What is known.</param>
    /// <param name="version">Of that version.</param>
    public Tree(SqlSession session, ConcurrentDictionary<string, AmgaDirectory> known, long version)
    {
        _session = session;
        (_committed, Version, _isKnownOnly) = (known, version, true);
    }

    /// <summary>False once something was asked for that is not known without asking.</summary>
    public bool IsSure { get; private set; } = true;

    /// <summary>The catalogue's version when the work began.</summary>
    public long Version { get; }

    /// <summary>The directory or view at an absolute path.</summary>
    public AmgaDirectory? Find(string path)
    {
        if (Remembered(path) is { } known)
            return known;
        // What clients name is mostly an entry, and mostly of a directory with no other below it.
        if (path != "/" && Remembered(AmgaPath.Parent(path)) is { HasBelow: false })
            return null;
        if (_isKnownOnly)
        {
            IsSure = false;
            return null;
        }
        var directory = Read(path);
        if (directory is null)
            return null;
        if (_own is not null)
            _own[path] = directory;
        else
            _committed![path] = directory;
        return directory;
    }

    /// <summary>The paths of what lies directly below.</summary>
    public List<string> Below(AmgaDirectory directory) =>
        _session.Query("SELECT path FROM dirs WHERE parent = $1 ORDER BY path", static row => row.GetString(0), directory.Number);

    /// <summary>To be called by whoever changed what directories, rights or people are.</summary>
    public void Changed()
    {
        _isChanged = true;
        _own!.Clear();
        _session.Execute("UPDATE catalogue SET version = version + 1");
    }

    private AmgaDirectory? Remembered(string path) =>
        _own?.TryGetValue(path, out var directory) == true || (!_isChanged && _committed?.TryGetValue(path, out directory) == true) ? directory : null;

    private AmgaDirectory? Read(string path)
    {
        var found = _session.First(
            """
            SELECT dir, owner, bits, options, has_files, view_of, condition, CASE WHEN EXISTS (SELECT 1 FROM dirs AS below WHERE below.parent = dirs.dir) THEN 1 ELSE 0 END
            FROM dirs WHERE path = $1
            """,
            row => (Directory: new AmgaDirectory(row.GetInt64(0), path, row.GetString(1), (Bits)row.GetInt32(2), (DirectoryOptions)row.GetInt32(3), row.GetInt32(4) != 0) { HasBelow = row.GetInt32(7) != 0 },
                ViewOf: row.IsDBNull(5) ? 0 : row.GetInt64(5), Condition: row.IsDBNull(6) ? string.Empty : row.GetString(6)), path);
        if (found.Directory is not { } directory)
            return null;
        var acl = _session.Query("SELECT grp, bits FROM acl WHERE dir = $1", static row => (row.GetString(0), (Bits)row.GetInt32(1)), directory.Number);
        directory = directory with { Acl = acl.ToImmutableSortedDictionary(static a => a.Item1, static a => a.Item2, StringComparer.Ordinal) };
        return found.ViewOf != 0 ? ReadView(directory, found.ViewOf, found.Condition) : ReadSchema(directory);
    }

    private AmgaDirectory ReadSchema(AmgaDirectory directory)
    {
        var attributes = _session.Query("SELECT attr, name, kind, declared, length, scale, attr_group, is_multi FROM attrs WHERE dir = $1 ORDER BY attr", static row => new AmgaAttribute(
            row.GetInt64(0), row.GetString(1), new AmgaType((AmgaKind)row.GetInt32(2), row.GetString(3), row.GetInt32(4), row.GetInt32(5)), row.GetString(6), row.GetInt32(7) != 0), directory.Number);
        var restricted = _session.Query("SELECT attr_group FROM attr_groups WHERE dir = $1", static row => row.GetString(0), directory.Number);
        var rights = _session.Query("SELECT attr_group, grp, bits FROM attr_acl WHERE dir = $1", static row => (row.GetString(0), row.GetString(1), (Bits)row.GetInt32(2)), directory.Number);
        var rules = _session.Query("SELECT rule, name, kind, attr, ref_attr, expression FROM rules WHERE dir = $1 ORDER BY rule", static row => new AmgaRule(row.GetInt64(0), row.GetString(1),
            (RuleKind)row.GetInt32(2), row.IsDBNull(3) ? null : row.GetInt64(3), row.IsDBNull(4) ? null : row.GetInt64(4), row.IsDBNull(5) ? null : row.GetString(5)), directory.Number);
        var referredBy = _session.Query("SELECT DISTINCT d.path FROM rules AS r JOIN attrs AS a ON a.attr = r.ref_attr JOIN dirs AS d ON d.dir = r.dir WHERE a.dir = $1",
            static row => row.GetString(0), directory.Number);
        return directory with
        {
            Attributes = [.. attributes],
            AttributeAcl = restricted.ToImmutableSortedDictionary(static group => group, group => rights.Where(right => right.Item1 == group)
                .ToImmutableSortedDictionary(static right => right.Item2, static right => right.Item3, StringComparer.Ordinal), StringComparer.Ordinal),
            Rules = [.. rules],
            ReferredBy = [.. referredBy],
        };
    }

    private AmgaDirectory ReadView(AmgaDirectory view, long of, string condition)
    {
        var path = _session.Scalar<string>("SELECT path FROM dirs WHERE dir = $1", of)!;
        var attributes = _session.Query("SELECT attr FROM view_attrs WHERE dir = $1 ORDER BY position", static row => row.GetInt64(0), view.Number);
        return view with { View = new AmgaView(path, condition, [.. attributes]) };
    }
}
