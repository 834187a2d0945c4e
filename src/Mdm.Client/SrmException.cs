using Mdm.Srm.Messages;

namespace Mdm.Client;

/// <summary>A grid storage host refused, or could not be asked. The only exception of this library for what happens outside of it.</summary>
public sealed class SrmException : Exception
{
    /// <param name="status">The host's answer; null when there was none.</param>
    /// <param name="message">A sentence for the user.</param>
    /// <param name="innerException">The cause.</param>
    public SrmException(StatusCode? status, string message, Exception? innerException = null)
        : base(message, innerException) => Status = status;

    /// <summary>What the host answered; null when it could not be reached, did not speak SRM, or what it delivered was not what it had promised.</summary>
    public StatusCode? Status { get; }

    /// <summary>True when the same request may succeed later.</summary>
    public bool IsTransient => Status is StatusCode.FileBusy or StatusCode.FileUnavailable or StatusCode.InternalError or StatusCode.RequestTimedOut or StatusCode.NoFreeSpace;

    /// <summary>True when the host does not let this caller.</summary>
    public bool IsDenied => Status is StatusCode.AuthenticationFailure or StatusCode.AuthorizationFailure;

    internal static SrmException Of(ReturnStatus status, string subject)
    {
        var code = SpelledOut(status.StatusCode);
        return new SrmException(status.StatusCode, string.IsNullOrWhiteSpace(status.Explanation) ? $"{subject}: {code}" : $"{subject}: {status.Explanation} [{code}]");
    }

    /// <summary>A status as the specification writes it: <c>SRM_INVALID_PATH</c>.</summary>
    public static string SpelledOut(StatusCode code)
    {
        var name = code.ToString();
        // The two words that the specification writes as one.
        name = name.Replace("InProgress", "Inprogress", StringComparison.Ordinal);
        return "SRM" + string.Concat(name.Select(c => char.IsUpper(c) ? "_" + c : char.ToUpperInvariant(c).ToString()));
    }
}
