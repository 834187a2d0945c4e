using Mdm.Host.Configuration;
using Microsoft.Extensions.Logging.Console;

namespace Mdm.Host.Diagnostics;

/// <summary>Log lines as configured, always on the standard output.</summary>
internal static class LoggingSetup
{
    private const string TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";

    public static void Configure(ILoggingBuilder logging, LoggingOptions options)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(options.Level);

        // The framework says a line or two per request; the audit trail and our own lines say it better.
        logging.AddFilter("Microsoft", options.Level > LogLevel.Warning ? options.Level : LogLevel.Warning);
        foreach (var (category, level) in options.Levels)
            logging.AddFilter(category, level);
        switch (options.Format)
        {
            case LogFormat.Json:
                logging.AddJsonConsole(json => (json.UseUtcTimestamp, json.TimestampFormat) = (true, TimestampFormat.TrimEnd()));
                break;
            case LogFormat.Systemd:
                logging.AddSystemdConsole(systemd => systemd.UseUtcTimestamp = true);
                break;
            default:
                logging.AddSimpleConsole(simple =>
                    (simple.SingleLine, simple.UseUtcTimestamp, simple.TimestampFormat, simple.ColorBehavior) = (true, true, TimestampFormat, LoggerColorBehavior.Disabled));
                break;
        }
    }
}
