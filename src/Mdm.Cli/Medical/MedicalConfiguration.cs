using System.Diagnostics;
using Mdm.Abstractions;

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

    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    /// <summary>The directory that holds studies, in the file catalogue's words; null when nothing says it.</summary>
    public string? LfcPath => _values.GetValueOrDefault(LfcPathName);

    /// <summary>The same in the disk pool's words.</summary>
    public string? DpmPath => _values.GetValueOrDefault(DpmPathName);

    /// <summary>A program that prints a UID of a file; null to read it here.</summary>
    public string? UidProgram => _values.GetValueOrDefault(UidProgramName);

    /// <summary>Reads the file that the environment names, or the usual one where there is one; variables of the environment come before it.</summary>
    /// <exception cref="MdmException">The file cannot be read without a shell, or is named and missing.</exception>
    public static MedicalConfiguration Load(Terminal terminal)
    {
        var configuration = new MedicalConfiguration();
        var named = terminal.Variable(PathVariable) is { Length: > 0 } path ? path : null;
        if (named is not null || File.Exists(DefaultPath))
            configuration.Read(named ?? DefaultPath);
        foreach (var name in (string[])[LfcPathName, DpmPathName, UidProgramName])
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
        if (UidProgram is not { Length: > 0 } program)
            return ImageHeader.Read(file);
        var uids = new List<string>();
        foreach (var name in UidNames)
            uids.Add(await AskAsync(program, file, name, cancellationToken));
        return ImageUids.Demand(uids[0], uids[1], uids[2], file);
    }

    private void Read(string path)
    {
        string[] lines;
        try
        {
            if (new FileInfo(path).Length > MaxLength)
                throw new MdmException(MdmErrorKind.InvalidName, $"{path} is longer than {MaxLength} bytes.");
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MdmException(MdmErrorKind.InvalidName, $"{path} cannot be read: {e.Message}", e);
        }
        for (var i = 0; i < lines.Length; i++)
        {
            if (Assignment(lines[i]) is not var (name, value))
                continue;
            _values[name] = Value(value) ?? (name is LfcPathName or DpmPathName or UidProgramName
                ? throw new MdmException(MdmErrorKind.InvalidName, $"{path}, line {i + 1}: {name} needs a shell to be read, and is not executed; write its value out.")
                : string.Empty);
        }
    }

    // [export] NAME=VALUE; everything else in the file is for others.
    private static (string Name, string Value)? Assignment(string line)
    {
        var text = line.Trim();
        if (text.StartsWith("export ", StringComparison.Ordinal))
            text = text["export ".Length..].TrimStart();
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && text.AsSpan(0, equals) is var name && !char.IsAsciiDigit(name[0]) && name.IndexOfAnyExcept(NameLetters) < 0 ? (text[..equals], text[(equals + 1)..]) : null;
    }

    private static readonly System.Buffers.SearchValues<char> NameLetters = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    // One word of a shell: quotes, escapes, and variables that stand above it. Null when it takes a shell.
    private string? Value(string text)
    {
        var (value, quote) = (new System.Text.StringBuilder(), '\0');
        for (var i = 0; i < text.Length; i++)
        {
            var letter = text[i];
            if (quote == '\'')
            {
                if (letter == '\'')
                    quote = '\0';
                else
                    value.Append(letter);
            }
            else if (letter == '"')
            {
                quote = quote == '"' ? '\0' : '"';
            }
            else if (letter == '\'' && quote == '\0')
            {
                quote = '\'';
            }
            else if (letter == '\\' && i + 1 < text.Length)
            {
                value.Append(text[++i]);
            }
            else if (letter == '$')
            {
                if (Variable(text, ref i) is not { } known)
                    return null;
                value.Append(known);
            }
            else if (letter == '`' || (quote == '\0' && letter is '(' or ')' or '|' or '&' or '<' or '>' or '*' or '?'))
            {
                return null;
            }
            else if (quote == '\0' && (char.IsWhiteSpace(letter) || letter == ';'))
            {
                // A comment or another command may follow; it is none of ours.
                break;
            }
            else
            {
                value.Append(letter);
            }
        }
        return quote == '\0' ? value.ToString() : null;
    }

    private string? Variable(string text, ref int at)
    {
        var isBraced = at + 1 < text.Length && text[at + 1] == '{';
        var start = at + (isBraced ? 2 : 1);
        var end = start;
        while (end < text.Length && NameLetters.Contains(text[end]))
            end++;
        if (end == start || (isBraced && (end == text.Length || text[end] != '}')))
            return null;
        at = isBraced ? end : end - 1;
        return _values.GetValueOrDefault(text[start..end]);
    }

    // No shell: the program is what is named, and the file's name is one argument whatever is in it.
    private static async Task<string> AskAsync(string program, string file, string name, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(UidProgramLimit);
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, [file, name]) { RedirectStandardOutput = true }) ?? throw new IOException("it did not start");
            try
            {
                var answer = new char[MaxAnswer];
                var length = await process.StandardOutput.ReadBlockAsync(answer, limit.Token);
                await process.WaitForExitAsync(limit.Token);
                return process.ExitCode == 0
                    ? new string(answer, 0, length).Trim()
                    : throw new MdmException(MdmErrorKind.Corrupt, $"{program} ({UidProgramName}) ended with {process.ExitCode} for {name} of {file}.");
            }
            finally
            {
                if (!process.HasExited)
                    process.Kill();
            }
        }
        catch (Exception e) when (e is IOException or System.ComponentModel.Win32Exception)
        {
            throw new MdmException(MdmErrorKind.InvalidName, $"{program} ({UidProgramName}) cannot be run: {e.Message}", e);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new MdmException(MdmErrorKind.Corrupt, $"{program} ({UidProgramName}) did not say {name} of {file} within {UidProgramLimit.TotalSeconds:0} seconds.");
        }
    }
}
