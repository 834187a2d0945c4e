using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mdm.Dicom.Confidentiality;

namespace Mdm.Plugins.Dicom.Deidentification;

/// <summary>Everything that decides a de-identified object's bytes but the object itself, as one short text.</summary>
internal static class RulesFingerprint
{
    /// <summary>Raised with every change of the engine that gives some object other bytes.</summary>
    private const int EngineVersion = 1;

    private const string Edition = "ps3.15-2026c";

    /// <param name="options">Profile and policies.</param>
    /// <param name="siteText">The site's files.</param>
    /// <param name="secretFingerprint">Tells secrets apart.</param>
    public static string Of(Ps315Options options, string siteText, string secretFingerprint)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, string.Create(CultureInfo.InvariantCulture, $"{EngineVersion}|{options.ToProfile()}|{options.BurnedIn}|{options.EncapsulatedDocuments}|{secretFingerprint}"));
        Add(hash, siteText);
        // Tables of this plugin and of the library that it shares, in one order, wherever each of them lies.
        var carriers = new[] { typeof(RulesFingerprint).Assembly, typeof(ConfidentialityTable).Assembly };
        foreach (var (name, carrier) in carriers.SelectMany(carrier => carrier.GetManifestResourceNames().Select(name => (name, carrier))).OrderBy(table => table.name, StringComparer.Ordinal))
        {
            using var resource = carrier.GetManifestResourceStream(name)!;
            Add(hash, name);
            hash.AppendData(SHA256.HashData(resource));
        }

        return $"{Edition}-{Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16))}";
    }

    private static void Add(IncrementalHash hash, string text)
    {
        hash.AppendData(BitConverter.GetBytes(text.Length));
        hash.AppendData(Encoding.UTF8.GetBytes(text));
    }
}
