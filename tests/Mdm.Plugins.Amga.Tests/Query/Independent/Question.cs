using System.Globalization;
using System.Numerics;
using Mdm.Plugins.Amga.Query;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Tests.Query.Independent;

/// <summary>A random <c>selectattr</c> or <c>find</c>, and the answer it should have.</summary>
internal sealed class Question
{
    private enum Shape
    {
        Rows,
        Distinct,
        Aggregates,
        Names,
    }

    private readonly List<Node> _columns = [];
    private readonly List<(string Text, Node? Operand, string Function)> _aggregates = [];
    private readonly List<AttributeNode> _groups = [];
    private readonly List<(Node Key, bool IsDescending)> _order = [];
    private Shape _shape;
    private Node? _condition;
    private long? _limit;
    private long? _offset;

    private IEnumerable<string> Columns => _columns.Select(column => column.Write()).Concat(_aggregates.Select(aggregate => aggregate.Text))
        .Select((column, i) => _shape == Shape.Distinct && i == 0 ? "distinct " + column : column);

    private string Condition => string.Join(' ', new[]
    {
        _condition?.Write(),
        _groups.Count == 0 ? null : "group by " + string.Join(", ", _groups.Select(group => group.Write())),
        _order.Count == 0 ? null : "order by " + string.Join(", ", _order.Select(key => key.Key.Within(5) + (key.IsDescending ? " desc" : " asc"))),
        _limit is null ? null : FormattableString.Invariant($"limit {_limit}"),
        _offset is null ? null : FormattableString.Invariant($"offset {_offset}"),
    }.Where(part => part is not null));

    public static Question Make(World world, Dice dice)
    {
        var writer = new Writer(world, dice);
        var question = new Question { _shape = dice.Pick([Shape.Rows, Shape.Rows, Shape.Rows, Shape.Rows, Shape.Distinct, Shape.Aggregates, Shape.Names]) };
        if (!dice.Chance(8))
            question._condition = writer.Condition(dice.Below(4));
        switch (question._shape)
        {
            case Shape.Aggregates:
                question.Aggregate(world, dice, writer);
                break;
            case Shape.Names:
                question._columns.Add(new AttributeNode(0, "FILE", "FILE", Sort.Text));
                break;
            default:
                for (var i = 1 + dice.Below(3); i > 0; i--)
                    question._columns.Add(dice.Chance(6) ? writer.Condition(1) : dice.Chance(2) ? writer.Value(0) : writer.Value(dice.Below(4)));
                break;
        }
        if (question._shape == Shape.Rows && dice.Chance(2))
            question._order.AddRange(Enumerable.Range(0, 1 + dice.Below(2)).Select(_ => (writer.Value(dice.Below(3)), dice.Chance(2))));
        if (question._shape == Shape.Distinct && dice.Chance(2))
            question._order.Add((dice.Pick(question._columns), dice.Chance(2)));
        question._order.RemoveAll(key => key.Key is LiteralNode || key.Key.Sort.Kind == Kind.Truth);
        if (dice.Chance(3))
            question._limit = 1 + dice.Below(5);
        if (dice.Chance(4))
            question._offset = dice.Below(4);
        return question;
    }

    public CompiledQuery Compile(World world, SqlDialect dialect)
    {
        var context = new QueryContext(world, World.Main, dialect, DateTimeOffset.UnixEpoch);
        return _shape == Shape.Names ? QueryCompiler.Find(null, Condition, context) : QueryCompiler.Select([.. Columns], Condition, context);
    }

    public List<object?[]> Answer(World world)
    {
        var directories = Directories();
        var rows = Product(world, directories).Where(row => _condition is null || _condition.Evaluate(row.Rows) is true).ToList();
        List<object?[]> answer;
        switch (_shape)
        {
            case Shape.Names:
                answer = [.. rows.Select(row => row.Numbers[0]).Distinct().Order().Select(number => new[] { world.Tables[0][number]["FILE"] })];
                break;
            case Shape.Aggregates:
                answer = Grouped(rows);
                break;
            default:
                rows.Sort((left, right) =>
                {
                    foreach (var (key, isDescending) in _order)
                    {
                        if (Values.Order(key.Evaluate(left.Rows), key.Evaluate(right.Rows), key.Sort, isDescending) is var order and not 0)
                            return order;
                    }
                    return directories.Select(directory => left.Numbers[directory].CompareTo(right.Numbers[directory])).FirstOrDefault(order => order != 0);
                });
                answer = [.. rows.Select(row => _columns.Select(column => Values.Shown(column.Evaluate(row.Rows))).ToArray())];
                if (_shape == Shape.Distinct)
                    answer = Distinct(answer);
                break;
        }
        return [.. answer.Skip((int)(_offset ?? 0)).Take((int)(_limit ?? int.MaxValue))];
    }

