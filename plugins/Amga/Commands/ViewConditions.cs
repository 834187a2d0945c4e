using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Mdm.Plugins.Amga.Query;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Conditions of views, each time compiled for who looks: a condition over what he may not read is none that he may have rows chosen by.</summary>
internal static partial class ViewConditions
{
    /// <summary>True where somebody may read all that the condition looks at.</summary>
    public static bool MayKnow(Request request, AmgaDirectory table, AmgaView view)
    {
        try
        {
            Compile(request, table, view.Condition);
            return true;
        }
        catch (AmgaException e) when (e.Code is AmgaError.NoSuchKey or AmgaError.NoSuchEntry or AmgaError.PermissionDenied)
        {
            return false;
        }
    }

    /// <summary>A row filter that holds where another does and the view's condition, too.</summary>
    public static (string? Sql, ImmutableArray<object?> Values) And(Request request, AmgaDirectory table, AmgaView view, string? filter, ImmutableArray<object?> values)
    {
        if (Compile(request, table, view.Condition) is not { } condition)
            return (filter, values);
        // Whichever command it is: who sees an entry in a view knows that the condition holds for it.
        request.TellSearch(condition.Attributes);
        var sql = Parameter().Replace(condition.Sql.Replace(CompiledPredicate.Alias + ".", "{0}.", StringComparison.Ordinal),
            number => "{v" + (int.Parse(number.ValueSpan[1..], CultureInfo.InvariantCulture) - 1 + values.Length).ToString(CultureInfo.InvariantCulture) + "}");
        return (filter is null ? $"({sql})" : $"{filter} AND ({sql})", values.AddRange(condition.Values));
    }

    /// <summary>The condition over a table, as far as who asks may know of its attributes; null for none.</summary>
    /// <exception cref="AmgaException"/>
    public static CompiledPredicate? Compile(Request request, AmgaDirectory table, string condition) =>
        string.IsNullOrWhiteSpace(condition) ? null : QueryCompiler.Check(condition, new QueryNames(request, table.Path).Context());

    [GeneratedRegex(@"\$[0-9]+")]
    private static partial Regex Parameter();
}
