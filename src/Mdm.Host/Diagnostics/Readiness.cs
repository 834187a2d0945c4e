using System.Collections.Concurrent;

namespace Mdm.Host.Diagnostics;

/// <summary>What must hold before the host says that it is ready: each folder adds its own conditions.</summary>
internal sealed class Readiness
{
    private readonly ConcurrentDictionary<string, Func<string?>> _conditions = new(StringComparer.Ordinal);

    /// <summary>Adds a condition. It is asked on every look, so it must answer at once.</summary>
    /// <param name="name">As <c>catalog</c>; shown to whoever may look.</param>
    /// <param name="holds">True while it holds.</param>
    public void Require(string name, Func<bool> holds) => Require(name, () => holds() ? null : string.Empty);

    /// <summary>As above, for what can say more.</summary>
    /// <param name="name">As <c>drained</c>.</param>
    /// <param name="whyNot">Null while it holds; else why not, in a few words, or nothing more than the name.</param>
    public void Require(string name, Func<string?> whyNot)
    {
        if (!_conditions.TryAdd(name, whyNot))
            throw new InvalidOperationException($"The condition '{name}' is there already.");
    }

    /// <summary>The conditions that do not hold now, sorted.</summary>
    public IReadOnlyList<string> NotMet() =>
        [.. _conditions.Select(c => (c.Key, Why: c.Value())).Where(c => c.Why is not null).Select(c => c.Why!.Length == 0 ? c.Key : $"{c.Key} ({c.Why})").Order(StringComparer.Ordinal)];
}
