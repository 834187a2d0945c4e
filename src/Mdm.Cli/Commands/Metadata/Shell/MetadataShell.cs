using System.Globalization;
using System.Text;
using Mdm.Formats.Amga;

namespace Mdm.Cli.Commands.Metadata.Shell;

/// <summary>Runs commands of AMGA as they are typed, and writes the lines of their answers.</summary>
internal sealed class MetadataShell(AmgaConnection connection, TextWriter output, TextWriter error)
{
    private const int MaxWords = 10_000;

    private IReadOnlyList<string>? _commands;

    /// <summary>True when the last line asked for entries, and there were none.</summary>
    public bool FoundNothing { get; private set; }

    /// <summary>Runs one line.</summary>
    /// <returns>The exit code; null when the line ends the session.</returns>
    public async Task<int?> RunAsync(string line, CancellationToken cancellationToken)
    {
        if (!AmgaCommandLine.TrySplit(Encoding.UTF8.GetBytes(line), MaxWords, out var words, out var refusal))
        {
            error.WriteLine(refusal);
            return ExitCode.Usage;
        }
        if (words.Count == 0)
            return ExitCode.Success;
        if (words is ["quit" or "exit"])
            return null;
        try
        {
            // Its answer is silence: what it starts is ended by commit or abort.
            if (words[0] is "upload" or "put")
            {
                error.WriteLine("An upload is not typed line by line; use addentry, or the API.");
                return ExitCode.Usage;
            }
            FoundNothing = words[0] == "find";
            await foreach (var row in connection.RunAsync(words, cancellationToken))
            {
                output.WriteLine(row);
                FoundNothing = false;
            }
            output.Flush();
            return ExitCode.Success;
        }
        catch (AmgaAnswerException failure)
        {
            output.Flush();
            error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Error {failure.Code}: {failure.Message}"));
            return ExitCode.Of(failure);
        }
    }

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

    private static IReadOnlyList<string> Matching(IEnumerable<string> words, string begun) => [.. words.Where(word => word.StartsWith(begun, StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

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
