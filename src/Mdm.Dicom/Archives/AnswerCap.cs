namespace Mdm.Dicom.Archives;

/// <summary>Archives cut long answers off without a word, at a round number.</summary>
internal static class AnswerCap
{
    private const int SmallestSuspiciousCount = 100;
    private const int Step = 50;

    /// <summary>True for a number of answers that may be such a cap.</summary>
    public static bool LooksLike(int count) => count >= SmallestSuspiciousCount && count % Step == 0;
}
