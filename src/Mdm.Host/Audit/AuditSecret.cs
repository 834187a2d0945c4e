using System.Security.Cryptography;
using System.Text;
using Mdm.Host.Configuration;

namespace Mdm.Host.Audit;

/// <summary>The secret of the trail: who has it can tell which hash stands for which text, and whether a line was altered. It lies beside the trail, not in it, so that a copy of the trail tells neither.</summary>
internal sealed class AuditSecret
{
    private const int MarkSize = 16;

    private readonly byte[] _marks;

    private AuditSecret(byte[] secret)
    {
        _marks = KeyFor(secret, "mdm-audit-marks-v1");
        Chain = KeyFor(secret, "mdm-audit-chain-v1");
        Head = KeyFor(secret, "mdm-audit-head-v1");
    }

    /// <summary>Links each line to the one before.</summary>
    public byte[] Chain { get; }

    /// <summary>Signs the note of how far the trail went.</summary>
    public byte[] Head { get; }

    /// <summary>Reads the file; makes it when there is none.</summary>
    /// <exception cref="MdmException">Refused: others may read or write it, or it is too short.</exception>
    public static AuditSecret Open(string path) => new(SecretFile.Open(Path.GetFullPath(path), "The audit trail's secret"));

    /// <summary>The secret of a trail: <c>secrets/audit</c> beside its folder.</summary>
    public static AuditSecret Beside(string directory) =>
        Open(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(directory))!, "secrets", "audit"));

    /// <summary>What stands in the trail for a text that must not: the same text gives the same mark on this host.</summary>
    /// <param name="what">What kind of text it is; the same text of two kinds gives two marks.</param>
    /// <param name="text">The text; any length.</param>
    public string Mark(string what, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_marks, Encoding.UTF8.GetBytes($"{what}\n{text}")).AsSpan(0, MarkSize));

    private static byte[] KeyFor(byte[] secret, string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, SecretFile.Size, info: Encoding.ASCII.GetBytes(purpose));
}
