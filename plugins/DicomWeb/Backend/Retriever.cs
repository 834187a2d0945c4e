using System.Runtime.CompilerServices;
using Mdm.Abstractions;
using Mdm.Dicom.Archives;
using Mdm.Dicom.DataSet;
using Microsoft.Extensions.Logging;

namespace Mdm.Plugins.DicomWeb.Backend;

/// <summary>
/// Fetches instances of one series: the series as a whole where most of it is wanted, each that is then still missing by itself, and says of every one that was wanted either its content or why not.
/// Not thread-safe; one per request.
/// </summary>
internal sealed class Retriever(ArchiveServices archive, ILogger log, string study, string series)
{
    private readonly HashSet<string> _pending = new(StringComparer.Ordinal);
    private MdmException? _lost;

    /// <summary>Yields each wanted instance once, in the archive's order; a content is read or left before the next is asked for.</summary>
    /// <exception cref="MdmException">The archive could not even be asked what it holds.</exception>
    public async IAsyncEnumerable<ArchiveContent> FetchAsync(IReadOnlyList<string> wanted, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        _pending.UnionWith(wanted);
        foreach (var uid in wanted)
        {
            if (archive.Trouble.Refusal(Path(uid)) is { } refusal && _pending.Contains(uid))
                yield return Fail(uid, refusal);
        }

        // Together first, without those that broke a connection before; then what is missing, one by one.
        if (_pending.Count > 1)
        {
            var listing = archive.Memory.Find(study, series, wanted) ?? await ListAsync(cancellationToken);
            foreach (var uid in wanted)
            {
                if (!listing.Classes.ContainsKey(uid) && _pending.Contains(uid))
                    yield return Fail(uid, NotHeld());
            }

            // Whatever else the series holds comes with it and is passed over: worth it as long as that is the smaller part.
            if (_pending.Count > 1 && _pending.Count * 2 >= listing.Classes.Count && !listing.Classes.Keys.Any(uid => archive.Trouble.IsSuspect(Path(uid))))
            {
                await foreach (var content in SeriesAsync(cancellationToken))
                    yield return content;
            }
        }

        foreach (var uid in wanted)
        {
            if (!_pending.Contains(uid))
                continue;
            if (_lost is not null)
                yield return Fail(uid, _lost);
            else
                yield return await OneAsync(uid, cancellationToken);
        }
    }

    /// <summary>One instance by itself; closing its content ends the transfer.</summary>
    public async ValueTask<ArchiveContent> OneAsync(string uid, CancellationToken cancellationToken)
    {
        var path = Path(uid);
        _pending.Remove(uid);
        if (archive.Trouble.Refusal(path) is { } refusal)
            return ArchiveContent.Failed(path.Id, refusal);
        ObjectTransfer? transfer = null;
        try
        {
            transfer = await archive.RetrieveAsync(study, series, uid, cancellationToken);
            var received = await transfer.NextAsync(cancellationToken) ?? throw NotSent();
            if (received.SopInstanceUid != uid)
                throw new MdmException(MdmErrorKind.Corrupt, "The archive sent an object that names another instance than the one asked for.");
            var content = new TransferStream(received.Content, transfer, cut => Note(uid, cut));
            transfer = null;
            return ArchiveContent.Opened(new ArchiveObjectInfo(path.Id, Listing.MediaType), content);
        }
        catch (MdmException exception)
        {
            if (transfer is { WasCut: true })
                Note(uid, wasCut: true);
            // Without an answer the next request would have none either.
            if (transfer is null && exception.Kind == MdmErrorKind.Unavailable)
                _lost = exception;
            return ArchiveContent.Failed(path.Id, exception.Kind == MdmErrorKind.NotFound ? NotHeld() : exception);
        }
        finally
        {
            if (transfer is not null)
                await transfer.DisposeAsync();
        }
    }

    private async ValueTask<SeriesListing> ListAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await archive.ListSeriesAsync(study, series, cancellationToken);
        }
        catch (MdmException exception) when (exception.Kind == MdmErrorKind.NotFound)
        {
            return new SeriesListing(study, series, new Dictionary<string, string>(), IsWhole: true);
        }
    }

    private async IAsyncEnumerable<ArchiveContent> SeriesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectTransfer transfer;
        try
        {
            transfer = await archive.RetrieveAsync(study, series, null, cancellationToken);
        }
        catch (MdmException exception)
        {
            // Some archives serve instances only: they are asked for one by one, unless there is nobody to ask.
            log.SeriesNotServed(exception.Kind, exception.Message);
            _lost = exception.Kind is MdmErrorKind.Unavailable or MdmErrorKind.AccessDenied or MdmErrorKind.Busy ? exception : null;
            yield break;
        }

        await using (transfer)
        {
            string? current = null;
            while (true)
            {
                TransferredObject? received;
                try
                {
                    received = await transfer.NextAsync(cancellationToken);
                }
                catch (MdmException exception)
                {
                    if (!transfer.IsBroken)
                        continue;
                    log.Lost(exception.Message);
                    if (current is not null)
                        Note(current, transfer.WasCut);
                    break;
                }

                if (received is null)
                    break;
                current = received.SopInstanceUid;
                if (_pending.Remove(current))
                    yield return ArchiveContent.Opened(new ArchiveObjectInfo(Path(current).Id, Listing.MediaType), received.Content);
                await received.Content.DisposeAsync();
            }
        }
    }

    private void Note(string uid, bool wasCut)
    {
        if (!wasCut)
            return;
        var (times, until) = archive.Trouble.Add(Path(uid));
        if (archive.Trouble.Refusal(Path(uid)) is not null)
            log.Poisonous(times, Path(uid).Id.ToString(), until);
    }

    private ArchiveContent Fail(string uid, MdmException failure)
    {
        _pending.Remove(uid);
        return ArchiveContent.Failed(Path(uid).Id, failure);
    }

    private static MdmException NotHeld() => new(MdmErrorKind.NotFound, "The archive does not hold the object.");

    // Busy, not Unavailable: the archive answers; other objects must not wait because of this one.
    private static MdmException NotSent() => new(MdmErrorKind.Busy, "The archive has the object but did not send it.");

    private ObjectPath Path(string uid) => new(study, series, uid);

    /// <summary>An object and the transfer that brings it: closing the one ends the other.</summary>
    private sealed class TransferStream(Stream content, ObjectTransfer transfer, Action<bool> closed) : ReadOnlyByteStream
    {
        private bool _isClosed;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => content.ReadAsync(buffer, cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            if (!_isClosed)
            {
                _isClosed = true;
                closed(transfer.WasCut);
                await content.DisposeAsync();
                await transfer.DisposeAsync();
            }

            await base.DisposeAsync();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !_isClosed)
                DisposeAsync().AsTask().GetAwaiter().GetResult();
            base.Dispose(disposing);
        }
    }
}
