namespace Mdm.Host.Diagnostics;

/// <summary>What the process was started to do.</summary>
internal enum HostTask
{
    Run,
    Check,
    ListPlugins,
    VerifyAudit,
    Backup,
    Restore,
    ShowVersion,
    ShowHelp,
}

/// <summary>The exit codes; docs/operations.md lists them.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary><c>--check</c> or <c>--list-plugins</c> found faults, or the host failed while running.</summary>
    public const int Faults = 1;

    /// <summary>The command line was not understood.</summary>
    public const int Usage = 2;

    /// <summary>The start was refused: the configuration or a configured plugin is bad (EX_CONFIG of sysexits.h; a service manager should not try again).</summary>
    public const int Configuration = 78;
}

/// <summary>The command line: a few switches, and any key of the configuration as <c>--Section:Key=value</c>.</summary>
/// <param name="Task">What to do.</param>
/// <param name="ConfigurationFile">The file; null when none was named.</param>
/// <param name="Overrides">Keys given here.</param>
/// <param name="AuditDirectory">The audit trail that is to be verified; null for this host's own.</param>
/// <param name="BackupFolder">Where a backup goes to, or comes from.</param>
/// <param name="Fault">Why the command line is not understood; null when it is.</param>
internal sealed record HostCommandLine(HostTask Task, string? ConfigurationFile, IReadOnlyDictionary<string, string?> Overrides, string? Fault, string? AuditDirectory = null, string? BackupFolder = null)
{
    public const string Usage = """
        Usage: mdm-host [--config FILE] [--Section:Key=value ...]
               mdm-host --check          [...]   load, bind and probe everything, tell all faults, exit 0 or 1
               mdm-host --list-plugins   [...]   tell what each plugin offers
               mdm-host --verify-audit [DIRECTORY]
                                         [...]   tell whether a line of the audit trail was altered, removed or added, exit 0 or 1
               mdm-host --backup DIR     [...]   copy stores, secrets and audit trail into a new folder, while the host runs or not
               mdm-host --restore DIR            put them back to where they were
               mdm-host --version | --help

        Without --config, mdm.json of the working directory is read where there is one.
        Keys come from the file, then from the environment (Mdm__Section__Key), then from the command line.
        Exit codes: 0 done, 1 faults found or failed while running, 2 wrong command line, 78 configuration or plugin refused at start.
        """;

    private const string DefaultFile = "mdm.json";

    public static HostCommandLine Parse(IReadOnlyList<string> arguments)
    {
        var overrides = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        HostTask? task = null;
        string? file = null;
        string? auditDirectory = null;
        string? backupFolder = null;
        for (var i = 0; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            HostTask? asked = argument switch
            {
                "--check" => HostTask.Check,
                "--list-plugins" => HostTask.ListPlugins,
                "--verify-audit" => HostTask.VerifyAudit,
                "--backup" => HostTask.Backup,
                "--restore" => HostTask.Restore,
                "--version" => HostTask.ShowVersion,
                "--help" or "-h" => HostTask.ShowHelp,
                _ => null,
            };
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (asked is not null && task is not null && asked != task)
                return Misunderstood($"'{argument}' cannot be joined with another task.");
            else if (asked is not null)
                task = asked;
            else if (task == HostTask.VerifyAudit && auditDirectory is null && !argument.StartsWith('-'))
                auditDirectory = argument;
            else if (task is HostTask.Backup or HostTask.Restore && backupFolder is null && !argument.StartsWith('-'))
                backupFolder = argument;
            else if (argument == "--config" && i + 1 < arguments.Count)
                file = arguments[++i];
            else if (argument.StartsWith("--config=", StringComparison.Ordinal))
                file = argument["--config=".Length..];
            else if (argument.StartsWith("--", StringComparison.Ordinal) && equals > 2 && argument.AsSpan(0, equals).Contains(':'))
                overrides[argument[2..equals]] = argument[(equals + 1)..];
            else
                return Misunderstood($"'{argument}' is not understood.");
        }
        if (task is HostTask.Backup or HostTask.Restore && backupFolder is null)
            return Misunderstood("A backup needs its folder: --backup DIR, --restore DIR.");
        return new HostCommandLine(task ?? HostTask.Run, file ?? (File.Exists(DefaultFile) ? DefaultFile : null), overrides, null, auditDirectory, backupFolder);
    }

    private static HostCommandLine Misunderstood(string fault) => new(HostTask.ShowHelp, null, new Dictionary<string, string?>(), fault);
}
