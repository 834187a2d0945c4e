using System.Globalization;
using Mdm.Plugins.Amga.Query;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>What AMGA calls constraints.</summary>
internal static class RuleCommands
{
    public static readonly CommandEntry[] All =
    [
        new("constraint_add_not_null", "schema", "DIR ATTR NAME", 3, 3, Add(static (request, directory, arguments) => Insert(request, directory, arguments[2], RuleKind.NotNull, arguments[1], null, null))),
        new("constraint_add_unique", "schema", "DIR ATTR NAME", 3, 3, Add(static (request, directory, arguments) =>
        {
            var rule = Insert(request, directory, arguments[2], RuleKind.Unique, arguments[1], null, null);
            request.Sql.Execute(new BuiltSql($"CREATE UNIQUE INDEX u{Text(rule.Number)} ON {directory.Table} (a{Text(rule.Attribute!.Value)})"));
        })),
        new("constraint_add_reference", "schema", "DIR ATTR DIR:ATTR NAME", 4, 4, Add(static (request, directory, arguments) =>
        {
            var target = arguments[2];
            if (target.LastIndexOf(':') is not (> 0 and var colon))
                throw new AmgaException(AmgaError.IllegalCommand, "What is referred to is written as DIR:ATTR.");
            // From then on its values may not go as they like, so it takes the right to change them.
            var there = request.View(request.Directory(target[..colon], Bits.Read | Bits.Write), Bits.Read);
            var attribute = request.Attribute(there, target[(colon + 1)..]);
            var rule = Insert(request, directory, arguments[3], RuleKind.Reference, arguments[1], attribute.Number, null);
            var own = directory.Attributes.First(one => one.Number == rule.Attribute);
            // Their values are compared as they are kept.
            if (own.Type.Kind != attribute.Type.Kind && !(IsText(own) && IsText(attribute)) || own.Type.Scale != attribute.Type.Scale)
                throw new AmgaException(AmgaError.WrongType, "Both attributes are of one type.");
        })),
        new("constraint_add_check", "schema", "DIR 'CONDITION' NAME", 3, 3, Add(static (request, directory, arguments) =>
        {
            request.TellSearch(QueryCompiler.Check(arguments[1], new QueryNames(request, directory.Path).Context()).Attributes);
            Insert(request, directory, arguments[2], RuleKind.Check, null, null, arguments[1]);
        })),
        new("constraint_drop", "schema", "DIR NAME", 2, 2, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            var directory = request.Directory(arguments[0], Bits.Write);
            var rule = directory.Rules.FirstOrDefault(rule => rule.Name == arguments[1] && RuleCheck.IsKnown(request, directory, rule)) ?? throw Request.NoEntry(arguments[1]);
            if (rule.Kind == RuleKind.Unique)
                request.Sql.Execute(new BuiltSql($"DROP INDEX u{Text(rule.Number)}"));
            request.Sql.Execute("DELETE FROM rules WHERE rule = $1", rule.Number);
            request.Tree.Changed();
        }, cancellationToken).ConfigureAwait(false)),
        new("constraint_list", "schema", "DIR", 0, 1, static async (session, arguments, answer, cancellationToken) =>
            await answer.WriteAllAsync(await session.ReadAsync(request =>
            {
                var directory = request.Directory(arguments.Or(0, "."), Bits.Execute);
                return directory.Rules.Where(rule => RuleCheck.IsKnown(request, directory, rule)).Select(rule => Line(request, directory, rule)).ToList();
            }, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false)),
    ];

    /// <summary>What a reference refers to, if he may know of it.</summary>
    public static string? Referred(Request request, AmgaRule rule)
    {
        var path = request.Sql.Scalar<string>("SELECT d.path FROM attrs AS a JOIN dirs AS d ON d.dir = a.dir WHERE a.attr = $1", rule.Reference);
        return path is not null && request.Known(path) is { } directory && (request.Who.IsRoot || !directory.HasFileReaders) && (Access.Of(request.Who, directory) & Bits.Read) != 0 && request.View(directory, Bits.None).Attributes.FirstOrDefault(attribute => attribute.Number == rule.Reference) is { } there
            ? $"{path}:{there.Name}" : null;
    }

    private static string Line(Request request, AmgaDirectory directory, AmgaRule rule)
    {
        var attribute = directory.Attributes.FirstOrDefault(attribute => attribute.Number == rule.Attribute)?.Name;
        return rule.Kind switch
        {
            RuleKind.NotNull => $"{rule.Name} not_null {attribute}",
            RuleKind.Unique => $"{rule.Name} unique {attribute}",
            RuleKind.Reference => $"{rule.Name} reference {attribute} {Referred(request, rule)}".TrimEnd(),
            _ => $"{rule.Name} check {rule.Expression}",
        };
    }

    private static CommandRun Add(Action<Request, AmgaDirectory, Arguments> add) => async (session, arguments, _, cancellationToken) => await session.WriteLongAsync(request =>
    {
        var directory = request.Directory(arguments[0], Bits.Write);
        SchemaCommands.DemandWhole(request, directory);
        add(request, directory, arguments);
        request.Tree.Changed();
        // What is there has to keep it, too.
        RuleCheck.Keep(request, request.Tree.Find(directory.Path)!, null);
    }, cancellationToken).ConfigureAwait(false);

    private static AmgaRule Insert(Request request, AmgaDirectory directory, string name, RuleKind kind, string? attribute, long? reference, string? expression)
    {
        var own = attribute is null ? null : request.Writable(request.View(directory, Bits.None), attribute);
        // What is there already keeps the rule or does not: that is an answer.
        if (own is not null)
            request.TellSearch([own.Name]);
        var number = request.Sql.Scalar<long>("INSERT INTO rules (dir, name, kind, attr, ref_attr, expression) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (dir, name) DO NOTHING RETURNING rule",
            directory.Number, TypeName.Thing(name), (long)kind, own?.Number, reference, expression);
        return number != 0 ? new AmgaRule(number, name, kind, own?.Number, reference, expression) : throw new AmgaException(AmgaError.Exists, "That name is taken.");
    }

    private static bool IsText(AmgaAttribute attribute) => attribute.Type.Kind is AmgaKind.Text or AmgaKind.Varchar;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
