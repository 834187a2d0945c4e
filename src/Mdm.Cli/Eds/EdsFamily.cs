using Mdm.Cli.Linked;

namespace Mdm.Cli.Eds;

/// <summary>Hydra's commands under their original names.</summary>
internal static class EdsFamily
{
    public static LinkedFamily Keys { get; } = LinkedFamily.OfYesAndNo(
        "Encrypted data storage (Hydra)",
        new LinkedCommand("glite-eds-key-register", EdsKeyCommands.Register),
        new LinkedCommand("glite-eds-key-unregister", EdsKeyCommands.Unregister),
        new LinkedCommand("glite-eds-encrypt", EdsFileCommands.Encrypt),
        new LinkedCommand("glite-eds-decrypt", EdsFileCommands.Decrypt),
        new LinkedCommand("glite-eds-put", EdsGridCommands.Put),
        new LinkedCommand("glite-eds-get", EdsGridCommands.Get),
        new LinkedCommand("glite-eds-rm", EdsGridCommands.Remove),
        new LinkedCommand("glite-eds-chmod", EdsRightsCommands.Chmod),
        new LinkedCommand("glite-eds-setacl", EdsRightsCommands.SetAcl),
        new LinkedCommand("glite-eds-getacl", EdsRightsCommands.GetAcl));

    public static LinkedFamily Shares { get; } = LinkedFamily.OfYesAndNo(
        "Secrets in shares (Shamir)",
        new LinkedCommand("glite-ssss-split-key", SecretCommands.SplitKey),
        new LinkedCommand("glite-ssss-join-key", SecretCommands.JoinKey),
        new LinkedCommand("glite-ssss-split-passwd", SecretCommands.SplitPassword),
        new LinkedCommand("glite-ssss-join-passwd", SecretCommands.JoinPassword));
}
