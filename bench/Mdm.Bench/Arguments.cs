using System.Globalization;

namespace Mdm.Bench;

/// <summary>Numbers by name, as <c>--instances 100</c>.</summary>
internal sealed class Arguments(IReadOnlyDictionary<string, int> values)
{
    public static Arguments Parse(string[] arguments) =>
        new(arguments.Chunk(2).ToDictionary(pair => pair[0].TrimStart('-'), pair => int.Parse(pair.ElementAtOrDefault(1) ?? "", NumberStyles.None, CultureInfo.InvariantCulture)));

    public int Or(string name, int otherwise) => values.GetValueOrDefault(name, otherwise);
}
