using Mdm.Abstractions;
using Mdm.Client.Names;

namespace Mdm.Cli.Medical;

/// <summary>The one logical right of an image as it is typed: a mode, a level, or a user with both. Each word has its place; a wrong order is no right.</summary>
internal static class RightText
{
    private const string Letters = "rwxrwxrwx";

    /// <summary>Four words of a user's right.</summary>
    public const int UserWords = 4;

    /// <summary><c>rwxrw-r--</c>, or <c>private</c>, <c>group</c>, <c>anonymous</c>, <c>none</c>; null for anything else.</summary>
    public static RightChange? Parse(string text) => IsMode(text, Letters.Length) ? RightChange.OfMode(text) : Level(text) is { } level ? RightChange.OfLevel(level) : null;

    /// <summary><c>DN VO rwx LEVEL</c>.</summary>
    /// <returns>Null with the reason when a word is not what belongs in its place.</returns>
    public static RightChange? ParseUser(IReadOnlyList<string> words, out string? refusal)
    {
        refusal = null;
        if (words is not [var subject, var organisation, var permissions, var level])
            refusal = "-u takes four words: \"SUBJECT\" VO RIGHTS LEVEL";
        else if (!DistinguishedName.TryParse(subject, out var user))
            refusal = $"'{subject}' is no subject; write it as /DC=org/DC=example/CN=Name, in quotes";
        else if (Level(organisation) is not null || !Fqan.TryParse($"/{organisation}", out _))
            refusal = $"'{organisation}' is no VO; after the subject comes the VO, then the rights, then the level";
        else if (!IsMode(permissions, 3))
            refusal = $"'{permissions}' are no rights; write three letters, as r-x";
        else if (Level(level) is not { } search)
            refusal = $"'{level}' is no level; write private, group, anonymous or none";
        else
            return RightChange.OfUser(user, organisation, permissions, search);
        return null;
    }

    private static SearchLevel? Level(string text) => text switch
    {
        "private" => SearchLevel.Private,
        "group" => SearchLevel.Group,
        "anonymous" => SearchLevel.Anonymous,
        "none" => SearchLevel.None,
        _ => null,
    };

    private static bool IsMode(string text, int length) => text.Length == length && !text.Where((letter, at) => letter != '-' && letter != Letters[at]).Any();
}
