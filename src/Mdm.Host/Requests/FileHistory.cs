using System.Globalization;

namespace Mdm.Host.Requests;

/// <summary>A state that a file had, and from when.</summary>
internal readonly record struct FileStep(FileState State, DateTimeOffset At);

/// <summary>
/// Which states a file of a request had. Kept as one short text beside the file's row and written with it, so that it costs no write of its own: what is not recorded for itself
/// (that fetching began) comes to the disk with what follows. Not safe for concurrent use; its request's gate guards it.
/// </summary>
internal sealed class FileHistory
{
    /// <summary>Most steps: the first stays, of the others the latest.</summary>
    public const int MaxSteps = 32;

    private readonly List<FileStep> _steps;

    private FileHistory(List<FileStep> steps) => _steps = steps;

    public IReadOnlyList<FileStep> Steps => _steps;

    /// <summary>Steps as <c>state@milliseconds</c>, the first since 1970 and each other since the one before.</summary>
    public string? Text
    {
        get
        {
            if (_steps.Count == 0)
                return null;
            var before = 0L;
            return string.Join(' ', _steps.Select(step =>
            {
                var at = step.At.ToUnixTimeMilliseconds();
                var text = string.Create(CultureInfo.InvariantCulture, $"{(int)step.State}@{at - before}");
                before = at;
                return text;
            }));
        }
    }

    /// <summary>Reads what <see cref="Text"/> wrote; what cannot be read is no history.</summary>
    public static FileHistory Read(string? text)
    {
        var steps = new List<FileStep>(4);
        var at = 0L;
        foreach (var part in (text ?? string.Empty).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var sign = part.IndexOf('@', StringComparison.Ordinal);
            if (sign < 1 || steps.Count == MaxSteps || !int.TryParse(part.AsSpan(0, sign), NumberStyles.None, CultureInfo.InvariantCulture, out var state)
                || !long.TryParse(part.AsSpan(sign + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var since) || !Enum.IsDefined((FileState)state))
            {
                break;
            }
            at += since;
            steps.Add(new FileStep((FileState)state, DateTimeOffset.FromUnixTimeMilliseconds(at)));
        }
        return new FileHistory(steps);
    }

    public void Add(FileState state, DateTimeOffset at)
    {
        if (_steps.Count == MaxSteps)
            _steps.RemoveAt(1);
        _steps.Add(new FileStep(state, at));
    }
}
