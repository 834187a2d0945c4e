using System.Collections.Frozen;
using System.Collections.Immutable;
using Mdm.Gsi.Native;
using Mdm.Gsi.Voms;

namespace Mdm.Gsi.Trust;

/// <summary>
/// The trust directories as they were at one moment. OpenSSL keeps a revocation list for the life of its store, so a change means a new snapshot;
/// the old one is freed when the last verification that uses it lets go.
/// </summary>
internal sealed class TrustSnapshot
{
    private readonly FrozenDictionary<string, ImmutableArray<SigningPolicy>> _policies;
    private readonly TrustOptions _options;

    private TrustSnapshot(TrustOptions options, X509StoreHandle store, int generation, string fingerprint, FrozenDictionary<string, ImmutableArray<SigningPolicy>> policies, LscDirectory vomsServers, ImmutableArray<string> warnings)
    {
        _options = options;
        Store = store;
        Generation = generation;
        Fingerprint = fingerprint;
        _policies = policies;
        VomsServers = vomsServers;
        Warnings = warnings;
    }

    public X509StoreHandle Store { get; }

    public int Generation { get; }

    public string Fingerprint { get; }

    public LscDirectory VomsServers { get; }

    /// <summary>Files that could not be used, and why.</summary>
    public ImmutableArray<string> Warnings { get; }

    public static TrustSnapshot Load(TrustOptions options, int generation, string fingerprint)
    {
        var store = OpenSsl.X509_STORE_new();
        if (store.IsInvalid || OpenSsl.X509_STORE_load_path(store, options.CertificateDirectory) != 1)
            throw new IOException($"The CA directory {options.CertificateDirectory} cannot be used: {OpenSsl.TakeError("unknown reason")}.");
        var warnings = ImmutableArray.CreateBuilder<string>();
        var policies = LoadPolicies(options.CertificateDirectory, warnings);
        var vomsServers = options.VomsDirectory is null ? LscDirectory.Empty : LscDirectory.Load(options.VomsDirectory, warnings);
        return new TrustSnapshot(options, store, generation, fingerprint, policies, vomsServers, warnings.ToImmutable());
    }

    public ChainResult Verify(ImmutableArray<ImmutableArray<byte>> chain, ChainPurpose purpose, DateTimeOffset now) =>
        ChainVerifier.Verify(chain, Store, purpose, _options.MissingCrl, now);

    /// <summary>Whether a CA may sign this name; null, or why not.</summary>
    public string? CheckSigningPolicy(CertificateFacts certificate)
    {
        if (_policies.TryGetValue(SigningPolicy.Normalize(certificate.Issuer), out var policies))
            return policies.Any(p => p.Permits(certificate.Subject)) ? null : $"the signing policy of the CA {certificate.Issuer} does not allow the name {certificate.Subject}";
        return _options.MissingSigningPolicy == MissingSigningPolicy.Accept ? null : $"no signing policy of the CA {certificate.Issuer} is installed here";
    }

    private static FrozenDictionary<string, ImmutableArray<SigningPolicy>> LoadPolicies(string directory, ImmutableArray<string>.Builder warnings)
    {
        var found = new Dictionary<string, ImmutableArray<SigningPolicy>>(StringComparer.Ordinal);
        // A Globus file goes before a namespaces file of the same CA; both hash forms may be there and say the same.
        foreach (var file in Directory.EnumerateFiles(directory, "*.signing_policy").Order(StringComparer.Ordinal))
            Add(file, SigningPolicyParser.ParseGlobus);
        var fromGlobus = found.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(directory, "*.namespaces").Order(StringComparer.Ordinal))
            Add(file, text => [.. SigningPolicyParser.ParseNamespaces(text, null).Where(p => !fromGlobus.Contains(p.Authority))]);
        return found.ToFrozenDictionary(StringComparer.Ordinal);

        void Add(string file, Func<string, ImmutableArray<SigningPolicy>> parse)
        {
            try
            {
                foreach (var policy in parse(File.ReadAllText(file)))
                    found[policy.Authority] = found.TryGetValue(policy.Authority, out var others) ? others.Add(policy) : [policy];
            }
            catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
            {
                warnings.Add($"{file}: {e.Message}");
            }
        }
    }
}
