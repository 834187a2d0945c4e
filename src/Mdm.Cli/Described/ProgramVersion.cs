using System.Reflection;

namespace Mdm.Cli.Described;

/// <summary>Which release this is.</summary>
internal static class ProgramVersion
{
    /// <summary>Without the commit that it was built from.</summary>
    public static string Short { get; } = (typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0").Split('+')[0];
}
