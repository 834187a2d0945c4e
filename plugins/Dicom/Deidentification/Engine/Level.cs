using System.Text;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Check;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Deidentification.Engine;

/// <summary>What happens to what the items of a sequence hold.</summary>
internal enum Treatment : byte
{
    /// <summary>Each element as the profile says.</summary>
    AsProfileSays,

    /// <summary>Nothing is written.</summary>
    Dropped,

    /// <summary>As the profile says, and text that the profile keeps is cleaned by the allow-list.</summary>
    TextCleaned,

    /// <summary>As the profile says, and text that the profile keeps is replaced.</summary>
    TextReplaced,

    /// <summary>A code inside replaced content: value and scheme stay, its free meaning is replaced.</summary>
    CodeKept,
}

/// <summary>The data set itself, or the sequence and the item that is being read. Reused from item to item. Not thread-safe.</summary>
internal sealed class Level
{
    private readonly Dictionary<uint, string> _creators = [];

    /// <summary>The sequence; nothing for the data set itself.</summary>
    public Tag Sequence { get; private set; }

    /// <summary>Of the sequence; an item of it may be treated otherwise.</summary>
    public Treatment OfSequence { get; private set; }

    /// <summary>Of the item.</summary>
    public Treatment Treatment { get; set; }

    /// <summary>The items are content items of which each is judged by itself (E.3.4).</summary>
    public bool HoldsContentItems { get; private set; }

    /// <summary>What that judgement says of the item's value; null where there is none.</summary>
    public Resolution? OfContentValue { get; set; }

    /// <summary>Whose values its items hold, where an element does not say so itself.</summary>
    public ValueClass ValuesAre { get; set; }

    /// <summary>What the content item has said of itself so far.</summary>
    public ContentItem ContentItem { get; set; }

    /// <summary>(60xx,0040) of the overlay that is being read: G graphics, R region of interest.</summary>
    public string? OverlayType { get; private set; }

    public CharacterSet CharacterSet { get; set; } = CharacterSet.Default;

    /// <summary>The element before, 0 at the start.</summary>
    public uint Last { get; set; }

    /// <summary>Starts a sequence.</summary>
    public void Open(Tag sequence, Treatment treatment, bool holdsContentItems)
    {
        Sequence = sequence;
        OfSequence = Treatment = treatment;
        HoldsContentItems = holdsContentItems;
        OfContentValue = null;
    }

    /// <summary>Starts an item, or the data set itself.</summary>
    public void Start(CharacterSet inherited)
    {
        CharacterSet = inherited;
        Treatment = OfSequence;
        OfContentValue = null;
        ContentItem = default;
        OverlayType = null;
        Last = 0;
        _creators.Clear();
    }

    /// <summary>Notes what later elements of the same item depend on.</summary>
    public void Note(Tag tag, ReadOnlySpan<byte> value)
    {
        if (tag == Tags.SpecificCharacterSet)
            CharacterSet = CharacterSet.Parse(Encoding.ASCII.GetString(value));
        else if (tag.IsPrivateCreator)
            Reserve(tag, CharacterSet.Decode(value, Vr.LO).Trim(' ', '\0'));
        else if ((tag.Group & 0xFFE1) == 0x6000 && tag.Element == 0x0040)
            OverlayType = Encoding.ASCII.GetString(value).Trim(' ', '\0');
    }

    private void Reserve(Tag creator, string name) => _creators[creator.Value] = name;

    /// <summary>The creator of a private element's block, or of the block that a creator element reserves.</summary>
    public string? CreatorOf(Tag tag) => _creators.GetValueOrDefault(tag.IsPrivateCreator ? tag.Value : tag.PrivateCreator.Value);
}
