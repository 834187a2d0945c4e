using Mdm.Cli.Described;

namespace Mdm.Cli.Linked;

/// <summary>Commands of the original system that belong together: <c>lfc-*</c>, <c>glite-eds-*</c>.</summary>
/// <param name="Title">What they are, in a few words.</param>
/// <param name="ExitStatuses">What they end with, for those that do not say it themselves.</param>
/// <param name="CodeOf">What a command of this family ends with, by what it would end with as a command of <c>mdm</c>.</param>
/// <param name="Commands">Each by its original name.</param>
internal sealed record LinkedFamily(string Title, IReadOnlyList<ExitStatus> ExitStatuses, Func<int, int> CodeOf, IReadOnlyList<LinkedCommand> Commands)
{
    /// <summary>A family whose commands tell only whether it went well, as most of the original system do.</summary>
    public static LinkedFamily OfYesAndNo(string title, params IReadOnlyList<LinkedCommand> commands) => new(
        title,
        [new ExitStatus(ExitCode.Success, "done"), new ExitStatus(ExitCode.Failed, "wrong usage, refused, or no answer: the message says which"), new ExitStatus(ExitCode.Interrupted, "interrupted")],
        code => code is ExitCode.Success or ExitCode.Interrupted ? code : ExitCode.Failed,
        commands);
}

/// <summary>A command under its original name.</summary>
/// <param name="Name">As it is typed: <c>lfc-ls</c>.</param>
/// <param name="Create">Makes it; its <see cref="System.CommandLine.Symbol.Name"/> is that name.</param>
internal sealed record LinkedCommand(string Name, Func<Terminal, DescribedCommand> Create)
{
    /// <summary>The arguments as its parser takes them, of those that were typed.</summary>
    public Func<string[], string[]> Arguments { get; init; } = static typed => typed;
}
