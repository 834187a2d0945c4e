using Mdm.Abstractions;
using Mdm.Plugins.Amga.Sessions;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>
/// Tells the host of what a command searches or reads. Told is each command in whose answer values of attributes stand, or in which they decide what stands: also which names, how many, or whether it is
/// refused. Names of entries, directories and attributes alone are none, and neither is what only writes.
/// </summary>
/// <param name="answer">The command's.</param>
/// <param name="tokens">The command.</param>
internal sealed class Searching(IAnswer answer, IReadOnlyList<string> tokens)
{
    /// <param name="who">Whose rights count.</param>
    /// <param name="attributes">Names that he may know; where there are none, nothing is told.</param>
    /// <exception cref="MdmException">The host cannot write it down; nothing may be answered.</exception>
    public void Tell(Principal who, IEnumerable<string> attributes)
    {
        if (attributes.ToList() is { Count: > 0 } names)
            answer.TellSearch(new AttributeSearch(who.User, [.. names], Quoting.Line(tokens)));
    }
}
