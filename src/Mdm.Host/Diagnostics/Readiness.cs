using System.Collections.Concurrent;

namespace Mdm.Host.Diagnostics;

/// <summary>What must hold before the host says that it is ready: each folder adds its own conditions.</summary>
internal sealed class Readiness
{
    private readonly ConcurrentDictionary<string, Func<bool>> _conditions = new(StringComparer.Ordinal);

    /// <summary>Adds a condition. It is asked on every look, so it must answer at once.</summary>
    /// <param name="name">As <c>catalog</c>; shown to whoever may look.</param>
    /// <param name="holds">True while it holds.</param>
    public void Require(string name, Func<bool> holds)
    {
        if (!_conditions.TryAdd(name, holds))
            throw new InvalidOperationException($"The condition '{name}' is there already.");
    }

    /// <summary>The conditions that do not hold now, sorted.</summary>
    public IReadOnlyList<string> NotMet() => [.. _conditions.Where(c => !c.Value()).Select(c => c.Key).Order(StringComparer.Ordinal)];
}
