using System.Diagnostics;
using Mdm.Abstractions;
using Mdm.Client;

namespace Mdm.Cli.Medical;

/// <summary>
/// <c>/etc/MedicalDataManager.conf</c>: assignments as a shell reads them. They are read here, never executed; what would need a shell is refused.
/// </summary>
internal sealed class MedicalConfiguration
{
    public const string DefaultPath = "/etc/MedicalDataManager.conf";

    /// <summary>Names another file.</summary>
    public const string PathVariable = "MDM_CONFIG_FILE";

    public const string LfcPathName = "MDM_LfcPath";
    public const string DpmPathName = "MDM_DpmPath";
    public const string UidProgramName = "MDM_GetUiDFile";

    private const int MaxLength = 64 * 1024;
    private const int MaxAnswer = 4096;
    private static readonly TimeSpan UidProgramLimit = TimeSpan.FromSeconds(30);
    private static readonly string[] UidNames = ["STUDY_INSTANCE_UID", "SERIES_INSTANCE_UID", "SOP_INSTANCE_UID"];

    private static readonly string[] Names = [LfcPathName, DpmPathName, UidProgramName];

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    private readonly string? _searchPath;

    private MedicalConfiguration(string? searchPath) => _searchPath = searchPath;

    /// <summary>The directory that holds studies, in the file catalogue's words; null when nothing says it.</summary>
    public string? LfcPath => _values.GetValueOrDefault(LfcPathName);

    /// <summary>The same in the disk pool's words.</summary>
    public string? DpmPath => _values.GetValueOrDefault(DpmPathName);

    /// <summary>A program that prints a UID of a file, and its first arguments; null to read it here.</summary>
    public string? UidProgram => _values.GetValueOrDefault(UidProgramName);

    /// <summary>Reads the file that the environment names, or the usual one where there is one; variables of the environment come before it.</summary>
    /// <exception cref="MdmException">The file cannot be read without a shell, or is named and missing.</exception>
    public static MedicalConfiguration Load(Terminal terminal)
    {
        var configuration = new MedicalConfiguration(terminal.Variable("PATH"));
        var named = terminal.Variable(PathVariable) is { Length: > 0 } path ? path : null;
        if (named is not null || File.Exists(DefaultPath))
            configuration.Read(named ?? DefaultPath, terminal);
        foreach (var name in Names)
        {
            if (terminal.Variable(name) is { Length: > 0 } value)
                configuration._values[name] = value;
        }
        return configuration;
    }

    /// <summary>The UIDs of a file: by the configured program, or as its header says.</summary>
    /// <exception cref="MdmException">The file has none; the program failed.</exception>
    public async Task<ImageUids> UidsOfAsync(string file, CancellationToken cancellationToken)
    {
        if (UidProgram?.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is not { Length: > 0 } program)
            return ImageHeader.Read(file);
        var uids = new List<string>();
        foreach (var name in UidNames)
            uids.Add(await AskAsync(program, file, name, cancellationToken));
        return ImageUids.Demand(uids[0], uids[1], uids[2], file);
    }

    private void Read(string path, Terminal terminal)
    {
        string text;
        try
        {
            text = ShortFile.ReadAllText(path, MaxLength);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MdmException(MdmErrorKind.InvalidName, $"{path} cannot be read: {e.Message}", e);
        }
        var assignments = new ShellAssignments(text, terminal.Variable);
        foreach (var name in Names)
        {
            if (assignments.LineInWay(name) is { } line)
                throw new MdmException(MdmErrorKind.InvalidName, $"{path}, line {line}: {name} needs a shell to be read, and is not executed; write its value out, as {name}=VALUE.");
            if (assignments.ValueOf(name) is { } value)
                _values[name] = value;
        }
    }

    // No shell: words of the setting are program and arguments, and the file's name is one argument whatever is in it.
    private async Task<string> AskAsync(string[] program, string file, string name, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(UidProgramLimit);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(PathOf(program[0]), [.. program[1..], file, name]) { RedirectStandardOutput = true }) ?? throw new IOException("it did not start");
            try
            {
                // One more than it may say: whoever says more is not waited for.
                var answer = new char[MaxAnswer + 1];
                var length = await process.StandardOutput.ReadBlockAsync(answer, limit.Token);
                if (length > MaxAnswer)
                    throw new MdmException(MdmErrorKind.Corrupt, $"{program[0]} ({UidProgramName}) says more than {MaxAnswer} characters for {name} of {file}.");
                await process.WaitForExitAsync(limit.Token);
                return process.ExitCode == 0
                    ? new string(answer, 0, length).Trim()
                    : throw new MdmException(MdmErrorKind.Corrupt, $"{program[0]} ({UidProgramName}) ended with {process.ExitCode} for {name} of {file}.");
            }
            finally
            {
                if (!process.HasExited)
                    process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception e) when (e is IOException or System.ComponentModel.Win32Exception)
        {
            throw new MdmException(MdmErrorKind.InvalidName, $"{program[0]} ({UidProgramName}) cannot be run: {e.Message}", e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MdmException(MdmErrorKind.Corrupt, $"{program[0]} ({UidProgramName}) did not say {name} of {file} within {UidProgramLimit.TotalSeconds:0} seconds.");
        }
    }

    // As a shell finds it; but a program of the directory where somebody happens to be is meant by its path only.
    private string PathOf(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
            return Path.GetFullPath(program);
        return (_searchPath ?? string.Empty).Split(':').Where(Path.IsPathRooted).Select(directory => Path.Combine(directory, program)).FirstOrDefault(IsProgram)
            ?? throw new MdmException(MdmErrorKind.InvalidName, $"{program} ({UidProgramName}) is in no directory of PATH; write its path out.");
    }

    private static bool IsProgram(string path) => File.Exists(path) && (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0;
}
