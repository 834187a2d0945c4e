using System.Collections.Immutable;

namespace Mdm.Gsi.Voms;

/// <summary>
/// An LSC file (list of certificates): who may sign attributes for a virtual organisation. One or more chains of subject names in slash form,
/// the signer first, then its issuer, separated by <c>------NEXT CHAIN------</c>.
/// </summary>
/// <param name="Chains">The chains; one match is enough.</param>
public sealed record LscFile(ImmutableArray<ImmutableArray<string>> Chains)
{
    /// <summary>Largest accepted file in UTF-16 units.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>Most names in one file.</summary>
    public const int MaxNames = 200;

    /// <summary>Parses a file. Empty lines and lines that start with # do not count.</summary>
    /// <exception cref="FormatException">Too long, or a line that is no name.</exception>
    public static LscFile Parse(string text)
    {
        if (text.Length > MaxLength)
            throw new FormatException("The LSC file is too long.");
        var chains = ImmutableArray.CreateBuilder<ImmutableArray<string>>();
        var chain = ImmutableArray.CreateBuilder<string>();
        var names = 0;
        foreach (var raw in text.Split('\n'))
        {
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line.StartsWith("------", StringComparison.Ordinal))
            {
                Take();
                continue;
            }
            if (line[0] != '/' || ++names > MaxNames)
                throw new FormatException(line[0] != '/' ? $"The LSC file has a line that is no name in slash form." : "The LSC file has too many names.");
            chain.Add(line);
        }
        Take();
        return new LscFile(chains.ToImmutable());

        void Take()
        {
            if (chain.Count > 0)
                chains.Add(chain.ToImmutable());
            chain.Clear();
        }
    }

    /// <summary>True when one of the chains names these certificates: the signer, its issuer, and as many issuers above as the file lists.</summary>
    /// <param name="signerToRoot">Subjects from the signer up.</param>
    public bool Lists(ImmutableArray<string> signerToRoot) => Chains.Any(chain =>
        chain.Length >= 2 && chain.Length <= signerToRoot.Length && chain.AsSpan().SequenceEqual(signerToRoot.AsSpan()[..chain.Length]));

    /// <summary>The text of the file.</summary>
    public override string ToString() => string.Join("------NEXT CHAIN------\n", Chains.Select(chain => string.Concat(chain.Select(name => name + "\n"))));
}
