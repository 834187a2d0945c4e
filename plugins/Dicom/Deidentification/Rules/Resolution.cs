namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>What happens to an element: the action codes of PS3.15 table E.1-1a, the combined ones already decided.</summary>
internal enum RuleAction : byte
{
    /// <summary>K: the value stays. A sequence stays, and what its items hold is resolved element by element.</summary>
    Keep,

    /// <summary>X: the element goes; a sequence with all that it holds.</summary>
    Remove,

    /// <summary>Z: the element stays with no value; a sequence without items.</summary>
    Empty,

    /// <summary>D: another value, valid for the VR and never empty. A sequence gets the items of its own, with dummies in them.</summary>
    Dummy,

    /// <summary>
    /// U: another UID, the same for the same UID throughout a project. UIDs that PS3.6 registers stay.
    /// A sequence stays, and what its items hold is resolved, which maps the UIDs in them.
    /// </summary>
    MapUid,

    /// <summary>C: a value of like meaning without identity, made as <see cref="Resolution.Clean"/> says.</summary>
    Clean,
}

/// <summary>How a value is cleaned.</summary>
internal enum CleanKind : byte
{
    None,

    /// <summary>Dates and times are moved, all of a patient by the same span (E.3.6).</summary>
    Dates,

    /// <summary>Words that are not on the allow-list go (E.3.5). A sequence stays, its texts are cleaned.</summary>
    Descriptor,

    /// <summary>What names a device among others becomes a pseudonym of like form: an AE title (E.3.8).</summary>
    Device,

    /// <summary>As <see cref="Descriptor"/>: what a text says of the patient stays as far as the allow-list goes (E.3.7).</summary>
    PatientCharacteristics,

    /// <summary>The items are content items: what stays is said item by item (E.3.4).</summary>
    StructuredContent,

    /// <summary>Curves, overlays and graphic annotations: numbers stay, texts are cleaned (E.3.3).</summary>
    Graphics,
}

/// <summary>What decided.</summary>
internal enum DecidedBy : byte
{
    /// <summary>The row's code in the column Basic Profile.</summary>
    TableRow,

    /// <summary>The row's code in the column of an option that is on.</summary>
    Option,

    /// <summary>A combined code and the attribute's type in its IOD.</summary>
    AttributeType,

    /// <summary>A combined code whose attribute has no type in this IOD, or whose IOD is unknown: a valid value in any case.</summary>
    ValidInAnyCase,

    /// <summary>An odd group: removed, or known to be safe.</summary>
    PrivateRule,

    /// <summary>The table has no row, the value representation says what it holds.</summary>
    VrRule,

    /// <summary>It stands in a sequence that is cleaned or replaced as a whole.</summary>
    EnclosingSequence,

    /// <summary>Nobody knows what it is, so it cannot be said to be harmless.</summary>
    Unknown,

    /// <summary>The table has no row and nothing speaks against it.</summary>
    Default,
}

/// <summary>What happens to an element and why. <paramref name="Clean"/> is set for <see cref="RuleAction.Clean"/> only.</summary>
internal readonly record struct Resolution(RuleAction Action, CleanKind Clean, DecidedBy By)
{
    public Resolution(RuleAction action, DecidedBy by)
        : this(action, CleanKind.None, by)
    {
    }
}
