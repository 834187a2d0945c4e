namespace Mdm.Cli.Commands.Metadata.Shell;

/// <summary>The terminal of this process.</summary>
internal sealed class ConsoleKeyboard : IKeyboard, IDisposable
{
    private readonly bool _before = Console.TreatControlCAsInput;

    // Ctrl-C clears the line that is typed; while a command runs it ends that command.
    public ConsoleKeyboard() => Console.TreatControlCAsInput = true;

    public ConsoleKeyInfo? Read()
    {
        try
        {
            return Console.ReadKey(intercept: true);
        }
        catch (InvalidOperationException)
        {
            // The terminal is gone.
            return null;
        }
    }

    public void Write(string text)
    {
        Console.Out.Write(text);
        Console.Out.Flush();
    }

    public void Dispose() => Console.TreatControlCAsInput = _before;
}
