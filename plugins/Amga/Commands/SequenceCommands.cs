using System.Globalization;
using Mdm.Plugins.Amga.Store;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Numbers that are given out once.</summary>
internal static class SequenceCommands
{
    public static readonly CommandEntry[] All =
    [
        new("sequence_create", "sequence", "NAME DIR [INCREMENT [START]]", 2, 4, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            var directory = request.Directory(arguments[1], Bits.Write);
            var name = TypeName.Thing(arguments[0]);
            var (increment, start) = (Number(arguments.Or(2, "1")), Number(arguments.Or(3, "1")));
            if (increment == 0)
                throw new AmgaException(AmgaError.WrongType, "The increment is not 0.");
            if (request.Sql.Execute("INSERT INTO sequences (dir, name, increment, next) VALUES ($1, $2, $3, $4) ON CONFLICT (dir, name) DO NOTHING", directory.Number, name, increment, start) == 0)
                throw new AmgaException(AmgaError.Exists, "There is a sequence of that name already.");
        }, cancellationToken).ConfigureAwait(false)),
        new("sequence_next", "sequence", "PATH", 1, 1, static async (session, arguments, answer, cancellationToken) =>
            await answer.WriteAsync((await session.WriteAsync(request => Next(request, arguments[0]), cancellationToken).ConfigureAwait(false)).ToString(CultureInfo.InvariantCulture), cancellationToken).ConfigureAwait(false)),
        new("sequence_remove", "sequence", "PATH", 1, 1, static async (session, arguments, _, cancellationToken) => await session.WriteAsync(request =>
        {
            var (directory, name) = Found(request, arguments[0]);
            if (request.Sql.Execute("DELETE FROM sequences WHERE dir = $1 AND name = $2", directory.Number, name) == 0)
                throw NoSequence();
        }, cancellationToken).ConfigureAwait(false)),
    ];

    private static long Next(Request request, string path)
    {
        var (directory, name) = Found(request, path);
        var found = request.Sql.First("SELECT next, increment FROM sequences WHERE dir = $1 AND name = $2", static row => (Next: row.GetInt64(0), Increment: row.GetInt64(1)), directory.Number, name);
        if (found.Increment == 0)
            throw NoSequence();
        var after = (Int128)found.Next + found.Increment;
        if (after < long.MinValue || after > long.MaxValue)
            throw new AmgaException(AmgaError.Internal, "The sequence has no more numbers.");
        request.Sql.Execute("UPDATE sequences SET next = $3 WHERE dir = $1 AND name = $2", directory.Number, name, (long)after);
        return found.Next;
    }

    private static (AmgaDirectory Directory, string Name) Found(Request request, string path)
    {
        var absolute = request.Absolute(path);
        if (absolute == "/" || request.Known(AmgaPath.Parent(absolute)) is null)
            throw NoSequence();
        return (request.Directory(AmgaPath.Parent(absolute), Bits.Write), AmgaPath.Name(absolute));
    }

    private static long Number(string text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : throw new AmgaException(AmgaError.WrongType, "Increment and start are whole numbers.");

    private static AmgaException NoSequence() => new(AmgaError.NoSequence, "There is no such sequence.");
}
