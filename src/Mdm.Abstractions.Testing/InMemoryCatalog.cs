namespace Mdm.Abstractions.Testing;

/// <summary>A catalogue in memory, for tests of whatever uses one. It keeps every obligation but durability.</summary>
public sealed class InMemoryCatalog : ICommentableCatalog, IOwnableCatalog, IFindableCatalog
{
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<FileId, Node> _nodes = [];
    private readonly Node _root;

    /// <summary>A catalogue that holds the root only.</summary>
    public InMemoryCatalog(TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        var now = Whole(_time.GetUtcNow());
        _root = new Node(Entry(CatalogDraft.Root(now)), null);
        _nodes.Add(_root.Entry.Id, _root);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CatalogEntry>> WalkAsync(StoragePath path, CancellationToken cancellationToken) =>
        Locked<IReadOnlyList<CatalogEntry>>(() => Walk(path).ConvertAll(node => node.AsEntry()), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CatalogEntry?> FindAsync(FileId id, CancellationToken cancellationToken) =>
        Locked(() => _nodes.GetValueOrDefault(id)?.AsEntry(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CatalogEntry>> ListAsync(StoragePath directory, string? after, int skip, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(skip);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return Locked<IReadOnlyList<CatalogEntry>>(() =>
            [.. Directory(directory).Children!.Where(child => after is null || StoragePath.NameOrder.Compare(child.Key, after) > 0).Skip(skip).Take(limit).Select(child => child.Value.AsEntry())],
            cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<CreateOutcome>> CreateManyAsync(IReadOnlyList<CatalogDraft> drafts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(drafts);
        foreach (var draft in drafts)
            draft.Check();
        return Locked<IReadOnlyList<CreateOutcome>>(() => [.. drafts.Select(Create)], cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<CreateOutcome> ReplaceAsync(FileId old, CatalogDraft draft, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(draft);
        draft.Check();
        return Locked(() =>
        {
            if (!_nodes.ContainsKey(draft.Id) && _nodes.TryGetValue(old, out var node) && node is { Parent: { } parent, Children: null } && node.Path() == draft.Path)
            {
                parent.Children!.Remove(draft.Path.Name);
                _nodes.Remove(old);
            }
            return Create(draft);
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<CatalogEntry> SetAclAsync(FileId id, Acl acl, long expectedVersion, CancellationToken cancellationToken) =>
        ChangeRights(id, expectedVersion, entry => entry with { Acl = acl }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CatalogEntry> SetRightsAsync(FileId id, Acl acl, Acl? search, long expectedVersion, CancellationToken cancellationToken) =>
        ChangeRights(id, expectedVersion, entry => entry with { Acl = acl, SearchAcl = search }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CatalogEntry> SetOwnerAsync(FileId id, DistinguishedName owner, Fqan group, long expectedVersion, CancellationToken cancellationToken) =>
        ChangeRights(id, expectedVersion, entry => entry with { Owner = owner, Group = group }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CatalogEntry> SetCommentAsync(FileId id, string? comment, CancellationToken cancellationToken)
    {
        if (comment is not null && System.Text.Encoding.UTF8.GetByteCount(comment) is 0 or > ICommentableCatalog.MaxCommentBytes)
            throw new ArgumentException($"A comment has 1 to {ICommentableCatalog.MaxCommentBytes} bytes.", nameof(comment));
        return Locked(() =>
        {
            var node = Existing(id);
            node.Entry = node.Entry with { Comment = comment };
            return node.AsEntry();
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask SetFactsAsync(FileId id, FileFacts? facts, CancellationToken cancellationToken) => await Locked(() =>
    {
        var node = Existing(id);
        var changed = node.Entry.Facts is not null && node.Entry.Facts != facts;
        node.Entry = node.Entry with { Facts = facts, ModifiedAt = changed ? Whole(_time.GetUtcNow()) : node.Entry.ModifiedAt };
        return true;
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<CatalogEntry> MoveAsync(FileId id, StoragePath to, CancellationToken cancellationToken) => Locked(() =>
    {
        ArgumentNullException.ThrowIfNull(to);
        var node = Existing(id);
        var from = node.Path();
        if (from == to)
            return node.AsEntry();
        if (node.Children is not null && to.IsAtOrBelow(from))
            throw new MdmException(MdmErrorKind.InvalidName, $"'{from}' cannot be moved into itself.");
        if (to.IsRoot)
            throw new MdmException(MdmErrorKind.AlreadyExists, "The root is there already.");
        var parent = Directory(to.Parent);
        if (parent.Children!.ContainsKey(to.Name))
            throw new MdmException(MdmErrorKind.AlreadyExists, $"There is a '{to}' already.");
        CheckFits(node, to);
        node.Parent!.Children!.Remove(from.Name);
        node.Parent = parent;
        node.Entry = node.Entry with { Path = to, ModifiedAt = Whole(_time.GetUtcNow()) };
        parent.Children.Add(to.Name, node);
        return node.AsEntry();
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> RemoveAsync(FileId id, CancellationToken cancellationToken) => Locked(() =>
    {
        if (!_nodes.TryGetValue(id, out var node))
            return false;
        if (node.Parent is null)
            throw new MdmException(MdmErrorKind.Refused, "The root cannot be removed.");
        if (node.Children is { Count: > 0 })
            throw new MdmException(MdmErrorKind.DirectoryNotEmpty, $"'{node.Path()}' still has entries.");
        node.Parent.Children!.Remove(node.Entry.Path.Name);
        return _nodes.Remove(id);
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private static DateTimeOffset Whole(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds(time.ToUnixTimeMilliseconds());

    private static CatalogEntry Entry(CatalogDraft draft) => new()
    {
        Id = draft.Id,
        Path = draft.Path,
        Kind = draft.Kind,
        Owner = draft.Owner,
        Group = draft.Group,
        Acl = draft.Acl,
        AclVersion = 1,
        Publication = draft.Publication,
        Source = draft.Source,
        Target = draft.Target,
        CreatedAt = Whole(draft.CreatedAt),
        ModifiedAt = Whole(draft.CreatedAt),
    };

    // Building a path throws where it would be too long or too deep.
    private static void CheckFits(Node node, StoragePath path)
    {
        foreach (var (name, child) in node.Children ?? [])
            CheckFits(child, path.Child(name));
    }

    private ValueTask<CatalogEntry> ChangeRights(FileId id, long expectedVersion, Func<CatalogEntry, CatalogEntry> change, CancellationToken cancellationToken) => Locked(() =>
    {
        var node = Existing(id);
        if (node.Entry.AclVersion != expectedVersion)
            throw new MdmException(MdmErrorKind.Busy, "Somebody else changed the entry's rights meanwhile; read them again and decide anew.");
        node.Entry = change(node.Entry) with { AclVersion = expectedVersion + 1, ModifiedAt = Whole(_time.GetUtcNow()) };
        return node.AsEntry();
    }, cancellationToken);

    private CreateOutcome Create(CatalogDraft draft)
    {
        if (_nodes.TryGetValue(draft.Id, out var existing))
            return new CreateOutcome(CreateOutcomeKind.Existing, existing.AsEntry());
        if (draft.Path.IsRoot)
            return new CreateOutcome(CreateOutcomeKind.NameTaken, _root.AsEntry());
        var walk = Walk(draft.Path.Parent);
        if (walk[^1].Children is not { } siblings)
            return new CreateOutcome(CreateOutcomeKind.ParentNotADirectory, null);
        if (walk.Count <= draft.Path.Parent.Names.Length)
            return new CreateOutcome(CreateOutcomeKind.NoParent, null);
        if (siblings.TryGetValue(draft.Path.Name, out var taken))
            return new CreateOutcome(CreateOutcomeKind.NameTaken, taken.AsEntry());
        var node = new Node(Entry(draft), walk[^1]);
        siblings.Add(draft.Path.Name, node);
        _nodes.Add(draft.Id, node);
        return new CreateOutcome(CreateOutcomeKind.Created, node.AsEntry());
    }

    private List<Node> Walk(StoragePath path)
    {
        var walk = new List<Node> { _root };
        foreach (var name in path.Names)
        {
            if (walk[^1].Children is not { } children || !children.TryGetValue(name, out var next))
                break;
            walk.Add(next);
        }
        return walk;
    }

    private Node Directory(StoragePath path)
    {
        var walk = Walk(path);
        if (walk[^1].Children is null)
            throw new MdmException(MdmErrorKind.NotADirectory, $"'{path}' is not, or does not lead through, directories only.");
        return walk.Count == path.Names.Length + 1 ? walk[^1] : throw new MdmException(MdmErrorKind.NotFound, $"There is no directory '{path}'.");
    }

    private Node Existing(FileId id) => _nodes.GetValueOrDefault(id) ?? throw new MdmException(MdmErrorKind.NotFound, $"There is no entry {id}.");

    private ValueTask<T> Locked<T>(Func<T> work, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<T>(cancellationToken);
        lock (_lock)
        {
            try
            {
                return new ValueTask<T>(work());
            }
            catch (MdmException e)
            {
                return ValueTask.FromException<T>(e);
            }
        }
    }

    /// <summary>An entry in the tree. The path in <see cref="Entry"/> is right in its last name only: directories above may have moved.</summary>
    private sealed class Node(CatalogEntry entry, Node? parent)
    {
        public CatalogEntry Entry { get; set; } = entry;

        public Node? Parent { get; set; } = parent;

        public SortedDictionary<string, Node>? Children { get; } = entry.Kind == CatalogEntryKind.Directory ? new(StoragePath.NameOrder) : null;

        public StoragePath Path() => Parent is null ? StoragePath.Root : Parent.Path().Child(Entry.Path.Name);

        public CatalogEntry AsEntry() => Entry with { Path = Path() };
    }
}
