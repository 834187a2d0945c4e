using Mdm.Abstractions;
using Mdm.Formats.Keystores;

namespace Mdm.Plugins.Hydra.Keystore;

/// <summary>A page of keys in the making: rights that many keys have stand in it once.</summary>
internal sealed class Listing
{
    private readonly List<ListItem> _items = [];
    private readonly List<WireRights> _rights = [];
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private int _length;

    /// <summary>False when the page is full.</summary>
    public bool TryAdd(KeyRow row, int limit)
    {
        if (_items.Count == limit || _length > KeystoreLimits.MaxRightsPerPage)
            return false;
        if (KeyWork.Describe(row, NumberOf) is { } item)
            _items.Add(item);
        return true;
    }

    /// <summary>A key that was asked for by its id; null for one that there is not, or not for this caller.</summary>
    public void Add(KeyId id, KeyRow? row) => _items.Add((row is null || row.State == KeyState.Destroyed ? null : KeyWork.Describe(row, NumberOf)) ?? new ListItem(id, KeyStatus.None));

    public ListAnswer ToAnswer(bool hasMore) => new(_items, _rights, hasMore);

    private int NumberOf(KeyRights rights)
    {
        var wire = WireRights.Of(rights);
        var text = $"{wire.Owner}\n{wire.Group}\n{string.Join('\n', wire.Acl)}";
        if (!_numbers.TryGetValue(text, out var number))
        {
            number = _rights.Count;
            _rights.Add(wire);
            _numbers.Add(text, number);
            _length += wire.Length;
        }
        return number;
    }
}
