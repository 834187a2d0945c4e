using Mdm.Formats.Names;
using Mdm.Host.Metadata;

namespace Mdm.Host.Names;

/// <summary>
/// A change of the one logical right of a file, in the words of glite-mdm-set-right: a mode says who may read it, a level who may find it by its metadata, a user with both is added to both. What can never hold is refused as a whole.
/// </summary>
internal sealed class RightEdit
{
    private const string Levels = $"{NamesWire.Private}, {NamesWire.Group}, {NamesWire.Anonymous} or {NamesWire.None}";

    private readonly Func<CatalogEntry, (Acl Acl, Acl? Search)> _change;
    private readonly SearchAdmission _admission;

    private RightEdit(Func<CatalogEntry, (Acl Acl, Acl? Search)> change, SearchAdmission admission) => (_change, _admission) = (change, admission);

    /// <exception cref="MdmException">InvalidName: it is none.</exception>
    public static RightEdit Parse(RightQuestion question, SearchAdmission admission) => question switch
    {
        { Mode: { } text, Level: null, User: null } => OfMode(text, admission),
        { Mode: null, Level: { } level, User: null } => OfLevel(level, admission),
        { Mode: null, Level: null, User: { } user } => OfUser(user, admission),
        _ => throw Bad("A right is a mode, a level, or that of a user: one of the three."),
    };

    /// <summary>Who may read and who may find the entry from then on.</summary>
    /// <exception cref="MdmException">Refused, Unsupported: it can never hold; InvalidName: the entry has no such right.</exception>
    public (Acl Acl, Acl? Search) ApplyTo(CatalogEntry entry)
    {
        var (acl, search) = _change(entry);
        if (search != entry.SearchAcl && search is not null)
            _admission.DemandRestrictable(entry);
        return (acl, search);
    }

    private static RightEdit OfMode(string text, SearchAdmission admission)
    {
        if (text.Length != 9)
            throw Bad("A mode has nine letters, as rwxr-x---.");
        var mode = ((int)Rights(text[..3]) << 6) | ((int)Rights(text[3..6]) << 3) | (int)Rights(text[6..]);
        return new RightEdit(entry => (entry.Acl.WithMode(mode), entry.SearchAcl), admission);
    }

    private static RightEdit OfLevel(string level, SearchAdmission admission)
    {
        var search = level switch
        {
            NamesWire.Private => Acl.FromMode(0b100_000_000),
            NamesWire.Group => Acl.FromMode(0b100_100_000),
            NamesWire.None => Acl.FromMode(0),
            NamesWire.Anonymous => null,
            _ => throw BadLevel(level),
        };
        return new RightEdit(entry => (entry.Acl, OfAFile(entry, search)), admission);
    }

    private static RightEdit OfUser(WireUserRight user, SearchAdmission admission)
    {
        if (user.Level is not (NamesWire.Private or NamesWire.Group or NamesWire.Anonymous or NamesWire.None))
            throw BadLevel(user.Level);
        if (!Fqan.TryParse("/" + user.Organisation, out var organisation) || organisation.ToString() != "/" + organisation.VirtualOrganisation)
            throw Bad("A virtual organisation is named without slashes, as biomed.");
        if (user.Permissions.Length != 3)
            throw Bad("A user's rights have three letters, as r-x.");
        var (subject, rights, mayFind) = (DistinguishedName.Parse(user.Subject), Rights(user.Permissions), user.Level != NamesWire.None);
        return new RightEdit(entry =>
        {
            // Without readers of its own the file is found by all whom the publication admits: by him too, and only his exception needs to be said.
            var search = entry.SearchAcl is null && mayFind ? null : OfAFile(entry, With(entry.SearchAcl ?? Acl.FromMode(0b100_100_100), entry, subject, mayFind ? Permissions.Read : Permissions.None));
            if (mayFind)
                admission.DemandAdmitted(entry, subject, organisation.VirtualOrganisation);
            return (With(entry.Acl, entry, subject, rights), search);
        }, admission);
    }

    /// <summary>The list with the rights of one user, in the owner's entry where he is the owner; the mask holds nobody down whom it lets read now.</summary>
    private static Acl With(Acl acl, CatalogEntry entry, DistinguishedName user, Permissions rights)
    {
        var line = user == entry.Owner ? new AclEntry(false, AclTag.Owner, null, rights) : new AclEntry(false, AclTag.User, user.ToString(), rights);
        // Acl.Create makes the mask anew.
        return Acl.Create(acl.Entries.Where(other => other.IsDefault || ((other.Tag, other.Qualifier) != (line.Tag, line.Qualifier) && (other.Tag != AclTag.Mask || line.Tag == AclTag.Owner))).Append(line));
    }

    private static Acl? OfAFile(CatalogEntry entry, Acl? search) => entry.Kind == CatalogEntryKind.File
        ? search
        : throw Bad($"{entry.Path} is no file: only files are found by their metadata. Give a mode.");

    private static Permissions Rights(string letters)
    {
        var rights = Permissions.None;
        foreach (var (letter, place) in letters.Select((letter, place) => (letter, place)))
        {
            if (letter == "rwx"[place])
                rights |= (Permissions)(4 >> place);
            else if (letter != '-')
                throw Bad("Rights are the letters r, w and x in this order, or - in their places.");
        }
        return rights;
    }

    private static MdmException BadLevel(string level) => Bad($"A level is {Levels}; '{(level.Length <= 20 && level.All(char.IsAsciiLetter) ? level : "that")}' is none.");

    private static MdmException Bad(string message) => new(MdmErrorKind.InvalidName, message);
}
