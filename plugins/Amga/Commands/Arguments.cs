namespace Mdm.Plugins.Amga.Commands;

/// <summary>A command's words after its name.</summary>
internal sealed class Arguments(IReadOnlyList<string> tokens)
{
    public int Count => tokens.Count - 1;

    public string this[int i] => tokens[i + 1];

    public string Or(int i, string otherwise) => i < Count ? this[i] : otherwise;

    public IEnumerable<string> From(int i) => tokens.Skip(i + 1);
}
