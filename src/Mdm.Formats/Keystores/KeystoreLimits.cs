namespace Mdm.Formats.Keystores;

/// <summary>What both ends of the keystore protocol hold each other to.</summary>
public static class KeystoreLimits
{
    /// <summary>Keys in one request.</summary>
    public const int MaxKeys = 256;

    /// <summary>Keys in one page of a list.</summary>
    public const int MaxListed = 1000;

    /// <summary>Bytes of a request.</summary>
    public const int MaxRequestLength = 4 << 20;

    /// <summary>Bytes of an answer: a page of keys whose lists are all long.</summary>
    public const int MaxAnswerLength = 16 << 20;

    /// <summary>Characters of rights after which a client begins another request, well below <see cref="MaxRequestLength"/>.</summary>
    public const int MaxRightsPerRequest = 2 << 20;

    /// <summary>Characters of rights after which a keystore ends a page.</summary>
    public const int MaxRightsPerPage = 8 << 20;

    /// <summary>Shares of one key that one keystore holds: the one in force, and the one of a refresh that is going on.</summary>
    public const int MaxSharesPerKey = 2;

    /// <summary>Attributes of a caller that is acted for.</summary>
    public const int MaxFqans = 256;

    /// <summary>Depth of the messages.</summary>
    public const int MaxDepth = 8;
}
