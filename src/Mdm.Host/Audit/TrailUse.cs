using System.Security.Cryptography;

namespace Mdm.Host.Audit;

/// <summary>Notes that somebody read the trail, left for the host by a process that may not write into it: the host alone does.</summary>
internal static class TrailUse
{
    private const string Prefix = "used-";
    private const string Suffix = ".note";
    private const int MaxLength = 300;

    public static void Leave(string directory, string what)
    {
        var path = Path.Combine(directory, $"{Prefix}{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}{Suffix}");
        File.WriteAllText(path + ".partial", what);
        File.Move(path + ".partial", path);
    }

    /// <summary>Writes a line for each note and takes it away.</summary>
    /// <exception cref="MdmException">Unavailable: the trail cannot be written; the notes stay.</exception>
    public static void TakeIn(AuditTrail trail)
    {
        foreach (var path in Directory.EnumerateFiles(trail.Folder, $"{Prefix}*{Suffix}"))
        {
            var text = File.ReadAllText(path);
            trail.Happened(AuditAction.TrailUsed, AuditOutcome.Granted, text.Length > MaxLength ? text[..MaxLength] : text);
            File.Delete(path);
        }
    }
}
