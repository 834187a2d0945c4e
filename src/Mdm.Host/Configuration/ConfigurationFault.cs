namespace Mdm.Host.Configuration;

/// <summary>One thing that is wrong in the configuration.</summary>
/// <param name="Path">The key, as <c>Publications:research:Archive</c>; empty for the whole.</param>
/// <param name="Reason">What is wrong and what may stand there. Never a secret.</param>
internal sealed record ConfigurationFault(string Path, string Reason)
{
    public override string ToString() => Path.Length == 0 ? Reason : $"{Path}: {Reason}";
}

/// <summary>The configuration cannot be used. All faults at once.</summary>
internal sealed class ConfigurationFaultException(IReadOnlyList<ConfigurationFault> faults)
    : Exception(string.Join(Environment.NewLine, faults))
{
    public IReadOnlyList<ConfigurationFault> Faults { get; } = faults;
}
