using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Mdm.Gsi.Trust;

/// <summary>
/// Whom this process trusts: CAs, revocation lists, signing policies and VOMS servers, reloaded without a restart when their files change.
/// Safe for concurrent use.
/// </summary>
public sealed class TrustStore : IDisposable
{
    private readonly TrustOptions _options;
    private readonly ILogger<TrustStore> _logger;
    private readonly ITimer? _timer;
    private readonly Lock _reloading = new();
    private volatile TrustSnapshot _current;

    /// <param name="options">Whom to trust.</param>
    /// <param name="logger">Takes reloads and files that cannot be used.</param>
    /// <param name="timeProvider">The clock of every check of dates.</param>
    /// <exception cref="IOException">The directories cannot be read.</exception>
    public TrustStore(TrustOptions options, ILogger<TrustStore> logger, TimeProvider? timeProvider = null)
    {
        _options = options;
        _logger = logger;
        Clock = timeProvider ?? TimeProvider.System;
        _current = Load(1, Fingerprint());
        if (options.ReloadInterval > TimeSpan.Zero)
            _timer = Clock.CreateTimer(_ => ReloadIfChanged(), null, options.ReloadInterval, options.ReloadInterval);
    }

    /// <summary>Grows by one with every reload. What was verified under an older generation must be verified again.</summary>
    public int Generation => _current.Generation;

    /// <summary>How often the directories are looked at; zero or less never.</summary>
    public TimeSpan ReloadInterval => _options.ReloadInterval;

    internal TimeProvider Clock { get; }

    internal TrustSnapshot Current => _current;

    /// <summary>Reads the directories again now, changed or not.</summary>
    /// <exception cref="IOException">They cannot be read; what was loaded before stays.</exception>
    public Task ReloadAsync(CancellationToken cancellationToken = default) => Task.Run(
        () =>
        {
            lock (_reloading)
                Replace(Fingerprint());
        },
        cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void ReloadIfChanged()
    {
        if (!_reloading.TryEnter())
            return;
        try
        {
            var fingerprint = Fingerprint();
            if (fingerprint != _current.Fingerprint)
                Replace(fingerprint);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.TrustNotReloaded(_logger, e.Message);
        }
        finally
        {
            _reloading.Exit();
        }
    }

    private void Replace(string fingerprint)
    {
        _current = Load(_current.Generation + 1, fingerprint);
        Log.TrustReloaded(_logger, _options.CertificateDirectory, _current.Generation);
    }

    private TrustSnapshot Load(int generation, string fingerprint)
    {
        var snapshot = TrustSnapshot.Load(_options, generation, fingerprint);
        foreach (var warning in snapshot.Warnings)
            Log.TrustFileIgnored(_logger, warning);
        return snapshot;
    }

    private string Fingerprint() => FileFingerprint.Of(
        [
            .. Directory.EnumerateFiles(_options.CertificateDirectory),
            .. _options.VomsDirectory is { } voms && Directory.Exists(voms) ? Directory.EnumerateFiles(voms, "*.lsc", SearchOption.AllDirectories) : [],
        ]);
}

/// <summary>Names, lengths and times of files as one value that changes when a file does.</summary>
internal static class FileFingerprint
{
    public static string Of(IEnumerable<string> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            // Hash directories are made of symbolic links; what counts is the file behind.
            FileSystemInfo info = new FileInfo(file);
            var target = info.LinkTarget is null ? info : info.ResolveLinkTarget(returnFinalTarget: true) ?? info;
            var length = target is FileInfo { Exists: true } real ? real.Length : -1;
            hash.AppendData(Encoding.UTF8.GetBytes($"{file}\n{length}\n{(length < 0 ? 0 : target.LastWriteTimeUtc.Ticks)}\n"));
        }
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
