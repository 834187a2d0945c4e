namespace Mdm.Cli.Described;

/// <summary>What a command says of itself beside its arguments and options, in the order in which it was said.</summary>
internal sealed class CommandNotes
{
    private readonly List<ICommandNote> _notes = [];

    public IEnumerable<Example> Examples => _notes.OfType<Example>();

    /// <summary>None: those of the whole program, or of the command's family.</summary>
    public IEnumerable<ExitStatus> ExitStatuses => _notes.OfType<ExitStatus>();

    public IEnumerable<Variable> Variables => _notes.OfType<Variable>();

    public IEnumerable<UsedFile> Files => _notes.OfType<UsedFile>();

    public IEnumerable<SeeAlso> SeeAlso => _notes.OfType<SeeAlso>();

    public IEnumerable<Remark> Remarks => _notes.OfType<Remark>();

    public void Add(ICommandNote note) => _notes.Add(note);

    public void Add(IEnumerable<ICommandNote> notes) => _notes.AddRange(notes);
}

/// <summary>One of the things below.</summary>
internal interface ICommandNote;

/// <summary>A line as it is typed, and one sentence on what comes of it.</summary>
internal sealed record Example(string CommandLine, string Sentence) : ICommandNote;

/// <summary>What the program ends with, and when.</summary>
internal sealed record ExitStatus(int Code, string Meaning) : ICommandNote;

/// <summary>An environment variable that is read.</summary>
internal sealed record Variable(string Name, string Meaning) : ICommandNote;

/// <summary>A file that is read or written beside those of the arguments.</summary>
internal sealed record UsedFile(string Path, string Meaning) : ICommandNote;

/// <summary>Another command, as it is called: <c>lfc-ls</c>, or <c>mdm getacl</c>.</summary>
internal sealed record SeeAlso(string Command) : ICommandNote;

/// <summary>A paragraph that stands after the arguments and options.</summary>
internal sealed record Remark(string Text) : ICommandNote;
