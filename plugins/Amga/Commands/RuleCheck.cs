using System.Globalization;
using System.Text.RegularExpressions;
using Mdm.Plugins.Amga.Query;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Whether what was written keeps a directory's rules; asked within the transaction that wrote it.</summary>
internal static partial class RuleCheck
{
    /// <summary>
    /// Who may not read all that a directory's rules look at writes nothing there: whether a value was refused would tell him what the others are. The refusal is the same whatever he writes.
    /// </summary>
    public static void DemandKnown(Request request, AmgaDirectory directory)
    {
        DemandReferringKnown(request, directory);
        // The owner may know of all attributes here, and of what rules refer to elsewhere no more than others.
        if (directory.Rules.IsEmpty && !HidesRows(request, directory) && (directory.AttributeAcl.IsEmpty || Access.Governs(request.Who, directory)))
            return;
        var known = Access.Attributes(request.Who, directory);
        var indices = IndexCommands.Of(request, directory).Where(static index => index.Kind == "unique").SelectMany(static index => index.Attributes).ToList();
        // Nor where some row may be hidden from him.
        if (HidesRows(request, directory) && (!directory.Rules.IsEmpty || indices.Count > 0))
            throw Hindered();
        if (directory.Rules.Any(rule => !IsKnown(request, directory, rule)) || indices.Any(number => known.All(attribute => attribute.Number != number)))
            throw Hindered();
    }

    /// <summary>As <see cref="DemandKnown"/>, for values that others refer to: whether one may go would tell who refers to it.</summary>
    public static void DemandReferringKnown(Request request, AmgaDirectory directory)
    {
        foreach (var path in directory.ReferredBy)
        {
            if (request.Known(path) is not { } referring || HidesRows(request, referring) || (Access.Of(request.Who, referring) & Bits.Read) == 0
                || referring.Rules.Any(rule => rule.Kind == RuleKind.Reference && !IsKnown(request, referring, rule)))
                throw Hindered();
        }
    }

    private static bool HidesRows(Request request, AmgaDirectory directory) => directory.HasFileReaders && !request.Who.IsRoot;

    /// <summary>True where somebody may read all that the rule looks at.</summary>
    public static bool IsKnown(Request request, AmgaDirectory directory, AmgaRule rule)
    {
        var known = Access.Attributes(request.Who, directory);
        if (rule.Attribute is { } number && known.All(attribute => attribute.Number != number))
            return false;
        if (rule.Kind == RuleKind.Reference && RuleCommands.Referred(request, rule) is null)
            return false;
        return rule.Expression is null || Words(rule.Expression).All(word => directory.Attribute(word) is not { } attribute || known.Contains(attribute));
    }

    /// <summary>Refuses what breaks a rule.</summary>
    /// <param name="request">The work.</param>
    /// <param name="directory">Where was written.</param>
    /// <param name="rows">Which rows, with <c>d0</c> for the table and <c>${0}</c> for the value's parameter; null for any.</param>
    /// <param name="value">That value.</param>
    public static void Keep(Request request, AmgaDirectory directory, string? rows, object? value = null)
    {
        foreach (var rule in directory.Rules)
        {
            var (sql, values) = Violation(request, directory, rule);
            if (sql is null)
                continue;
            if (rows is not null)
            {
                values = [.. values, value];
                sql += " AND " + rows.Replace("{0}", values.Length.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            }
            if (request.Sql.First(new BuiltSql($"SELECT 1 FROM {directory.Table} AS d0 WHERE {sql} LIMIT 1"), static _ => true, values))
                throw new AmgaException(AmgaError.WrongType, $"The rule '{rule.Name}' of the directory does not allow that value.");
        }
        if (rows is null)
            KeepReferences(request, directory);
    }

    /// <summary>Refuses what leaves another directory's values referring to nothing.</summary>
    public static void KeepReferences(Request request, AmgaDirectory directory)
    {
        foreach (var referring in directory.ReferredBy.Select(path => request.Tree.Find(path)!))
        {
            foreach (var rule in referring.Rules.Where(rule => rule.Kind == RuleKind.Reference && directory.Attributes.Any(attribute => attribute.Number == rule.Reference)))
            {
                if (request.Sql.First(new BuiltSql($"SELECT 1 FROM {referring.Table} AS d0 WHERE {Violation(request, referring, rule).Sql} LIMIT 1"), static _ => true))
                    throw new AmgaException(AmgaError.WrongType, "Another directory's rule refers to a value that would go.");
            }
        }
    }

    // Unique is kept by an index of the store.
    private static (string? Sql, object?[] Values) Violation(Request request, AmgaDirectory directory, AmgaRule rule)
    {
        var column = directory.Attributes.FirstOrDefault(attribute => attribute.Number == rule.Attribute)?.Column;
        switch (rule.Kind)
        {
            case RuleKind.NotNull:
                return ($"d0.{column} IS NULL", []);
            case RuleKind.Reference:
                var there = request.Sql.Scalar<long>("SELECT dir FROM attrs WHERE attr = $1", rule.Reference);
                return ($"d0.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {EntryTable.TableOf(there)} AS d1 WHERE d1.a{rule.Reference!.Value.ToString(CultureInfo.InvariantCulture)} = d0.{column})", []);
            case RuleKind.Check:
                // Everything that the check looks at is there for its maker's directory; who may not read it all was refused before.
                var check = QueryCompiler.Check(rule.Expression!, new QueryContext(new Whole(directory), directory.Path, request.Sql.Dialect, request.Now));
                return ($"NOT ({check.Sql})", [.. check.Values]);
            default:
                return (null, []);
        }
    }

    private static AmgaException Hindered() => new(AmgaError.PermissionDenied, "The right to write there does not reach for what its rules need.");

    private static IEnumerable<string> Words(string text) => Word().Matches(text).Select(static word => word.Value);

    [GeneratedRegex("[A-Za-z][A-Za-z0-9_]*")]
    private static partial Regex Word();

    /// <summary>A directory as its rules see it: whole.</summary>
    private sealed class Whole(AmgaDirectory directory) : IQueryNames
    {
        public QueryCollection? Find(string path) => path == directory.Path ? new DirectoryView(directory, directory, directory.Attributes, null, []).Collection : null;

        public string Absolute(string path) => AmgaPath.Absolute(directory.Path, path);
    }
}
