using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.Extensions.Logging;

namespace Mdm.Host.Configuration;

/// <summary>Health and metrics, on a plain port of their own.</summary>
internal sealed record DiagnosticsOptions : IValidatableObject
{
    /// <summary>The port; none is opened without it. 0 lets the system choose (for tests).</summary>
    [Range(0, 65535, ErrorMessage = "must be a TCP port, 0 to 65535.")]
    public int? Port { get; init; }

    /// <summary>The address to listen on.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>Further addresses that may ask when <see cref="Address"/> is not the loopback, as a monitoring server's.</summary>
    public IReadOnlyList<IPAddress> AllowFrom { get; init; } = [];

    /// <summary>How often the instances of plugins are asked whether they serve; zero for never.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromMinutes(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ProbeInterval != TimeSpan.Zero && (ProbeInterval < TimeSpan.FromSeconds(5) || ProbeInterval > TimeSpan.FromHours(1)))
            yield return new ValidationResult("must be 00:00:05 to 01:00:00, or 00:00:00 for never.", [nameof(ProbeInterval)]);
        if (!IPAddress.IsLoopback(Address) && AllowFrom.Count == 0)
            yield return new ValidationResult("is missing: health and metrics beyond this machine need the addresses that may ask.", [nameof(AllowFrom)]);
    }
}

/// <summary>How log lines are written.</summary>
internal enum LogFormat
{
    /// <summary>One line each, for people.</summary>
    Console,

    /// <summary>One JSON object a line.</summary>
    Json,

    /// <summary>With the priority prefix that the journal reads.</summary>
    Systemd,
}

/// <summary>Logging, always to the standard output.</summary>
internal sealed record LoggingOptions
{
    public LogFormat Format { get; init; } = LogFormat.Console;

    public LogLevel Level { get; init; } = LogLevel.Information;

    /// <summary>Levels of single categories, by prefix, as <c>Mdm.Host.Staging</c>.</summary>
    public IReadOnlyDictionary<string, LogLevel> Levels { get; init; } = new Dictionary<string, LogLevel>();
}
