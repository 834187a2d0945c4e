namespace Mdm.Host.Configuration;

/// <summary>What somebody may have meant.</summary>
internal static class NearNames
{
    /// <summary>Most alternatives told.</summary>
    private const int MaxTold = 30;

    /// <summary>Longest name that is compared: the distance costs the product of the lengths.</summary>
    private const int MaxComparedLength = 64;

    /// <summary>A sentence with the nearest name and all known ones.</summary>
    public static string Sentence(string given, IEnumerable<string> known)
    {
        var names = known.Order(StringComparer.OrdinalIgnoreCase).ToList();
        if (names.Count == 0)
            return "Nothing may stand here.";
        var nearest = Nearest(given, names);
        var list = string.Join(", ", names.Take(MaxTold)) + (names.Count > MaxTold ? ", …" : "");
        return nearest is null ? $"Known here: {list}." : $"Did you mean '{nearest}'? Known here: {list}.";
    }

    private static string? Nearest(string given, List<string> names)
    {
        if (given.Length is 0 or > MaxComparedLength)
            return null;
        var best = names.Where(n => n.Length <= MaxComparedLength).Select(n => (Name: n, Distance: Distance(given.ToUpperInvariant(), n.ToUpperInvariant()))).DefaultIfEmpty().MinBy(n => n.Distance);
        return best.Name is not null && best.Distance <= Math.Max(1, Math.Min(given.Length, best.Name.Length) / 3) ? best.Name : null;
    }

    // Edits (insert, delete, replace, swap of neighbours) that turn one into the other.
    private static int Distance(string a, string b)
    {
        var distance = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            distance[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            distance[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = distance[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                distance[i, j] = Math.Min(replaced, 1 + Math.Min(distance[i - 1, j], distance[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    distance[i, j] = Math.Min(distance[i, j], distance[i - 2, j - 2] + 1);
            }
        }
        return distance[a.Length, b.Length];
    }
}