    public override string ToString() => $"{(_shape == Shape.Names ? "find" : "selectattr")} {string.Join(" ; ", Columns)} where {Condition}";

    private List<int> Directories()
    {
        var mentioned = _columns.SelectMany(column => column.Directories())
            .Concat(_aggregates.SelectMany(aggregate => aggregate.Operand?.Directories() ?? []))
            .Concat(_condition?.Directories() ?? [])
            .Concat(_groups.SelectMany(group => group.Directories()))
            .Concat(_order.SelectMany(key => key.Key.Directories()))
            .Distinct().ToList();
        return mentioned.Count == 0 ? [0] : mentioned;
    }

    private static IEnumerable<(Rows Rows, int[] Numbers)> Product(World world, List<int> directories)
    {
        IEnumerable<int[]> all = [new int[3]];
        foreach (var directory in directories)
            all = all.SelectMany(numbers => Enumerable.Range(0, world.Tables[directory].Count).Select(row => numbers.Select((number, i) => i == directory ? row : number).ToArray()));
        return all.Select(numbers => (new Rows([.. numbers.Select((row, directory) => directories.Contains(directory) ? world.Tables[directory][row] : null)]), numbers));
    }

    private void Aggregate(World world, Dice dice, Writer writer)
    {
        if (dice.Chance(2))
        {
            var group = world.Attribute(dice, dice.Pick([Kind.Text, Kind.Exact, Kind.Time]));
            _groups.Add(group);
            _columns.Add(group);
        }
        for (var i = 1 + dice.Below(3); i > 0; i--)
        {
            var function = dice.Pick(["count", "count distinct", "min", "max", "sum", "avg", "count *"]);
            // The order in which floats are added is the store's own.
            Node operand;
            do
                operand = function is "sum" or "avg" ? writer.Number(dice.Below(3)) : writer.Value(dice.Below(2));
            while (function is "sum" or "avg" && operand.Sort.Kind == Kind.Float);
            _aggregates.Add(function switch
            {
                "count *" => ("count( * )", null, function),
                "count distinct" => ($"count(distinct {operand.Write()})", operand, function),
                _ => ($"{function}({operand.Write()})", operand, function),
            });
        }
    }

    private List<object?[]> Grouped(List<(Rows Rows, int[] Numbers)> rows)
    {
        if (_groups.Count == 0)
            return [[.. _aggregates.Select(aggregate => Aggregated(aggregate.Function, aggregate.Operand, rows))]];
        var all = rows.GroupBy(row => _groups[0].Evaluate(row.Rows) ?? DBNull.Value)
            .Select(group => (object?[])[group.Key is DBNull ? null : group.Key, .. _aggregates.Select(aggregate => Aggregated(aggregate.Function, aggregate.Operand, [.. group]))]).ToList();
        all.Sort((left, right) => Values.Order(left[0], right[0], _groups[0].Sort, isDescending: false));
        return all;
    }

    private static object? Aggregated(string function, Node? operand, List<(Rows Rows, int[] Numbers)> rows)
    {
        if (operand is null)
            return (long)rows.Count;
        var values = rows.Select(row => Values.Shown(operand.Evaluate(row.Rows))).OfType<object>().ToList();
        switch (function)
        {
            case "count":
                return (long)values.Count;
            case "count distinct":
                return (long)values.Distinct().Count();
            case "min" or "max":
                values.Sort((left, right) => Values.Order(left, right, operand.Sort, function == "max"));
                return values.FirstOrDefault();
            default:
                var sum = values.Count == 0 ? null : Values.Bounded(values.Aggregate(BigInteger.Zero, (total, value) => total + (long)value), operand.Sort.Scale);
                return function == "sum" || sum is null ? sum : Values.Double(sum, operand.Sort) / values.Count;
        }
    }

    private List<object?[]> Distinct(List<object?[]> rows)
    {
        var distinct = rows.Where((row, i) => !rows.Take(i).Any(other => other.SequenceEqual(row))).ToList();
        var first = _order.Select(key => (Place: _columns.FindIndex(column => column.Write() == key.Key.Write()), key.IsDescending)).ToList();
        var keys = first.Concat(Enumerable.Range(0, _columns.Count).Where(i => first.All(key => key.Place != i)).Select(i => (Place: i, IsDescending: false))).ToList();
        distinct.Sort((left, right) => keys
            .Select(key => Values.Order(left[key.Place], right[key.Place], _columns[key.Place].Sort.Kind == Kind.Truth ? Sort.Whole : _columns[key.Place].Sort, key.IsDescending))
            .FirstOrDefault(order => order != 0));
        return distinct;
    }
}
