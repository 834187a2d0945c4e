using System.ComponentModel.DataAnnotations;

namespace Mdm.Host.Srm;

/// <summary>Configuration <c>Srm</c>.</summary>
internal sealed record SrmOptions
{
    /// <summary>Most entries in one answer of srmLs. Clients that are told SRM_TOO_MANY_RESULTS ask again for 1000 at a time (gfal2), or 999 (ARC); with less, ARC asks for ever.</summary>
    [Range(1000, 100_000)]
    public int MaxListedEntries { get; init; } = 10_000;

    /// <summary>The name of the one space there is: the pool.</summary>
    [MinLength(1), RegularExpression("[A-Za-z0-9._-]{1,64}")]
    public string SpaceToken { get; init; } = "POOL";

    /// <summary>How long an operation may take before its caller is told to come again, whatever it waits for.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00", ErrorMessage = "must be 00:00:01 to 01:00:00.")]
    public TimeSpan AnswerWithin { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Calls with a large body that are read at once; each may take some ten megabytes while it is.</summary>
    [Range(1, 1000)]
    public int MaxLargeCalls { get; init; } = 16;
}
