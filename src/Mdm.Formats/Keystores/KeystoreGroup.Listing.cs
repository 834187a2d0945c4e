using System.Runtime.CompilerServices;
using Mdm.Abstractions;

namespace Mdm.Formats.Keystores;

/// <summary>A key as the keystores of a group have it.</summary>
/// <param name="Id">Which.</param>
/// <param name="Copies">By keystore; null where it has none, or did not answer.</param>
public sealed record GroupEntry(KeyId Id, IReadOnlyList<KeystoreCopy?> Copies)
{
    /// <summary>Somebody destroyed it.</summary>
    public bool IsDestroyed => Copies.Any(c => c?.Item.Status == KeyStatus.Destroyed);

    /// <summary>The copy whose rights were set last; null where none has rights.</summary>
    public KeystoreCopy? Latest => Copies.Where(c => c?.Rights is not null).MaxBy(c => c!.Item.Stamp);

    /// <summary>Rights that grant whatever any copy grants.</summary>
    public KeyRights? Widest => Copies.Select(c => c?.Rights).OfType<KeyRights>().Aggregate((KeyRights?)null, (all, one) => all is null ? one : KeyRights.Widest(all, one));
}

/// <summary>What one keystore has of a key.</summary>
public sealed record KeystoreCopy(ListItem Item, KeyRights? Rights);

/// <summary>A list of keys, and who did not take part.</summary>
public sealed class GroupListing(IAsyncEnumerable<GroupEntry> entries, IReadOnlyList<MdmException?> failures)
{
    /// <summary>In ascending order of id.</summary>
    public IAsyncEnumerable<GroupEntry> Entries { get; } = entries;

    /// <summary>By keystore: why it does not take part; null where it does. May grow while the entries are read.</summary>
    public IReadOnlyList<MdmException?> Failures { get; } = failures;
}

public sealed partial class KeystoreGroup
{
    /// <summary>All keys that the keystores tell the caller of: what it registered, or everything for an administrator.</summary>
    /// <exception cref="MdmException"><see cref="MdmErrorKind.Unavailable"/>: fewer than n-k+1 keystores take part, so that some keys may be at none of them.</exception>
    public GroupListing List(CancellationToken cancellationToken)
    {
        var failures = new MdmException?[_keystores.Length];
        return new GroupListing(ListAsync(failures, cancellationToken), failures);
    }

    /// <summary>What the keystores have of these keys, in the order asked. Not more than one request's.</summary>
    public async ValueTask<IReadOnlyList<GroupEntry>> DescribeAsync(IReadOnlyList<KeyId> ids, CancellationToken cancellationToken)
    {
        var answers = await AskAllAsync<ListAnswer>((i, limit) => _keystores[i].DescribeAsync(ids, limit), answers => answers.Count(a => a is { Value: not null }) >= Threshold, _options.Grace, cancellationToken).ConfigureAwait(false);
        if (answers.Count(a => a is { Value: not null }) < Blocking)
            throw TooFew(answers, Blocking, "Telling of keys");
        return [.. ids.Select((id, k) => new GroupEntry(id, [.. answers.Select(a => a?.Value is { } answer && answer.Keys[k].Status == KeyStatus.Ok ? CopyOf(answer, answer.Keys[k]) : null)]))];
    }

    private static KeystoreCopy CopyOf(ListAnswer answer, ListItem item) => new(item, item.Rights < 0 ? null : answer.Rights[item.Rights].ToRights());

    private async IAsyncEnumerable<GroupEntry> ListAsync(MdmException?[] failures, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var cursors = Enumerable.Range(0, _keystores.Length).Select(_ => new Cursor()).ToArray();
        while (true)
        {
            var dry = Enumerable.Range(0, cursors.Length).Where(i => failures[i] is null && cursors[i].NeedsPage).ToHashSet();
            if (dry.Count > 0)
            {
                var answers = await AskAllAsync<ListAnswer>((i, limit) => dry.Contains(i) ? _keystores[i].ListAsync(new ListRequest(cursors[i].After), limit) : null, _ => false, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
                foreach (var i in dry)
                {
                    if (answers[i]?.Value is { } page)
                        cursors[i].Take(page);
                    else
                        failures[i] = answers[i]?.Failure;
                }
                if (failures.Count(f => f is null) < Blocking)
                    throw new MdmException(MdmErrorKind.Unavailable, $"Listing keys needs {Blocking} of {_keystores.Length} keystores. {string.Join(' ', failures.OfType<MdmException>().Select(f => f.Message))}");
            }
            var least = Enumerable.Range(0, cursors.Length).Where(i => failures[i] is null).Select(i => cursors[i].Current?.Id).OfType<KeyId>().DefaultIfEmpty().Min();
            var copies = new KeystoreCopy?[cursors.Length];
            var found = false;
            for (var i = 0; i < cursors.Length; i++)
            {
                if (failures[i] is null && cursors[i].Current is { } item && item.Id == least)
                {
                    copies[i] = cursors[i].Next();
                    found = true;
                }
            }
            if (!found)
                yield break;
            yield return new GroupEntry(least, copies);
        }
    }

    /// <summary>Where one keystore's list is.</summary>
    private sealed class Cursor
    {
        private ListAnswer? _page;
        private int _at;
        private Dictionary<int, KeyRights> _rights = [];

        public KeyId? After { get; private set; }

        public ListItem? Current => _page is not null && _at < _page.Keys.Count ? _page.Keys[_at] : null;

        public bool NeedsPage => _page is null || (_at == _page.Keys.Count && _page.HasMore);

        public void Take(ListAnswer page) => (_page, _at, _rights) = (page, 0, []);

        public KeystoreCopy Next()
        {
            var item = _page!.Keys[_at++];
            After = item.Id;
            if (item.Rights < 0)
                return new KeystoreCopy(item, null);
            if (!_rights.TryGetValue(item.Rights, out var rights))
                _rights.Add(item.Rights, rights = _page.Rights[item.Rights].ToRights());
            return new KeystoreCopy(item, rights);
        }
    }
}
