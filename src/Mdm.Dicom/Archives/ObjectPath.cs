using Mdm.Abstractions;

namespace Mdm.Dicom.Archives;

/// <summary>The id of an object in any DICOM archive: <c>study/series/instance</c>, three UIDs.</summary>
internal readonly record struct ObjectPath(string Study, string Series, string Instance)
{
    // PS3.5 §9.1.
    private const int MaxUidLength = 64;

    public ArchiveObjectId Id => new($"{Study}/{Series}/{Instance}");

    /// <exception cref="MdmException">InvalidName: not three UIDs.</exception>
    public static ObjectPath Parse(ArchiveObjectId id)
    {
        var parts = id.Value.Split('/');
        return parts.Length == 3 && Array.TrueForAll(parts, IsUid)
            ? new ObjectPath(parts[0], parts[1], parts[2])
            : throw new MdmException(MdmErrorKind.InvalidName, "An object of a DICOM archive is named by three UIDs: study/series/instance.");
    }

    /// <summary>Digits and dots, as PS3.5 §9.1 allows, but for leading zeros: real archives hold them.</summary>
    public static bool IsUid(string text) =>
        text.Length is > 0 and <= MaxUidLength && text.All(letter => char.IsAsciiDigit(letter) || letter == '.') && text[0] != '.' && text[^1] != '.';
}
