using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Mdm.Formats.Amga;

namespace Mdm.Cli.Commands.Metadata.Shell;

/// <summary>Runs commands of AMGA as they are typed, and writes the lines of their answers.</summary>
internal sealed class MetadataShell(AmgaConnection connection, Terminal terminal)
{
    /// <summary>Longest line, in characters.</summary>
    public const int MaxLineLength = AmgaWire.MaxLineLength;

    private IReadOnlyList<string>? _commands;

    /// <summary>True when the last line asked for entries, and there were none.</summary>
    public bool FoundNothing { get; private set; }

    /// <summary>True after a line that ends the session.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Takes a line apart as servers do.</summary>
    public static bool TrySplit(string line, [NotNullWhen(true)] out IReadOnlyList<string>? words, [NotNullWhen(false)] out string? refusal) =>
        AmgaCommandLine.TrySplit(Encoding.UTF8.GetBytes(line), AmgaWire.MaxTokens, out words, out refusal);

    /// <summary>Runs one line; an upload, with those after it that belong to it.</summary>
    /// <param name="line">What was typed.</param>
    /// <param name="next">The lines after it; null at their end.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(string line, Func<CancellationToken, ValueTask<string?>> next, CancellationToken cancellationToken)
    {
        if (!TrySplit(line, out var words, out var refusal))
        {
            Complain(refusal);
            return ExitCode.Usage;
        }
        if (words.Count == 0)
            return ExitCode.Success;
        if (words is ["quit" or "exit"])
        {
            IsOver = true;
            return ExitCode.Success;
        }
        try
        {
            FoundNothing = words[0] == "find";
            if (words[0] == TypedUpload.Begin)
                return await UploadAsync(words, next, cancellationToken);
            // Its answer would be silence, for which nobody should wait.
            if (words[0] == TypedUpload.Row)
            {
                Complain("There is no upload; begin with upload COLLECTION ATTRIBUTE...");
                return ExitCode.Usage;
            }
            await foreach (var row in connection.RunAsync(words, cancellationToken))
            {
                terminal.Output.WriteLine(terminal.Shown(row));
                FoundNothing = false;
            }
            terminal.Output.Flush();
            return ExitCode.Success;
        }
        catch (AmgaAnswerException failure)
        {
            terminal.Output.Flush();
            Complain(string.Create(CultureInfo.InvariantCulture, $"Error {failure.Code}: {failure.Message}"));
            return ExitCode.Of(failure);
        }
    }

    private async Task<int> UploadAsync(IReadOnlyList<string> words, Func<CancellationToken, ValueTask<string?>> next, CancellationToken cancellationToken)
    {
        var upload = new TypedUpload(words, next, Complain);
        try
        {
            await connection.UploadAsync(upload.CommandsAsync(cancellationToken), cancellationToken);
            return upload.IsRefused ? ExitCode.Failed : ExitCode.Success;
        }
        finally
        {
            IsOver = upload.IsOver;
        }
    }

    private void Complain(string what) => terminal.Error.WriteLine(TerminalText.Of(what));

    /// <summary>What the last word of a line may become: a command, a collection or entry, or an attribute after a colon.</summary>
    public async Task<IReadOnlyList<string>> CompleteAsync(string typed)
    {
        var start = typed.LastIndexOfAny([' ', '\'']) + 1;
        var word = typed[start..];
        try
        {
            if (typed[..start].Trim().Length == 0)
                return Matching(_commands ??= await connection.ExecuteAsync(["help", "commands"], CancellationToken.None), word);
            var colon = word.LastIndexOf(':');
            if (colon >= 0)
            {
                var types = await connection.ExecuteAsync(["listattr", colon == 0 ? "." : word[..colon]], CancellationToken.None);
                return Matching(types.Where((_, index) => index % 2 == 0).Select(name => $"{word[..colon]}:{name}"), word);
            }
            return await PathsAsync(word);
        }
        catch (AmgaAnswerException)
        {
            // What cannot be listed has no completion.
            return [];
        }
    }

    private static IReadOnlyList<string> Matching(IEnumerable<string> words, string begun) => [.. words.Where(word => word.StartsWith(begun, StringComparison.Ordinal) && !word.Any(char.IsControl)).Order(StringComparer.Ordinal)];

    /// <summary>Collections only: a collection may have a million entries.</summary>
    private async Task<IReadOnlyList<string>> PathsAsync(string word)
    {
        const int most = 2000;
        var slash = word.LastIndexOf('/');
        var above = slash < 0 ? string.Empty : word[..(slash + 1)];
        var (choices, name, count) = (new List<string>(), (string?)null, 0);
        await foreach (var line in connection.RunAsync(["dir", above.Length == 0 ? "." : above], CancellationToken.None))
        {
            if (name is null)
            {
                name = line;
                continue;
            }
            if (line == "collection")
                choices.Add($"{above}{name.TrimEnd('/').Split('/')[^1]}/");
            name = null;
            if (++count == most)
                break;
        }
        return Matching(choices, word);
    }
}
