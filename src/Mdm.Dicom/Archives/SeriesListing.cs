namespace Mdm.Dicom.Archives;

/// <summary>What a series holds according to the archive: instances, each with its SOP class where the archive tells it.</summary>
/// <param name="Study">Study Instance UID.</param>
/// <param name="Series">Series Instance UID.</param>
/// <param name="Classes">SOP class by SOP Instance UID.</param>
/// <param name="IsWhole">False when only one instance was asked about: there may be others.</param>
internal sealed record SeriesListing(string Study, string Series, IReadOnlyDictionary<string, string> Classes, bool IsWhole)
{
    /// <summary>True when that many of the instances are all that the series holds.</summary>
    public bool IsAll(int instances) => IsWhole && instances == Classes.Count;

    public bool TellsClasses => Classes.Values.All(uid => uid.Length > 0);
}
