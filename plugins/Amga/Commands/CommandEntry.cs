using Mdm.Plugins.Amga.Sessions;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Carries out a command.</summary>
internal delegate ValueTask CommandRun(Session session, Arguments arguments, IAnswer answer, CancellationToken cancellationToken);

/// <summary>A command, as help tells it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Topic">Where help lists it.</param>
/// <param name="Usage">Its arguments.</param>
/// <param name="Least">Fewest of them.</param>
/// <param name="Most">Most of them.</param>
/// <param name="Run">What it does.</param>
internal sealed record CommandEntry(string Name, string Topic, string Usage, int Least, int Most, CommandRun Run)
{
    /// <summary>As many as a line has.</summary>
    public const int Any = int.MaxValue;
}
