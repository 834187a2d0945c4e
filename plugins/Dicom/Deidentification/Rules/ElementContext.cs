using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>An element where it stands.</summary>
internal readonly ref struct ElementContext
{
    public required Tag Tag { get; init; }

    /// <summary>As encoded; in implicit VR as the dictionary says.</summary>
    public required Vr Vr { get; init; }

    /// <summary>(0008,0016) of the object, not of an item; null when it has none.</summary>
    public string? SopClassUid { get; init; }

    /// <summary>The sequences around it, outermost first; empty in the data set itself.</summary>
    public ReadOnlySpan<Tag> Path { get; init; }

    /// <summary>For a private element the creator that reserves its block in the same item, for a creator element its own value; spaces around it do not matter.</summary>
    public string? PrivateCreator { get; init; }
}
