using System.CommandLine;

namespace Mdm.Cli.Described;

/// <summary>A command with what its help and its man page tell beside arguments and options. Everything goes into one list: <c>new DescribedCommand(...) { surl, isLong, new Example(...) }</c>.</summary>
internal sealed class DescribedCommand(string name, string description) : Command(name, description), IDescribed
{
    public CommandNotes Notes { get; } = new();

    public void Add(ICommandNote note) => Notes.Add(note);

    public void Add(IReadOnlyList<ICommandNote> notes) => Notes.Add(notes);
}

/// <summary><c>mdm</c> itself.</summary>
internal sealed class DescribedRoot(string description) : RootCommand(description), IDescribed
{
    public CommandNotes Notes { get; } = new();

    public void Add(ICommandNote note) => Notes.Add(note);

    public void Add(IReadOnlyList<ICommandNote> notes) => Notes.Add(notes);
}

/// <summary>A command that says more of itself.</summary>
internal interface IDescribed
{
    CommandNotes Notes { get; }
}
