using Mdm.Plugins.Amga.Sessions;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Short answers.</summary>
internal static class Answers
{
    public static async ValueTask WriteAllAsync(this IAnswer answer, IEnumerable<string> lines, CancellationToken cancellationToken)
    {
        foreach (var line in lines)
            await answer.WriteAsync(line, cancellationToken).ConfigureAwait(false);
    }
}
