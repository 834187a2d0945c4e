namespace Mdm.Host.Publication;

/// <summary>What a run is to do.</summary>
/// <param name="Study">Only this study; null is everything.</param>
/// <param name="Restore">Bring back what users removed.</param>
/// <param name="AcceptLoss">Un-publish what vanished, however much it is.</param>
internal sealed record PublicationOrder(string? Study = null, bool Restore = false, bool AcceptLoss = false)
{
    /// <summary>Longest name of a study: a UID has 64, other archives' labels somewhat more.</summary>
    public const int MaxStudyLength = 256;

    /// <exception cref="MdmException">InvalidName: not the name of one study.</exception>
    public void Check()
    {
        if (Study is not null && (Study.Length is 0 or > MaxStudyLength || Study.Any(c => char.IsControl(c) || c is '*' or '?' or '\\')))
            throw new MdmException(MdmErrorKind.InvalidName, $"A study is named in full, without wild cards, in at most {MaxStudyLength} characters.");
    }
}
