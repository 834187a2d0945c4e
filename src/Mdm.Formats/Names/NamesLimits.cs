namespace Mdm.Formats.Names;

/// <summary>What both ends of the protocol of names hold each other to.</summary>
public static class NamesLimits
{
    /// <summary>Bytes of a question: a path and a list of rights, both as long as they may be.</summary>
    public const int MaxQuestion = 1 << 20;

    /// <summary>Bytes of an answer: a page of entries.</summary>
    public const int MaxAnswer = 16 << 20;

    /// <summary>Entries of one page.</summary>
    public const int MaxListed = 1000;

    /// <summary>Characters of rights and paths after which a host ends a page, well below <see cref="MaxAnswer"/> when written as JSON.</summary>
    public const int MaxTextPerPage = 1 << 20;

    /// <summary>Depth of the messages.</summary>
    public const int MaxDepth = 6;
}
