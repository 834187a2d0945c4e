using System.Diagnostics;
using System.Text;

namespace Mdm.TestKit;

/// <summary>A program that a test starts and ends, by its own process id, with everything it printed.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Lock _gate = new();
    private readonly List<(Func<string, bool> Match, TaskCompletionSource<string> Seen)> _waits = [];

    private ChildProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public string Output
    {
        get
        {
            lock (_gate)
                return _output.ToString();
        }
    }

    public static ChildProcess Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory ?? string.Empty,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            if (value is null)
                start.Environment.Remove(name);
            else
                start.Environment[name] = value;
        }
        var child = new ChildProcess(new Process { StartInfo = start, EnableRaisingEvents = true });
        child._process.OutputDataReceived += (_, line) => child.Take(line.Data);
        child._process.ErrorDataReceived += (_, line) => child.Take(line.Data);
        child._process.Start();
        child._process.StandardInput.Close();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Runs a program to its end and returns its exit code and output, standard error included.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null, TimeSpan? limit = null, string? workingDirectory = null)
    {
        await using var child = Start(program, arguments, environment, workingDirectory);
        return (await child.ExitAsync(limit ?? TimeSpan.FromSeconds(60)), child.Output);
    }

    /// <summary>The first line printed, now or within the limit, that matches.</summary>
    public async Task<string> LineAsync(Func<string, bool> match, TimeSpan limit)
    {
        var wait = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_output.ToString().Split('\n').FirstOrDefault(match) is { } line)
                return line;
            _waits.Add((match, wait));
        }
        var first = await Task.WhenAny(wait.Task, _process.WaitForExitAsync(), Task.Delay(limit));
        return first == wait.Task
            ? await wait.Task
            : throw new InvalidOperationException($"{_process.StartInfo.FileName} {(HasExited ? $"ended with {_process.ExitCode}" : "did not say it in time")}. It printed:\n{Output}");
    }

    public async Task<int> ExitAsync(TimeSpan limit)
    {
        using var timeout = new CancellationTokenSource(limit);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            throw new InvalidOperationException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} did not end within {limit}. It printed:\n{Output}");
        }
        return _process.ExitCode;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    /// <summary>Sends a signal by name, as <c>TERM</c>, <c>STOP</c>, <c>CONT</c>. After <c>STOP</c> nothing of it runs any more: on a busy machine its threads go on for a while before they hear of it.</summary>
    public void Signal(string name)
    {
        Process.Start("kill", ["-" + name, _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)])!.WaitForExit();
        if (name == "STOP" && !SpinWait.SpinUntil(HasStopped, TimeSpan.FromSeconds(60)))
            throw new TimeoutException($"Process {_process.Id} was told to stop and went on.");
    }

    private bool HasStopped()
    {
        try
        {
            // proc(5): "pid (name) state ..."; a name may hold anything but ends at the last parenthesis.
            return Directory.EnumerateDirectories($"/proc/{_process.Id}/task").Select(thread => File.ReadAllText(Path.Combine(thread, "stat"))).All(stat => stat[(stat.LastIndexOf(')') + 2)..][0] is 'T' or 't' or 'Z' or 'X');
        }
        catch (IOException)
        {
            // A thread ended while it was looked at.
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
            return;
        lock (_gate)
        {
            _output.Append(line).Append('\n');
            foreach (var (match, seen) in _waits)
            {
                if (match(line))
                    seen.TrySetResult(line);
            }
        }
    }
}
