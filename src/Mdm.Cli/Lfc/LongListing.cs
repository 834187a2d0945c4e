using System.Globalization;
using Mdm.Abstractions;
using Mdm.Client.Names;

namespace Mdm.Cli.Lfc;

/// <summary>A line of <c>lfc-ls -l</c>: mode, links, owner, group, size, time, in columns that scripts count on. Names in them are one word, and cut.</summary>
internal sealed class LongListing(TimeProvider clock)
{
    private const int OwnerWidth = 8;
    private const int GroupWidth = 6;
    private const int SizeWidth = 20;

    // As ls(1) had it: what is older shows its year.
    private static readonly TimeSpan SixMonths = TimeSpan.FromDays(6 * 30);
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(1);
    private static readonly string[] Units = ["", "K", "M", "G", "T", "P"];

    private readonly DateTimeOffset _now = clock.GetUtcNow();

    public string Of(NamedEntry entry, bool forPeople) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Kind(entry)} {1,3} {OwnerWord(entry.Owner),-OwnerWidth} {GroupWord(entry.Group),-GroupWidth} {Size(entry.Length ?? 0, forPeople),SizeWidth} {Time(entry.ModifiedAt)} ");

    // Rights on a symbolic name do not count, and it is shown with all of them.
    private static string Kind(NamedEntry entry) => entry.Kind switch { CatalogEntryKind.Directory => "d" + Mode(entry), CatalogEntryKind.Link => "lrwxrwxrwx", _ => "-" + Mode(entry) };

    internal static string Mode(NamedEntry entry)
    {
        var mode = entry.Acl.Mode;
        return AclText.Letters((Permissions)((mode >> 6) & 7)) + AclText.Letters((Permissions)((mode >> 3) & 7)) + AclText.Letters((Permissions)(mode & 7));
    }

    // The first word of the last common name: a whole subject is no column. lfc-getacl shows it.
    private static string OwnerWord(DistinguishedName owner)
    {
        var text = owner.ToString();
        var name = text.LastIndexOf("/CN=", StringComparison.Ordinal) is >= 0 and var at ? text[(at + 4)..] : text[1..];
        return Cut(name.Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault("-"), OwnerWidth);
    }

    private static string GroupWord(Fqan group) => Cut(AclText.Shown(group).Replace(' ', '_'), GroupWidth);

    private static string Cut(string word, int width) => word.Length <= width ? word : word[..width];

    private static string Size(long length, bool forPeople)
    {
        if (!forPeople)
            return length.ToString(CultureInfo.InvariantCulture);
        var (value, unit) = ((double)length, 0);
        for (; value >= 1024 && unit < Units.Length - 1; unit++)
            value /= 1024;
        return unit == 0 ? length.ToString(CultureInfo.InvariantCulture) : value.ToString("0.0", CultureInfo.InvariantCulture) + Units[unit];
    }

    private string Time(DateTimeOffset time)
    {
        var local = TimeZoneInfo.ConvertTime(time, clock.LocalTimeZone);
        // The day of the month is two digits wide, with a zero, as strftime's %d has it.
        return time < _now - SixMonths || time > _now + Ahead
            ? local.ToString("MMM dd  yyyy", CultureInfo.InvariantCulture)
            : local.ToString("MMM dd HH:mm", CultureInfo.InvariantCulture);
    }
}
