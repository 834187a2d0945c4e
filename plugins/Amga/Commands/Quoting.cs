using System.Text;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Words as a command line takes them back.</summary>
internal static class Quoting
{
    public static string Line(params IEnumerable<string> words) => string.Join(' ', words.Select(Word));

    /// <summary>A quote is <c>\'</c>, and a backslash that would be taken for the beginning of an escape <c>\134</c>. What would end a line is escaped where lines are sent.</summary>
    private static string Word(string word, int at)
    {
        if (at == 0 || (word.Length > 0 && word.All(static c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '.' or '-' or ':')))
            return word;
        var quoted = new StringBuilder("'");
        for (var i = 0; i < word.Length; i++)
        {
            if (word[i] == '\'')
                quoted.Append("\\'");
            else if (word[i] == '\\' && (i + 1 == word.Length || word[i + 1] is '\'' or '\\' or (>= '0' and <= '7')))
                quoted.Append("\\134");
            else
                quoted.Append(word[i]);
        }
        return quoted.Append('\'').ToString();
    }
}
