namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>
/// The codes that leave a choice (PS3.15 table E.1-1a), decided by what the IOD demands of the attribute: nothing that must have a value
/// loses it, nothing that must be there goes, and no more than that stays.
/// </summary>
internal static class CombinedCode
{
    public static bool IsCombined(string code) => code.Contains('/', StringComparison.Ordinal);

    public static RuleAction Decide(string code, AttributeType type) => (code, type) switch
    {
        // Type 2 versus type 1. What need not be there may stand empty.
        ("Z/D", AttributeType.Type2 or AttributeType.Type3) => RuleAction.Empty,
        ("Z/D", _) => RuleAction.Dummy,

        // Type 3 versus type 2: empty does for both. The table knows of no type 1, but where PS3.3 has one, it needs a value.
        ("X/Z", AttributeType.Type3) => RuleAction.Remove,
        ("X/Z", AttributeType.Type1) => RuleAction.Dummy,
        ("X/Z", _) => RuleAction.Empty,

        // Type 3 versus type 1; a dummy is a value where a type 2 attribute could be empty.
        ("X/D", AttributeType.Type3) => RuleAction.Remove,
        ("X/D", _) => RuleAction.Dummy,

        ("X/Z/D", AttributeType.Type3) => RuleAction.Remove,
        ("X/Z/D", AttributeType.Type2) => RuleAction.Empty,
        ("X/Z/D", _) => RuleAction.Dummy,

        // Sequences of references: what must be there keeps its items, and their UIDs are mapped.
        ("X/Z/U*", AttributeType.Type3) => RuleAction.Remove,
        ("X/Z/U*", AttributeType.Type2) => RuleAction.Empty,
        ("X/Z/U*", _) => RuleAction.MapUid,

        _ => throw new InvalidOperationException($"The table has a code that is not known here: {code}."),
    };

    public static RuleAction Simple(string code) => code switch
    {
        "X" => RuleAction.Remove,
        "Z" => RuleAction.Empty,
        "D" => RuleAction.Dummy,
        "U" => RuleAction.MapUid,
        "K" => RuleAction.Keep,
        _ => throw new InvalidOperationException($"The table has a code that is not known here: {code}."),
    };
}
