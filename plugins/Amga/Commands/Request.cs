using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>A piece of work for somebody: what he names is looked up as far as he may know of it, and what he may not is refused.</summary>
/// <param name="work">On which state of the store.</param>
/// <param name="who">Whose.</param>
/// <param name="directory">Where he is.</param>
/// <param name="searching">Tells the host what he searches; null where no client asks.</param>
internal sealed class Request(Work work, Principal who, string directory, Searching? searching = null)
{
    public Principal Who => who;

    public SqlSession Sql => work.Session;

    public Tree Tree => work.Tree;

    public Work Work => work;

    public DateTimeOffset Now => work.Now;

    public string Absolute(string path) => AmgaPath.Absolute(directory, path);

    /// <summary>Has the host write down that attributes are read, or decide what is answered; before they are.</summary>
    public void TellSearch(IEnumerable<string> attributes) => searching?.Tell(who, attributes);

    /// <summary>The directory or view there, if he may know of it.</summary>
    public AmgaDirectory? Known(string absolute) => Tree.Find(absolute) is { } found && (found.View is null ? Access.MayKnow(who, found) : MayKnowView(found)) ? found : null;

    /// <summary>The directory or view there.</summary>
    public AmgaDirectory Existing(string path) => Known(Absolute(path)) ?? throw NoEntry(path);

    /// <summary>The directory there, which he has those rights on.</summary>
    public AmgaDirectory Directory(string path, Bits needed)
    {
        var found = Existing(path);
        if (found.View is not null)
            throw new AmgaException(AmgaError.NotEmpty, "That is a view; what it shows is changed where it is.");
        return Demanded(found, needed);
    }

    public AmgaDirectory Demanded(AmgaDirectory found, Bits needed) => (Access.Of(who, found) & needed) == needed ? found : throw Denied(needed);

    /// <summary>The directory there, whose rights he may change.</summary>
    public AmgaDirectory Governed(string path)
    {
        var found = Existing(path);
        return Access.Governs(who, found) ? found : throw new AmgaException(AmgaError.PermissionDenied, "Only the owner and root may do that.");
    }

    public void DemandRoot()
    {
        if (!who.IsRoot)
            throw new AmgaException(AmgaError.PermissionDenied, "Only root may do that.");
    }

    /// <summary>A directory or view and what he may know of it. Whether he may read values at all is asked first.</summary>
    public DirectoryView View(AmgaDirectory found, Bits needed)
    {
        var table = found.View is { } view ? Tree.Find(view.Of)! : found;
        if (!table.HasAcls)
            Demanded(table, needed);
        if (found.View is not null)
            Demanded(found, needed & Bits.Read);
        var (filter, values) = Access.Rows(who, table, needed);
        var attributes = Access.Attributes(who, table);
        if (found.View is { } shown)
        {
            attributes = [.. shown.Attributes.Select(number => attributes.FirstOrDefault(attribute => attribute.Number == number)).OfType<AmgaAttribute>()];
            (filter, values) = ViewConditions.And(this, table, shown, filter, values);
        }
        return new DirectoryView(found, table, attributes, filter, values);
    }

    /// <summary>The attribute of that name, if it is there for him.</summary>
    public AmgaAttribute Attribute(DirectoryView view, string name) => view.Attribute(Bare(view.Shown, name)) ?? throw NoKey(name);

    /// <summary>The attribute of that name, whose values he may write.</summary>
    public AmgaAttribute Writable(DirectoryView view, string name)
    {
        var attribute = Attribute(view, name);
        return (Access.Of(who, view.Table, attribute) & Bits.Write) != 0 ? attribute
            : throw new AmgaException(AmgaError.PermissionDenied, "That attribute's group lets you read its values, not write them.");
    }

    /// <summary>The same for what is not there and for what he may not know of.</summary>
    public static AmgaException NoEntry(string path) => new(AmgaError.NoSuchEntry, $"There is no '{Printed(path)}'.");

    /// <inheritdoc cref="NoEntry"/>
    public static AmgaException NoKey(string name) => new(AmgaError.NoSuchKey, $"There is no attribute '{Printed(name)}'.");

    public static AmgaException Denied(Bits needed) => new(AmgaError.PermissionDenied, $"The right '{BitText.Of(needed)}' is needed there.");

    public static string Printed(string text) => PrintableText.Of(text);

    // A view is there for whom it was given to, if he may read below it all that its condition looks at.
    private bool MayKnowView(AmgaDirectory found)
    {
        var table = Tree.Find(found.View!.Of);
        return table is not null && Access.MayKnow(who, found) && Access.MayKnow(who, table) && ViewConditions.MayKnow(this, table, found.View);
    }

    // Clients name attributes also with their directory: /a:p.
    private string Bare(AmgaDirectory of, string name) =>
        name.LastIndexOf(':') is > 0 and var colon && Absolute(name[..colon]) == of.Path ? name[(colon + 1)..] : name;
}
