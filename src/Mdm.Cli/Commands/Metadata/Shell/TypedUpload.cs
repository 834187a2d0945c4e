using System.Runtime.CompilerServices;

namespace Mdm.Cli.Commands.Metadata.Shell;

/// <summary>
/// An upload as it is typed or as it stands in a script: the lines from <c>upload</c> to <c>commit</c> or <c>abort</c>. A line that is no row of it, and an end without either, abort it: of a load
/// that is not as it was meant nothing is kept.
/// </summary>
/// <param name="upload">Its first line.</param>
/// <param name="next">The lines after it; null at the end.</param>
/// <param name="complain">Says at once what is wrong.</param>
internal sealed class TypedUpload(IReadOnlyList<string> upload, Func<CancellationToken, ValueTask<string?>> next, Action<string> complain)
{
    public const string Begin = "upload";
    public const string Row = "put";

    private const string Commit = "commit";
    private const string Abort = "abort";

    /// <summary>True when it was aborted without being told to.</summary>
    public bool IsRefused { get; private set; }

    /// <summary>True when the line after which it ended ends the session, too.</summary>
    public bool IsOver { get; private set; }

    /// <summary>What is sent, as <see cref="Formats.Amga.AmgaConnection.UploadAsync"/> takes it.</summary>
    public async IAsyncEnumerable<IReadOnlyList<string>> CommandsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        yield return upload;
        while (await next(cancellationToken) is { } line)
        {
            if (!MetadataShell.TrySplit(line, out var words, out var refusal))
            {
                Refuse(refusal);
            }
            else if (words is [Row, ..])
            {
                if (!IsRefused)
                    yield return words;
            }
            else if (words is [Commit] && !IsRefused)
            {
                yield break;
            }
            else if (words is [Commit] or [Abort] or ["quit" or "exit"])
            {
                IsOver = words[0] is not (Commit or Abort);
                if (IsOver)
                    Refuse("The session ends before commit.");
                yield return [Abort];
                yield break;
            }
            else if (words.Count > 0)
            {
                Refuse($"'{words[0]}' is no part of an upload, which has {Row} and ends with {Commit} or {Abort}.");
            }
        }
        Refuse("The input ends before commit.");
        yield return [Abort];
    }

    private void Refuse(string why)
    {
        if (!IsRefused)
            complain(why + " The upload is aborted: nothing of it is kept.");
        IsRefused = true;
    }
}
