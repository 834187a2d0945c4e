using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Host.Staging;

namespace Mdm.Host.Administration;

/// <summary>What lies in the pool, and for whom.</summary>
internal sealed class PoolDoor(StagingArea staging, RequestBook book, ICatalog catalog, AdministratorGate gate, AuditTrail audit)
{
    /// <summary>What stands for whom or what is not known any more.</summary>
    private const string Unknown = "";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/admin/pins", PinsAsync);
        routes.MapGet("/admin/pool", PoolAsync);
    }

    private Task PinsAsync(HttpContext context) => gate.GuardOperatorAsync(context, async caller =>
    {
        audit.Administered(caller, "list pins");
        OrderJson.BeginLines(context);
        foreach (var pin in staging.Pins.OrderBy(pin => pin.Until))
        {
            var entry = await catalog.FindAsync(pin.File, context.RequestAborted);
            await OrderJson.WriteLineAsync(context, new PinLine(pin.File.ToString(), entry?.Path.ToString(), pin.Size, pin.Subject.ToString(), TokenOf(pin), pin.Until));
        }
    });

    /// <summary>The pool as a whole, and what of it is whose: by archive and publication what lies in it, by user and VO what is kept for them.</summary>
    private Task PoolAsync(HttpContext context) => gate.GuardOperatorAsync(context, async caller =>
    {
        audit.Administered(caller, "look at the pool");
        var (archives, publications, vos) = (new Shares(), new Shares(), new Shares());
        var files = staging.Files;
        foreach (var file in files)
        {
            var entry = await catalog.FindAsync(file.File, context.RequestAborted);
            archives.Add(entry?.Source?.Archive ?? Unknown, file.Size);
            publications.Add(entry?.Publication ?? Unknown, file.Size);
        }
        // Two pins of one file take its room once.
        foreach (var pin in staging.Pins.DistinctBy(pin => (pin.File, VoOf(pin))))
            vos.Add(VoOf(pin), pin.Size);
        var usage = staging.Usage;
        await OrderJson.WriteAsync(context, new PoolState(usage.Quota, usage.Used, usage.Reserved, usage.Pinned, files.Count, archives.Lines, publications.Lines, vos.Lines,
            staging.Held.OrderByDescending(held => held.Value).Select(held => new UserShare(held.Key.ToString(), held.Value))));
    });

    private string VoOf(PinnedFile pin) => book.OwnerOf(TokenOf(pin))?.PrimaryFqan?.VirtualOrganisation ?? Unknown;

    private static string TokenOf(PinnedFile pin) => pin.Key.Split('/')[0];

    private sealed record PinLine(string File, string? Path, long Size, string Owner, string Request, DateTimeOffset Until);

    private sealed record PoolState(long Quota, long Used, long Reserved, long Pinned, int Files, IEnumerable<Share> Archives, IEnumerable<Share> Publications, IEnumerable<Share> Vos, IEnumerable<UserShare> Users);

    private sealed record Share(string Name, int Files, long Bytes);

    private sealed record UserShare(string Subject, long Held);

    private sealed class Shares
    {
        private readonly Dictionary<string, (int Files, long Bytes)> _shares = new(StringComparer.Ordinal);

        public IEnumerable<Share> Lines => _shares.OrderByDescending(share => share.Value.Bytes).Select(share => new Share(share.Key, share.Value.Files, share.Value.Bytes));

        public void Add(string name, long bytes)
        {
            var (files, before) = _shares.GetValueOrDefault(name);
            _shares[name] = (files + 1, before + bytes);
        }
    }
}
