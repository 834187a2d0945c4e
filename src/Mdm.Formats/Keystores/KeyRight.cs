namespace Mdm.Formats.Keystores;

/// <summary>The rights on a key, with Hydra's letters and bits.</summary>
[Flags]
public enum KeyRight
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>p: change the rights.</summary>
    Permission = 1,

    /// <summary>d: destroy the key.</summary>
    Delete = 2,

    /// <summary>r: read; kept, decides nothing here.</summary>
    Read = 4,

    /// <summary>w: write; kept, decides nothing here.</summary>
    Write = 8,

    /// <summary>x: execute; kept, decides nothing here.</summary>
    Execute = 16,

    /// <summary>l: see the rights.</summary>
    List = 32,

    /// <summary>g: get the key.</summary>
    Get = 64,

    /// <summary>s: set the key: register it anew where a registration broke off.</summary>
    Set = 128,

    /// <summary>All eight.</summary>
    All = 255,
}

/// <summary>Rights as text: <c>pdrwlxgs</c>, a dash for what is absent.</summary>
public static class KeyRightText
{
    private const string Letters = "pdrwlxgs";
    private static readonly KeyRight[] InOrder =
        [KeyRight.Permission, KeyRight.Delete, KeyRight.Read, KeyRight.Write, KeyRight.List, KeyRight.Execute, KeyRight.Get, KeyRight.Set];

    /// <summary>Eight letters or dashes.</summary>
    public static string Format(KeyRight rights) => string.Create(Letters.Length, rights, static (text, r) =>
    {
        for (var i = 0; i < text.Length; i++)
            text[i] = r.HasFlag(InOrder[i]) ? Letters[i] : '-';
    });

    /// <summary>Letters in any order, dashes passed over; null when another character stands there, or too many.</summary>
    public static KeyRight? Parse(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > 8)
            return null;
        var rights = KeyRight.None;
        foreach (var c in text)
        {
            var at = Letters.IndexOf(c, StringComparison.Ordinal);
            if (at >= 0)
                rights |= InOrder[at];
            else if (c != '-')
                return null;
        }
        return rights;
    }
}
