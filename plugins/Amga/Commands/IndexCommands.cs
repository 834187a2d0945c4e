using System.Collections.Immutable;
using System.Globalization;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>An index that somebody asked for.</summary>
internal sealed record AmgaIndex(long Number, string Name, string Kind, ImmutableArray<long> Attributes);

/// <summary>Indices beyond those that there are by themselves.</summary>
internal static class IndexCommands
{
    /// <summary>Most attributes of an index.</summary>
    public const int MaxAttributes = 16;

    public static readonly CommandEntry[] All =
    [
        new("index_create", "index", "NAME DIR 'ATTR…' [TYPE]", 3, 4, static async (session, arguments, _, cancellationToken) =>
            await session.WriteLongAsync(request => Create(request, arguments), cancellationToken).ConfigureAwait(false)),
        new("index_remove", "index", "NAME DIR", 2, 2, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            var directory = request.Directory(arguments[1], Bits.Write);
            var index = Shown(request, directory).FirstOrDefault(index => index.Name == arguments[0]) ?? throw Request.NoEntry(arguments[0]);
            request.Sql.Execute(new BuiltSql($"DROP INDEX x{index.Number.ToString(CultureInfo.InvariantCulture)}"));
            request.Sql.Execute("DELETE FROM indices WHERE number = $1", index.Number);
        }, cancellationToken).ConfigureAwait(false)),
        new("index_list", "index", "DIR", 0, 1, static async (session, arguments, answer, cancellationToken) =>
            await answer.WriteAllAsync(await session.ReadAsync(request =>
            {
                var directory = request.Directory(arguments.Or(0, "."), Bits.Execute);
                return Shown(request, directory).ConvertAll(index => $"{index.Name} {index.Kind} {string.Join(' ', Names(directory, index))}");
            }, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false)),
    ];

    /// <summary>All indices of a directory.</summary>
    public static List<AmgaIndex> Of(Request request, AmgaDirectory directory) => request.Sql.Query("SELECT number, name, kind, attrs FROM indices WHERE dir = $1 ORDER BY number", static row => new AmgaIndex(
        row.GetInt64(0), row.GetString(1), row.GetString(2), [.. row.GetString(3).Split(' ').Select(static number => long.Parse(number, CultureInfo.InvariantCulture))]), directory.Number);

    /// <summary>Those over attributes that are all there for him.</summary>
    public static List<AmgaIndex> Shown(Request request, AmgaDirectory directory)
    {
        var known = request.View(directory, Bits.None).Attributes.Select(static attribute => attribute.Number).ToHashSet();
        return Of(request, directory).FindAll(index => index.Attributes.All(known.Contains));
    }

    public static IEnumerable<string> Names(AmgaDirectory directory, AmgaIndex index) => index.Attributes.Select(number => directory.Attributes.First(attribute => attribute.Number == number).Name);

    private static void Create(Request request, Arguments arguments)
    {
        var directory = request.Directory(arguments[1], Bits.Write);
        SchemaCommands.DemandWhole(request, directory);
        var view = request.View(directory, Bits.None);
        var attributes = arguments[2].Split([' ', ','], StringSplitOptions.RemoveEmptyEntries).Select(name => request.Attribute(view, name)).Distinct().ToList();
        if (attributes.Count is 0 or > MaxAttributes)
            throw new AmgaException(AmgaError.IllegalCommand, $"An index is over 1 to {MaxAttributes} attributes (MaxAttributes).");
        if (attributes.Exists(static attribute => attribute.Type.Kind == AmgaKind.Text || !(EntryTable.IsIndexed(attribute.Type) || attribute.Type.Length <= 512)))
            throw new AmgaException(AmgaError.IllegalCommand, "Of texts only a varchar of at most 512 characters can be indexed: a longer value would not fit.");
        var kind = arguments.Or(3, "btree");
        if (kind is not ("btree" or "hash" or "unique"))
            throw new AmgaException(AmgaError.IllegalCommand, "The types of indices are btree, hash (which is a btree here) and unique.");
        if (kind == "unique")
            request.TellSearch(attributes.Select(static attribute => attribute.Name));
        var number = request.Sql.Scalar<long>("INSERT INTO indices (dir, name, kind, attrs) VALUES ($1, $2, $3, $4) ON CONFLICT (dir, name) DO NOTHING RETURNING number",
            directory.Number, TypeName.Thing(arguments[0]), kind, string.Join(' ', attributes.Select(static attribute => attribute.Number.ToString(CultureInfo.InvariantCulture))));
        if (number == 0)
            throw new AmgaException(AmgaError.Exists, "That name is taken.");
        request.Sql.Execute(new BuiltSql(
            $"CREATE {(kind == "unique" ? "UNIQUE " : "")}INDEX x{number.ToString(CultureInfo.InvariantCulture)} ON {directory.Table} ({string.Join(", ", attributes.Select(static attribute => attribute.Column))})"));
        // A unique index refuses values, as a rule does: who may not know of its attributes must not write past it.
        request.Tree.Changed();
    }
}
