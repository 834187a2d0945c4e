using System.Collections.Frozen;
using System.Globalization;

namespace Mdm.Dicom.DataSet;

/// <summary>An element as PS3.6 registers it.</summary>
internal sealed record DictionaryEntry(Tag Tag, Vr Vr, string Multiplicity, string Keyword, bool IsRetired);

/// <summary>A UID as PS3.6 annex A registers it. <paramref name="Kind"/>: T transfer syntax, S SOP class, M meta SOP class, W well-known instance, O other.</summary>
internal sealed record RegisteredUid(string Uid, char Kind, string Keyword, bool IsRetired);

/// <summary>
/// PS3.6 and the private elements known by creator, from the files that eng/dicom-dictionary.py makes.
/// Read once, immutable, safe for concurrent use.
/// </summary>
internal static class DicomDictionary
{
    private static readonly Lazy<ElementTable> Elements = new(ReadElements);
    private static readonly Lazy<FrozenDictionary<string, RegisteredUid>> Uids = new(ReadUids);
    private static readonly Lazy<FrozenDictionary<(ushort Group, string Creator, byte Element), Vr>> Private = new(ReadPrivate);

    /// <summary>The entry of a standard element, also of the repeating groups (50xx, 60xx ...); null when PS3.6 does not know it.</summary>
    public static DictionaryEntry? Find(Tag tag)
    {
        var table = Elements.Value;
        if (table.ByTag.TryGetValue(tag.Value, out var entry))
            return entry;
        foreach (var (mask, pattern, repeating) in table.Repeating)
        {
            if ((tag.Value & mask) == pattern)
                return repeating with { Tag = tag };
        }

        return null;
    }

    public static DictionaryEntry? FindKeyword(string keyword) => Elements.Value.ByKeyword.GetValueOrDefault(keyword);

    /// <summary>The keywords of all elements.</summary>
    public static IEnumerable<string> Keywords => Elements.Value.ByKeyword.Keys;

    /// <summary>
    /// The VR that a reader of implicit VR assumes: PS3.6 for standard elements, UL for group lengths, LO for private creators,
    /// UN for everything unknown, which includes every private element.
    /// </summary>
    public static Vr ImplicitVr(Tag tag)
    {
        if (tag.IsGroupLength)
            return Vr.UL;
        if (tag.IsPrivate)
            return tag.IsPrivateCreator ? Vr.LO : Vr.UN;
        return Find(tag)?.Vr ?? Vr.UN;
    }

    /// <summary>The VR of a private element by the creator of its block; <see cref="Vr.UN"/> when unknown.</summary>
    public static Vr PrivateVr(Tag tag, string creator) =>
        Private.Value.GetValueOrDefault((tag.Group, creator.Trim(' ', '\0'), (byte)tag.Element), Vr.UN);

    public static RegisteredUid? FindUid(string uid) => Uids.Value.GetValueOrDefault(uid);

    /// <summary>All SOP classes that can be stored (their keywords end in Storage), retired ones last.</summary>
    public static IReadOnlyList<string> StorageClasses => StorageClassList.Value;

    private static readonly Lazy<IReadOnlyList<string>> StorageClassList = new(() =>
        [.. Uids.Value.Values
            .Where(uid => uid.Kind == 'S' && uid.Keyword.Contains("Storage", StringComparison.Ordinal)
                && !uid.Keyword.StartsWith("StorageCommitment", StringComparison.Ordinal)
                && !uid.Keyword.StartsWith("MediaStorageDirectory", StringComparison.Ordinal))
            .OrderBy(uid => uid.IsRetired).ThenBy(uid => uid.Uid, StringComparer.Ordinal)
            .Select(uid => uid.Uid)]);

    private static ElementTable ReadElements()
    {
        var byTag = new Dictionary<uint, DictionaryEntry>();
        var byKeyword = new Dictionary<string, DictionaryEntry>(StringComparer.Ordinal);
        var repeating = new List<(uint, uint, DictionaryEntry)>();
        foreach (var line in Lines("elements.txt"))
        {
            var fields = line.Split(' ');
            var pattern = fields[0].Replace('x', '0');
            var tag = new Tag(uint.Parse(pattern, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
            var entry = new DictionaryEntry(tag, VrFacts.Parse(fields[1]), fields[2], fields[3], fields.Length > 4);
            byKeyword.TryAdd(entry.Keyword, entry);
            if (fields[0].Contains('x', StringComparison.Ordinal))
            {
                var mask = string.Concat(fields[0].Select(digit => digit == 'x' ? '0' : 'F'));
                repeating.Add((uint.Parse(mask, NumberStyles.HexNumber, CultureInfo.InvariantCulture), tag.Value, entry));
            }
            else
            {
                byTag.Add(tag.Value, entry);
            }
        }

        return new ElementTable(byTag.ToFrozenDictionary(), byKeyword.ToFrozenDictionary(StringComparer.Ordinal), [.. repeating]);
    }

    private static FrozenDictionary<string, RegisteredUid> ReadUids() =>
        Lines("uids.txt")
            .Select(line => line.Split(' '))
            .ToFrozenDictionary(fields => fields[0], fields => new RegisteredUid(fields[0], fields[1][0], fields[2], fields.Length > 3), StringComparer.Ordinal);

    private static FrozenDictionary<(ushort, string, byte), Vr> ReadPrivate()
    {
        var known = new Dictionary<(ushort, string, byte), Vr>();
        ushort group = 0;
        var creator = "";
        foreach (var line in Lines("private.txt"))
        {
            if (line[0] == ' ')
            {
                known[(group, creator, byte.Parse(line.AsSpan(1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture))] = VrFacts.Parse(line.AsSpan(4, 2));
            }
            else
            {
                group = ushort.Parse(line.AsSpan(0, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                creator = line[5..];
            }
        }

        return known.ToFrozenDictionary();
    }

    private static IEnumerable<string> Lines(string resource)
    {
        using var stream = typeof(DicomDictionary).Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"The dictionary {resource} is not embedded.");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    private sealed record ElementTable(
        FrozenDictionary<uint, DictionaryEntry> ByTag,
        FrozenDictionary<string, DictionaryEntry> ByKeyword,
        (uint Mask, uint Pattern, DictionaryEntry Entry)[] Repeating);
}
