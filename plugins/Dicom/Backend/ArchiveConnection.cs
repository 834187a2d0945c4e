using System.Collections.Concurrent;
using System.Net;
using System.Runtime.CompilerServices;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Services;
using Mdm.Plugins.Dicom.UpperLayer;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.Dicom.Backend;

/// <summary>
/// One configured archive as everything in this folder sees it: gate, pool, receiver, and what was learnt about it. Safe for concurrent use.
/// </summary>
internal sealed class ArchiveConnection : IAsyncDisposable
{
    private static readonly string[] HeaderSyntaxes = [TransferSyntax.ExplicitLittleEndianUid, TransferSyntax.ImplicitLittleEndianUid];

    public static readonly IReadOnlyList<ContextProposal> FindContexts =
        [new(SopClasses.Verification, [TransferSyntax.ImplicitLittleEndianUid]), new(SopClasses.StudyRootFind, HeaderSyntaxes)];

    public static readonly IReadOnlyList<ContextProposal> MoveContexts = [new(SopClasses.StudyRootMove, HeaderSyntaxes)];

    public static readonly IReadOnlyList<ContextProposal> ProbeContexts =
        [.. FindContexts, .. MoveContexts, new(SopClasses.StudyRootGet, HeaderSyntaxes)];

    private readonly ArchiveGate _gate;
    private readonly AssociationPool _pool;
    private readonly AssociationOptions _times;
    private readonly Lazy<StorageReceiver> _receiver;
    private readonly ConcurrentDictionary<string, byte> _seenClasses = [];
    private IReadOnlyList<IPAddress> _sources = [];
    private bool _usesMove;

    public ArchiveConnection(DicomOptions options, PluginContext context)
    {
        Options = options;
        Log = context.LoggerFactory.CreateLogger("Mdm.Plugins.Dicom." + context.InstanceName);
        Time = context.TimeProvider;
        Trouble = new TroubleBook(Time);
        Memory = new SeriesMemory(Time);
        _gate = new ArchiveGate(options.Hours, options.MaxRequestsPerSecond, options.StopFile is null ? null : context.PathOf(options.StopFile), Time);
        _times = new AssociationOptions
        {
            ConnectTimeout = options.ConnectTimeout,
            NegotiationTimeout = options.AssociationTimeout,
            MessageTimeout = options.MessageTimeout,
            StallTimeout = options.StallTimeout,
            Time = Time,
        };
        var tls = options.Tls is null ? null : DicomTls.Client(options.Tls, options.Host, context);
        var peer = new DicomPeer(options.Host, options.Port, options.CalledAeTitle, options.CallingAeTitle, tls);
        _pool = new AssociationPool(peer, _times, options.MaxAssociations, Log);
        _usesMove = options.Retrieval == RetrievalMode.Move;
        _receiver = new Lazy<StorageReceiver>(() => Listen(options.Tls is null ? null : DicomTls.Server(options.Tls, context)));
    }

    public DicomOptions Options { get; }

    public ILogger Log { get; }

    public TimeProvider Time { get; }

    public TroubleBook Trouble { get; }

    public SeriesMemory Memory { get; }

    /// <summary>The SCP that moves deliver to; begins to listen when first needed.</summary>
    public StorageReceiver Receiver => _receiver.Value;

    public string MoveDestination => Options.MoveDestination?.AeTitle ?? "";

    /// <summary>SOP classes that came from this archive before.</summary>
    public IReadOnlyList<string> SeenClasses => [.. _seenClasses.Keys];

    public void Saw(string sopClass) => _seenClasses.TryAdd(sopClass, 0);

    public void BackOff() => _pool.BackOff();

    /// <summary>An association, once the owner's rules allow it.</summary>
    /// <exception cref="MdmException">As <see cref="ArchiveGate.PassAsync"/> and <see cref="AssociationPool.LeaseAsync"/>.</exception>
    public async ValueTask<AssociationLease> LeaseAsync(ArchiveUse use, string purpose, IReadOnlyList<ContextProposal> contexts, CancellationToken cancellationToken)
    {
        await _gate.PassAsync(use, cancellationToken);
        return await _pool.LeaseAsync(purpose, contexts, cancellationToken);
    }

