using Mdm.Plugins.Amga.Query;
using Mdm.Plugins.Amga.Rights;
using Mdm.Plugins.Amga.Sessions;
using Mdm.Plugins.Amga.Store;
using Mdm.Sql;

namespace Mdm.Plugins.Amga.Commands;

/// <summary>Transactions, and rows in bulk: <c>upload</c> and <c>put</c> say nothing; what they are refused for is the answer to <c>commit</c>.</summary>
internal static class UploadCommands
{
    public const string Topic = "bulk";

    // On a server each statement is a message there and back; a file has none, and one row each is fastest.
    private const int RowsPerStatement = 32;

    // SQLite's and PostgreSQL's limits are higher.
    private const int MaxParameters = 8192;

    public static readonly CommandEntry[] All =
    [
        new("transaction", Topic, "", 0, 0, static async (session, _, _, cancellationToken) => await session.BeginAsync(cancellationToken).ConfigureAwait(false)),
        new("upload", Topic, "COLLECTION ATTR…", 1, CommandEntry.Any, UploadAsync),
        new("put", Topic, "FILE VALUE…", 1, CommandEntry.Any, Put),
        new("commit", Topic, "", 0, 0, CommitAsync),
        new("abort", Topic, "", 0, 0, static async (session, _, _, _) =>
        {
            if (session.Upload is { } upload)
            {
                upload.Dispose();
                session.Upload = null;
                return;
            }
            if (session.Transaction is null)
                throw Session.NothingOpen();
            await session.AbortAsync().ConfigureAwait(false);
        }),
    ];

    private static async ValueTask UploadAsync(Session session, Arguments arguments, IAnswer answer, CancellationToken cancellationToken)
    {
        if (session.Upload is not null)
            throw new AmgaException(AmgaError.Internal, "An upload is open already; end it with commit or abort.");
        var (path, names, types) = await session.ReadAsync(request =>
        {
            var (directory, attributes) = Target(request, arguments[0], [.. arguments.From(1)]);
            return (directory.Path, attributes.Select(static attribute => attribute.Name).ToArray(), attributes.Select(static attribute => attribute.Type).ToArray());
        }, cancellationToken).ConfigureAwait(false);
        session.Upload = new Upload(path, names, types, new Spool(session.Store.Options.SpoolPath, session.Store.Options.MaxSpoolBytes));
        answer.KeepSilent();
    }

    // Values are looked at here: of an upload with a wrong one nothing more is kept. The rows wait for the commit, and nobody waits for them.
    private static ValueTask Put(Session session, Arguments arguments, IAnswer answer, CancellationToken cancellationToken)
    {
        var upload = session.Upload ?? throw new AmgaException(AmgaError.Internal, "There is no upload; begin with upload COLLECTION ATTR…");
        if (upload.Failure is null)
        {
            if (arguments.Count != upload.Types.Count + 1)
                throw new AmgaException(AmgaError.IllegalCommand, "A row has its name and as many values as the upload has attributes.");
            for (var i = 0; i < upload.Types.Count; i++)
                AmgaRow.Parse(upload.Types[i], arguments[i + 1]);
            upload.Rows.Write(NameIn(upload.Path, arguments[0]));
            foreach (var value in arguments.From(1))
                upload.Rows.Write(value);
            upload.Count++;
        }
        answer.KeepSilent();
        return ValueTask.CompletedTask;
    }

    private static async ValueTask CommitAsync(Session session, Arguments arguments, IAnswer answer, CancellationToken cancellationToken)
    {
        if (session.Upload is not { } upload)
        {
            await session.CommitAsync().ConfigureAwait(false);
            return;
        }
        session.Upload = null;
        using (upload)
        {
            if (upload.Failure is { } failure)
                throw new AmgaException(failure.Code, $"Nothing of the upload was kept. {failure.Message}", failure);
            upload.Rows.Complete();
            // As long as it takes: how much it is was limited, and who has sent it all does not want it cut off.
            if (session.Transaction is null)
                await session.Store.WriteLongAsync(work => Insert(session, new Request(work, work.Principals.Of(work.Session, session.Who.User, session.Who.Identity), "/"), upload), cancellationToken).ConfigureAwait(false);
            else
                await session.WriteAsync(request => Insert(session, request, upload), cancellationToken).ConfigureAwait(false);
        }
    }

