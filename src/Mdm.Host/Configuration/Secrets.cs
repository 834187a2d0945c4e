namespace Mdm.Host.Configuration;

/// <summary>Secrets are files, never values: a configuration is copied, mailed and shown.</summary>
internal static class Secrets
{
    private static readonly string[] Endings = ["Password", "Passphrase", "Secret", "SecretKey", "PrivateKey", "Token", "Pepper"];

    /// <summary>SRM's word for the name of a space, which every client is told.</summary>
    private const string SpaceToken = "SpaceToken";

    /// <summary>True for a name that would hold a secret itself.</summary>
    public static bool IsSecretName(string name) => name != SpaceToken && Endings.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    /// <summary>True for text that is a key, whatever the name of its place.</summary>
    public static bool IsSecretText(string text) => text.Contains("-----BEGIN", StringComparison.Ordinal) && text.Contains("PRIVATE KEY", StringComparison.Ordinal);
}
