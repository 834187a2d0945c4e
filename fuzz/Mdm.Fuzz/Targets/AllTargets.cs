namespace Mdm.Fuzz.Targets;

/// <summary>The parsers of everything that comes from outside, by name.</summary>
internal sealed class AllTargets : IDisposable
{
    private readonly DicomTargets _dicom = new();
    private readonly GridTargets _grid = new();
    private readonly TransferTargets _transfer = new();
    private readonly ClientTargets _client = new();
    private readonly Dictionary<string, FuzzTarget> _targets;

    public AllTargets() => _targets = _dicom.All().Append(new DeidentifyTarget().Target()).Concat(SrmTargets.All()).Concat(_grid.All()).Concat(_transfer.All()).Concat(_client.All()).Concat(KeyTargets.All()).Concat(AmgaTargets.All()).Append(AmgaQueryTarget.Target()).Concat(DicomWebTargets.All()).ToDictionary(target => target.Name);

    /// <summary>In the order of the layers; a test holds it against what there is.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "pdu", "association", "command", "data-set", "part10", "character-set", "deidentify", "soap-request", "soap-response", "surl", "names",
        "attribute-certificate", "certificate", "chain", "delegation", "signing-policy", "lsc", "pem", "httpg-line",
        "macaroon-request", "ticket", "token", "range", "want-digest", "sealed", "announcement", "key-share", "keystore-message", "amga-line", "amga-answer", "amga-query", "multipart", "dicom-json",
    ];

    public IEnumerable<string> Known => _targets.Keys;

    public FuzzTarget this[string name] => _targets[name];

    public void Dispose()
    {
        _dicom.Dispose();
        _grid.Dispose();
        _transfer.Dispose();
        _client.Dispose();
    }
}
