namespace Mdm.Host.Orders;

/// <summary>What administrators write as a reason.</summary>
internal static class OrderText
{
    /// <summary>Longest reason, in characters.</summary>
    public const int MaxLength = 200;

    /// <summary>The text as it is kept.</summary>
    /// <exception cref="MdmException">InvalidName: none, too long, or with control characters.</exception>
    public static string Check(string? reason) => reason?.Trim() is { Length: > 0 and <= MaxLength } text && !text.Any(char.IsControl)
        ? text
        : throw new MdmException(MdmErrorKind.InvalidName, $"Give a reason of 1 to {MaxLength} characters in one line: others will want to know.");
}
