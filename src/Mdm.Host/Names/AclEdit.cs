using Mdm.Formats.Names;

namespace Mdm.Host.Names;

/// <summary>
/// A change of an access list in the words of POSIX.1e draft 17, as <c>lfc-setacl</c> and <c>setfacl</c> have them: the base entries are always there, those by default once there is any entry by default; the mask is what the
/// entries need that it holds down, unless it is given.
/// </summary>
internal sealed class AclEdit
{
    private static readonly AclTag[] Base = [AclTag.Owner, AclTag.OwningGroup, AclTag.Other];

    private readonly string _change;
    private readonly List<AclEntry> _entries;

    private AclEdit(string change, List<AclEntry> entries) => (_change, _entries) = (change, entries);

    /// <exception cref="MdmException">InvalidName: it is none.</exception>
    public static AclEdit Parse(AclQuestion question)
    {
        if (question.Change is not (NamesWire.Replace or NamesWire.Modify or NamesWire.Delete))
            throw Bad($"A change of rights is {NamesWire.Replace}, {NamesWire.Modify} or {NamesWire.Delete}.");
        if (question.Entries.Count is 0 or > Acl.MaxEntries)
            throw Bad($"A change of rights names 1 to {Acl.MaxEntries} entries.");
        var entries = question.Entries.Select(AclEntry.Parse).ToList();
        var twice = entries.GroupBy(entry => (entry.IsDefault, entry.Tag, entry.Qualifier)).FirstOrDefault(same => same.Count() > 1);
        return twice is null ? new AclEdit(question.Change, entries) : throw Bad($"'{twice.First()}' is named twice.");
    }

    /// <summary>The list that it makes of an entry's.</summary>
    /// <exception cref="MdmException">InvalidName: it would be none.</exception>
    public Acl ApplyTo(CatalogEntry entry)
    {
        var all = (_change == NamesWire.Replace ? [] : entry.Acl.Entries).ToDictionary(line => (line.IsDefault, line.Tag, line.Qualifier));
        foreach (var line in _entries)
        {
            if (_change == NamesWire.Delete)
                all.Remove((line.IsDefault, line.Tag, line.Qualifier));
            else
                all[(line.IsDefault, line.Tag, line.Qualifier)] = line;
        }
        var lines = all.Values.ToList();
        CheckBase(lines, isDefault: false);
        if (lines.Exists(line => line.IsDefault))
        {
            if (entry.Kind != CatalogEntryKind.Directory)
                throw Bad($"{entry.Path} is not a directory: it has no entries by default.");
            CheckBase(lines, isDefault: true);
        }
        // Acl.Create makes a mask that is missing.
        return Acl.Create(lines.Where(line => line.Tag != AclTag.Mask || KeepsMask(line, lines)));
    }

    private bool KeepsMask(AclEntry mask, List<AclEntry> lines)
    {
        if (_change != NamesWire.Delete && _entries.Exists(line => line.IsDefault == mask.IsDefault && line.Tag == AclTag.Mask))
            return true;
        // Nobody touched what it is of, or there is nobody left to hold down.
        var isTouched = _entries.Exists(line => line.IsDefault == mask.IsDefault && line.Tag is AclTag.User or AclTag.OwningGroup or AclTag.Group);
        return !isTouched && lines.Exists(line => line.IsDefault == mask.IsDefault && line.Tag is AclTag.User or AclTag.Group);
    }

    private static void CheckBase(List<AclEntry> lines, bool isDefault)
    {
        if (Array.TrueForAll(Base, tag => lines.Exists(line => line.IsDefault == isDefault && line.Tag == tag)))
            return;
        throw Bad(isDefault
            ? "Where there is an entry by default, default:user::, default:group:: and default:other:: must be there; take all of them away or none."
            : "An access list has user::, group:: and other::; none of them can be missing.");
    }

    private static MdmException Bad(string message) => new(MdmErrorKind.InvalidName, message);
}
