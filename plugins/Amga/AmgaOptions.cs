using System.ComponentModel.DataAnnotations;

namespace Mdm.Plugins.Amga;

/// <summary>The options of metadata stores and services of the type <c>amga</c>.</summary>
public sealed class AmgaOptions
{
    /// <summary>Where rows are kept: <c>sqlite:PATH</c>, a file that no other part may use, or <c>postgres:Host=…;Database=…</c>, which several hosts may share.</summary>
    [Required]
    public string Store { get; set; } = string.Empty;

    /// <summary>AMGA groups (<c>owner:name</c>) that holders of an FQAN are in, by FQAN: <c>/biomed/Role=physician</c> → <c>mdmadmin:physician</c>.</summary>
    public Dictionary<string, string> Groups { get; } = new(StringComparer.Ordinal);

    /// <summary>Who may do everything: distinguished names and FQANs.</summary>
    public IList<string> Administrators { get; } = [];

    /// <summary>True: a user name and password count on a connection without a certificate, too.</summary>
    public bool AllowPasswords { get; set; }

    /// <summary>How long one query may run.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MaxQueryTime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a transaction may keep other writers waiting, from its begin.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MaxTransactionTime { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a transaction may be idle between two commands.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan MaxTransactionIdle { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Most bytes of an answer or an upload that a slow client or network leaves behind for the disk.</summary>
    [Range(1 << 20, 1L << 40)]
    public long MaxSpoolBytes { get; set; } = 4L << 30;

    /// <summary>Where those bytes lie, sealed under a key that is nowhere; null is the system's folder for temporary files.</summary>
    public string? SpoolPath { get; set; }
}