    /// <summary>One query; answers as they come.</summary>
    public async IAsyncEnumerable<AttributeSet> FindAsync(ArchiveUse use, AttributeSet identifier, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var lease = await LeaseAsync(use, "find", FindContexts, cancellationToken);
        var answers = ServiceUser.FindAsync(lease.Association, identifier, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (answers)
        {
            while (await NextAsync(answers))
                yield return answers.Current;
        }

        lease.MarkReusable();
    }

    /// <summary>True when the archive holds that instance.</summary>
    public async ValueTask<bool> HoldsAsync(ObjectPath path, CancellationToken cancellationToken)
    {
        var found = false;
        await foreach (var answer in FindAsync(ArchiveUse.Retrieval, Query.Identifier(QueryLevel.Image, path.Study, path.Series, path.Instance), cancellationToken))
            found |= answer.GetText(Tags.SopInstanceUid) == path.Instance;
        return found;
    }

    /// <summary>What a series holds; only that instance when one is named.</summary>
    public async ValueTask<SeriesListing> ListSeriesAsync(string study, string series, string? instance, CancellationToken cancellationToken)
    {
        var identifier = Query.Identifier(QueryLevel.Image, study, series, instance).Set(Tags.SopClassUid, "");
        var classes = new Dictionary<string, string>(StringComparer.Ordinal);
        await foreach (var answer in FindAsync(ArchiveUse.Retrieval, identifier, cancellationToken))
        {
            if (answer.GetText(Tags.SopInstanceUid) is { Length: > 0 } uid)
                classes[uid] = answer.GetText(Tags.SopClassUid);
        }

        var listing = new SeriesListing(study, series, classes, IsWhole: instance is null);
        if (listing.IsWhole)
            Memory.Keep(listing);
        return listing;
    }

    /// <summary>True when C-MOVE fetches: configured, learnt, or because the archive does not name the classes that C-GET must propose.</summary>
    public bool UsesMove(SeriesListing listing) =>
        Options.MoveDestination is not null && (_usesMove || (Options.Retrieval == RetrievalMode.Auto && !listing.TellsClasses));

    /// <summary>C-GET brought nothing: true when C-MOVE is to be tried, from now on.</summary>
    public bool FallBackToMove(SeriesListing listing)
    {
        if (Options.Retrieval != RetrievalMode.Auto || Options.MoveDestination is null || UsesMove(listing))
            return false;
        _usesMove = true;
        Log.FallsBackToMove(Options.CalledAeTitle);
        return true;
    }

    /// <summary>Waits for an archive that was lost. Null when it is back, else why it is not.</summary>
    public async ValueTask<MdmException?> ReturnsAsync(CancellationToken cancellationToken)
    {
        var begin = Time.GetTimestamp();
        var wait = TimeSpan.FromMilliseconds(250);
        while (true)
        {
            try
            {
                await using var lease = await LeaseAsync(ArchiveUse.Probe, "find", FindContexts, cancellationToken);
                await ServiceUser.EchoAsync(lease.Association, cancellationToken);
                lease.MarkReusable();
                return null;
            }
            catch (MdmException exception)
            {
                if (!exception.IsTransient || Time.GetElapsedTime(begin) + wait > Options.ReconnectTimeout)
                    return exception;
            }

            await Task.Delay(wait, Time, cancellationToken);
            wait *= 2;
        }
    }

    /// <summary>Asks what the archive can do; the answer decides how objects are fetched.</summary>
    /// <exception cref="MdmException">It does not serve, and why.</exception>
    public async ValueTask<string> ProbeAsync(CancellationToken cancellationToken)
    {
        var begin = Time.GetTimestamp();
        await using var lease = await LeaseAsync(ArchiveUse.Probe, "probe", ProbeContexts, cancellationToken);
        await ServiceUser.EchoAsync(lease.Association, cancellationToken);
        var echo = Time.GetElapsedTime(begin);
        bool Offers(string sopClass) => lease.Association.Find(sopClass) is not null;
        if (!Offers(SopClasses.StudyRootFind))
            throw new MdmException(MdmErrorKind.Refused, $"The archive {Options.CalledAeTitle} does not offer C-FIND in the study root.");
        var (get, move) = (Offers(SopClasses.StudyRootGet), Offers(SopClasses.StudyRootMove) && Options.MoveDestination is not null);
        if (Options.Retrieval == RetrievalMode.Get && !get)
            throw new MdmException(MdmErrorKind.Refused, $"The archive {Options.CalledAeTitle} does not offer C-GET.");
        if (!get && !move)
            throw new MdmException(MdmErrorKind.Refused, $"The archive {Options.CalledAeTitle} offers no C-GET, and C-MOVE needs MoveDestination.");
        if (Options.Retrieval == RetrievalMode.Auto)
            _usesMove = !get;
        if (Options.MoveDestination is not null)
            _ = Receiver.Port;
        lease.MarkReusable();
        return $"{Options.CalledAeTitle} at {Options.Host}:{Options.Port}: C-FIND{(get ? ", C-GET" : "")}{(Offers(SopClasses.StudyRootMove) ? ", C-MOVE" : "")}; objects by {(_usesMove ? "C-MOVE" : "C-GET")}{(Options.Writable ? ", stored by C-STORE" : "")}; first answer after {echo.TotalMilliseconds:0} ms.";
    }

    public async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync();
        if (_receiver.IsValueCreated)
            await _receiver.Value.DisposeAsync();
    }

    private async ValueTask<bool> NextAsync(IAsyncEnumerator<AttributeSet> answers)
    {
        try
        {
            return await answers.MoveNextAsync();
        }
        catch (MdmException exception) when (exception.Kind == MdmErrorKind.Busy)
        {
            BackOff();
            throw;
        }
    }

    private StorageReceiver Listen(System.Net.Security.SslServerAuthenticationOptions? tls)
    {
        var destination = Options.MoveDestination ?? throw new MdmException(MdmErrorKind.Refused, "C-MOVE needs MoveDestination.");
        _sources = destination.Sources.Count > 0
            ? [.. destination.Sources.Select(IPAddress.Parse)]
            : Dns.GetHostAddresses(Options.Host);
        return new StorageReceiver(IPAddress.Parse(destination.Address), destination.Port, destination.AeTitle, Options.CalledAeTitle, IsArchive, tls, _times, Log);
    }

    private bool IsArchive(IPAddress address) =>
        _sources.Any(source => source.Equals(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address) || (IPAddress.IsLoopback(source) && IPAddress.IsLoopback(address)));
}
