using System.Collections.Immutable;
using System.Globalization;
using Mdm.Plugins.Amga.Query;

namespace Mdm.Plugins.Amga.Tests.Query.Independent;

/// <summary>Directories with attributes of all types and a few rows, many of them null or at the edges of their types.</summary>
internal sealed class World : IQueryNames
{
    public const string Main = "/m";

    private static readonly string[] Paths = [Main, "/m/sub-1", "/other"];

    private static readonly (string Name, AmgaType Type)[] Attributes =
    [
        ("i", new AmgaType(AmgaKind.Int, "int")), ("j", new AmgaType(AmgaKind.Int, "int")),
        ("f", new AmgaType(AmgaKind.Float, "float")), ("g", new AmgaType(AmgaKind.Float, "float")),
        ("n", new AmgaType(AmgaKind.Numeric, "numeric(10,2)", 10, 2)), ("w", new AmgaType(AmgaKind.Numeric, "numeric(18,7)", 18, 7)),
        ("v", new AmgaType(AmgaKind.Varchar, "varchar(40)", 40)), ("x", new AmgaType(AmgaKind.Text, "text")),
        ("t", new AmgaType(AmgaKind.Timestamp, "timestamp")), ("u", new AmgaType(AmgaKind.Timestamp, "timestamp")),
    ];

    public static readonly string[] Texts = ["", "a", "A", "ab", "aB%", "a_c", "[a]*?", "ä", "Ä😀", "it's \"q\" \\", "  pad ", "5", "2020-01-02", "zebra", "\uFFFD\u0001\n", "'; drop table t0; --"];
    private static readonly long[] Wholes = [0, 1, -1, 2, 3, 5, 7, -10, 100, 9007199254740993, 3037000500, -4611686018427387904, long.MaxValue, long.MaxValue - 1, long.MinValue, long.MinValue + 1];
    private static readonly double[] Doubles = [0, 1, -1, 0.1, 0.5, -0.5, 2.5, -2.5, 1.005, 0.49999999999999994, 4503599627370497.5, 9007199254740993, 1e100, 1.1e100, 1e-100, 1e-101, 5e-324, double.MaxValue, double.MinValue, 12345.678, -1e18];
    private static readonly long[] Numerics = [0, 1, -1, 50, 100, 101, -150, 250, 9999999999, -9999999999];
    private static readonly long[] LongNumerics = [0, 1, -5000000, 5000000, 10050000, 15000000, 999999999999999999, -999999999999999999];
    private static readonly string[] Times = ["2020-01-02 00:00:00", "2020-02-29 23:59:59.999999", "1970-01-01 00:00:00", "1969-12-31 23:59:59.999999", "0001-01-01 00:00:00", "9999-12-31 23:59:59.999999", "1900-03-01 12:30:15.5", "2026-11-26 03:04:05.000006"];

    private readonly ImmutableArray<QueryCollection> _collections;

    public World(Dice dice, int number)
    {
        var count = 2 + dice.Below(2);
        _collections = [.. Paths.Take(count).Select((path, i) => new QueryCollection(path, FormattableString.Invariant($"t{number}_{i}"), "name", "id",
            [.. Attributes.Select((attribute, c) => new QueryColumn(attribute.Name, FormattableString.Invariant($"c{c}"), attribute.Type))]))];
        Tables = [.. _collections.Select((_, directory) => Enumerable.Range(0, dice.Below(6)).Select(row => Row(dice, row)).ToList())];
    }

    public IReadOnlyList<QueryCollection> Collections => _collections;

    /// <summary>The rows of each directory, by attribute, with FILE.</summary>
    public List<Dictionary<string, object?>>[] Tables { get; }

    public int Count => _collections.Length;

    public QueryCollection? Find(string path) => _collections.FirstOrDefault(collection => collection.Path == path);

    public string Absolute(string path) => path[0] == '/' ? path : path == "." ? Main : $"{Main}/{path}";

    /// <summary>Microseconds since 1970, by the calendar of .NET.</summary>
    public static long Microseconds(string time) => (DateTime.Parse(time, CultureInfo.InvariantCulture).Ticks - DateTime.UnixEpoch.Ticks) / 10;

    public AttributeNode Attribute(Dice dice, Kind kind)
    {
        var directory = dice.Chance(3) ? dice.Below(Count) : 0;
        string name;
        Sort sort;
        if (kind == Kind.Text && dice.Chance(4))
        {
            (name, sort) = ("FILE", Sort.Text);
        }
        else
        {
            var (attribute, type) = dice.Pick([.. Attributes.Where(attribute => Of(attribute.Type).Kind == kind)]);
            (name, sort) = (attribute, Of(type));
        }
        var written = directory switch
        {
            0 => dice.Pick(["", "", "", "/m:", ".:"]),
            1 => dice.Pick(["sub-1:", "/m/sub-1:"]),
            _ => "/other:",
        } + name;
        return new AttributeNode(directory, name, written, sort);
    }

    private static Sort Of(AmgaType type) => type.Kind switch
    {
        AmgaKind.Int => Sort.Whole,
        AmgaKind.Numeric => new Sort(Kind.Exact, type.Scale),
        AmgaKind.Float => Sort.Float,
        AmgaKind.Timestamp => Sort.Time,
        _ => Sort.Text,
    };

    private static Dictionary<string, object?> Row(Dice dice, int row)
    {
        var values = Attributes.ToDictionary(attribute => attribute.Name, attribute => dice.Chance(5) ? null : attribute.Type switch
        {
            { Kind: AmgaKind.Int } => dice.Chance(2) ? (long)dice.Below(5) : dice.Pick(Wholes),
            { Kind: AmgaKind.Float } => dice.Chance(3) ? dice.Below(5) : (object)dice.Pick(Doubles),
            { Kind: AmgaKind.Numeric, Scale: 2 } => dice.Pick(Numerics),
            { Kind: AmgaKind.Numeric } => dice.Pick(LongNumerics),
            { Kind: AmgaKind.Timestamp } => Microseconds(dice.Pick(Times)),
            _ => (object)dice.Pick(Texts),
        });
        foreach (var (name, value) in values)
        {
            if (value is int number)
                values[name] = (double)number;
        }
        values["FILE"] = dice.Chance(2) ? "e" + row.ToString(CultureInfo.InvariantCulture) : dice.Pick(Texts) + row.ToString(CultureInfo.InvariantCulture);
        return values;
    }

    public static string SomeTime(Dice dice) => dice.Pick(Times);
}