    private static int Insert(Session session, Request request, Upload upload)
    {
        var (directory, attributes) = Target(request, upload.Path, upload.Attributes);
        if (!attributes.Select(static attribute => attribute.Type).SequenceEqual(upload.Types))
            throw new AmgaException(AmgaError.Aborted, "An attribute changed its type meanwhile; nothing was kept.");
        var owner = directory.HasAcls ? session.Who.User : null;
        var below = request.Tree.Below(directory).Select(AmgaPath.Name).ToHashSet(StringComparer.Ordinal);
        var width = attributes.Count + 2;
        var perStatement = request.Sql.Dialect == SqlDialect.Postgres ? Math.Clamp(MaxParameters / width, 1, RowsPerStatement) : 1;
        var (many, one) = (EntryTable.Insert(directory, attributes, perStatement), EntryTable.Insert(directory, attributes));
        var values = new object?[perStatement * width];
        var before = request.Sql.Scalar<long>(new BuiltSql($"SELECT coalesce(max(id), 0) FROM {directory.Table}"));
        var filled = 0;
        using var lines = upload.Rows.ReadAll().GetEnumerator();
        for (var row = 0L; row < upload.Count; row++)
        {
            var name = Next(lines);
            if (below.Contains(name))
                throw Taken();
            (values[filled], values[filled + 1]) = (name, owner);
            for (var i = 0; i < attributes.Count; i++)
                values[filled + 2 + i] = AmgaRow.Parse(attributes[i].Type, Next(lines));
            filled += width;
            if (filled == values.Length)
                Flush(many, perStatement);
        }
        for (var at = 0; at < filled; at += width)
        {
            if (request.Sql.Execute(one, values.AsSpan(at, width)) != 1)
                throw Taken();
        }
        if (directory.HasAcls && session.OwnerBits != Bits.All)
            request.Sql.Execute(new BuiltSql($"UPDATE {directory.Table} SET bits = $1 WHERE id > $2"), (long)session.OwnerBits, before);
        RuleCheck.Keep(request, directory, "d0.id > ${0}", before);
        return 0;

        void Flush(BuiltSql sql, int rows)
        {
            if (request.Sql.Execute(sql, values) != rows)
                throw Taken();
            filled = 0;
        }
    }

    private static (AmgaDirectory Directory, IReadOnlyList<AmgaAttribute> Attributes) Target(Request request, string path, IReadOnlyList<string> names)
    {
        var directory = request.Directory(path, Bits.Write);
        var view = request.View(directory, Bits.None);
        var attributes = names.Select(name => request.Writable(view, name)).ToList();
        RuleCheck.DemandKnown(request, directory);
        return attributes.Distinct().Count() == attributes.Count ? (directory, attributes) : throw new AmgaException(AmgaError.IllegalKey, "An attribute is named twice.");
    }

    private static string NameIn(string directory, string path)
    {
        var absolute = AmgaPath.Absolute(directory, path);
        return absolute != "/" && AmgaPath.Parent(absolute) == directory && !Glob.Is(AmgaPath.Name(absolute)) ? AmgaPath.Name(absolute)
            : throw new AmgaException(AmgaError.IllegalCommand, "A row's name is one of the upload's directory, without wild cards.");
    }

    private static string Next(IEnumerator<string> lines) => lines.MoveNext() ? lines.Current : throw new AmgaException(AmgaError.Internal, "The upload's rows are not whole.");

    private static AmgaException Taken() => new(AmgaError.Exists, "There is an entry or directory of a row's name already, or two rows have the same; nothing was kept.");
}
