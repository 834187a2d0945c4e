namespace Mdm.Host.Plugins;

/// <summary>Why a plugin was refused. The codes are stable and documented in docs/plugins.md.</summary>
/// <param name="Plugin">The configured name.</param>
/// <param name="Code">As <c>MDM1007</c>.</param>
/// <param name="Reason">One line: what was found, what was needed, what to do.</param>
internal sealed record PluginFault(string Plugin, string Code, string Reason)
{
    public override string ToString() => $"{Code} plugin '{Plugin}': {Reason}";
}

/// <summary>The codes; each is a row of the table in docs/plugins.md, which a test compares.</summary>
internal static class PluginFaultCode
{
    public const string UnsafeName = "MDM1001";
    public const string NoFolder = "MDM1002";
    public const string NoAssembly = "MDM1003";
    public const string NotAnImage = "MDM1004";
    public const string NotManaged = "MDM1005";
    public const string NoContract = "MDM1006";
    public const string OtherContractMajor = "MDM1007";
    public const string NewerContract = "MDM1008";
    public const string NewerFramework = "MDM1009";
    public const string NewerFrameworkAssembly = "MDM1010";
    public const string UnreadableManifest = "MDM1011";
    public const string MissingAssembly = "MDM1012";
    public const string MissingNativeLibrary = "MDM1013";
    public const string NotLoadable = "MDM1014";
    public const string NoAttribute = "MDM1015";
    public const string UnusableEntry = "MDM1016";
    public const string ConstructorThrew = "MDM1017";
    public const string RegisterThrew = "MDM1018";
    public const string RefusedOffer = "MDM1019";
    public const string NoOffer = "MDM1020";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        UnsafeName, NoFolder, NoAssembly, NotAnImage, NotManaged, NoContract, OtherContractMajor, NewerContract, NewerFramework, NewerFrameworkAssembly,
        UnreadableManifest, MissingAssembly, MissingNativeLibrary, NotLoadable, NoAttribute, UnusableEntry, ConstructorThrew, RegisterThrew, RefusedOffer, NoOffer,
    ];
}
