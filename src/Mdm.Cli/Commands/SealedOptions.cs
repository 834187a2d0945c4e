using System.CommandLine;
using Mdm.Client;

namespace Mdm.Cli.Commands;

/// <summary>Options of the commands that meet sealed files.</summary>
internal static class SealedOptions
{
    public static Option<bool> KeepSealed() => new("--sealed") { Description = "Leave sealed files as they come; mdm decrypt deciphers them later." };

    public static Option<string?> Keystores() => new("--keystores")
    {
        Description = $"Where the keys are, instead of where the host or {GridEnvironment.KeystoresVariable} says: addresses, then how many of them have to answer (more than half when left out).",
        HelpName = "https://A,https://B;2",
    };
}
