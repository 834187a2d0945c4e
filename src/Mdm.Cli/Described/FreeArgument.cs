using System.CommandLine;
using System.CommandLine.Parsing;

namespace Mdm.Cli.Described;

/// <summary>An argument whose words may begin with <c>-</c>, as <c>-w</c> of a mode and the commands of AMGA's client do.</summary>
internal sealed class FreeArgument<T>(string name) : Argument<T>(name), IFreeWords;

/// <summary>Marks what <see cref="FreeArgument{T}"/> is.</summary>
internal interface IFreeWords;

/// <summary>Words that look like options and are none: as the names of files they would be made, or removed, where a slip of the hand was meant for an option.</summary>
internal static class StrayOptions
{
    /// <summary>The first word of a line that begins with <c>-</c>, is no option and stands before <c>--</c>; null where there is none.</summary>
    public static string? In(ParseResult parsed)
    {
        var behind = parsed.Tokens.SkipWhile(token => token.Type != TokenType.DoubleDash).ToHashSet<Token>(ReferenceEqualityComparer.Instance);
        return parsed.CommandResult.Children.OfType<ArgumentResult>()
            .Where(result => result.Argument is not IFreeWords)
            .SelectMany(result => result.Tokens)
            .FirstOrDefault(token => token.Value is ['-', _, ..] && !behind.Contains(token))?.Value;
    }
}
