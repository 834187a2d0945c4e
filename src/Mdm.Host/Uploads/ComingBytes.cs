using Mdm.Host.Members;

namespace Mdm.Host.Uploads;

/// <summary>What comes by one request.</summary>
/// <param name="Body">The bytes.</param>
/// <param name="Length">How many, when that was said.</param>
/// <param name="Digests">What was said of them.</param>
/// <param name="From">Who brings them.</param>
internal sealed record IncomingBody(Stream Body, long? Length, ToldDigests Digests, DistinguishedName From);

/// <summary>
/// Brings the bytes of a put into its archive. Where the archive lets its objects be named and erased they go straight there, under a name that was written down first: whatever a crash leaves is found by it.
/// Other archives get them when the put is done; until then they lie sealed in the pool, under a key of one use.
/// </summary>
internal sealed class ComingBytes(UploadStore store, PutArchives archives, SpooledBodies spooled, ComingNow coming, ObjectEraser eraser, ThisHost host, UploadsOptions options, TimeProvider time, ILogger<ComingBytes> log)
{
    private const string Dicom = "application/dicom";
    private const string Bytes = "application/octet-stream";

    /// <summary>Stops what comes of a file, and waits until it has ended.</summary>
    public async Task StopAsync(UploadRow row)
    {
        await coming.StopAsync(row);
        spooled.Drop(row);
    }

    /// <summary>Takes all bytes of a file; what came before by the same address counts no more.</summary>
    /// <returns>Length and checksum of what came.</returns>
    /// <exception cref="MdmException">NotFound: the put takes no bytes any more; NoSpace, Refused, Corrupt: what came is not kept, and may be brought again; Busy: the put was called off, or begun anew.</exception>
    /// <exception cref="IOException">Who brings the bytes broke off.</exception>
    /// <exception cref="OperationCanceledException">The same.</exception>
    public async Task<FileFacts> ReceiveAsync(UploadRow row, IncomingBody incoming, CancellationToken leaving)
    {
        if (row.Expected is { } expected && incoming.Length is { } announced && announced != expected)
            throw OtherLength(expected, announced);
        if (incoming.Length > options.MaxFileLength.Bytes)
            throw new MdmException(MdmErrorKind.Refused, $"The file is longer than {options.MaxFileLength.Bytes} bytes, which is the most here (Uploads:MaxFileLength).");
        await using var archive = await archives.UseAsync(row.Archive!);
        var isNamed = archive.IsNamed;
        using var receipt = coming.Begin(row, leaving);
        using var turlEnd = new CancellationTokenSource(PauseUntil(row.TurlUntil), time);
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(receipt.Stopping, turlEnd.Token);
        var begun = await store.BeginAsync(row, host.Id, attempt => isNamed ? ObjectOf(row, attempt) : null, Now()) ?? throw NothingWanted();
        try
        {
            if (incoming.Length is { } length && !await store.GrowAsync(begun, length))
                throw CalledOff();
            await using var body = new ArrivingStream(incoming.Body, options.MaxFileLength.Bytes, Math.Max(begun.Reserved, incoming.Length ?? 0), needed => GrowAsync(begun, needed), incoming.Digests.Algorithms);
            var mediaType = await body.IsDicomAsync(stopping.Token) ? Dicom : Bytes;
            var info = isNamed
                ? await archive.StoreAsync(body, new ArchiveObjectDraft(mediaType, ObjectOf(row, begun.Attempt), incoming.Length ?? row.Expected), stopping.Token)
                : await spooled.KeepAsync(begun, incoming.From, body, stopping.Token);
            if (row.Expected is { } wanted && wanted != body.Facts.Length)
                throw OtherLength(wanted, body.Facts.Length);
            incoming.Digests.Check(body.Facts, body.Digests());
            if (!await store.ArriveAsync(begun, info?.Id, mediaType, body.Facts, Now()))
                throw CalledOff();
            // What had come before by the same address.
            if (isNamed && row.Object is { } before)
                await eraser.EraseAsync(row.Archive!, before);
            return body.Facts;
        }
        catch (Exception failure)
        {
            if (archive.Abandoned is { } abandoned)
                coming.StaysBehind(begun, abandoned);
            await DropAsync(begun, isNamed && archive.Abandoned is null);
            throw Explained(failure, receipt.Stopping, turlEnd.Token, leaving);
        }
    }

    /// <summary>What came is wanted no more; the address takes bytes anew.</summary>
    public async Task DropAsync(UploadRow row)
    {
        await coming.StopAsync(row);
        await DropAsync(row, row.Object is not null);
    }

    /// <summary>The object that the bytes of an attempt become.</summary>
    internal static ArchiveObjectId ObjectOf(UploadRow row, int attempt)
    {
        // A keyed hash would hide nothing more: tokens are random, and never told again after their put.
        var name = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{row.Token}/{row.Position}/{attempt}")).AsSpan(0, 16));
        return new ArchiveObjectId($"{name[..2]}/{name[2..4]}/{name}");
    }

    private async Task DropAsync(UploadRow row, bool isNamed)
    {
        spooled.Drop(row);
        await store.DropAsync(row, Now());
        if (isNamed)
            await eraser.EraseAsync(row.Archive!, ObjectOf(row, row.Attempt));
    }

    private async Task<long> GrowAsync(UploadRow row, long needed)
    {
        var upTo = needed + options.FirstReservation.Bytes;
        try
        {
            return await store.GrowAsync(row, upTo) ? upTo : throw CalledOff();
        }
        catch (MdmException full) when (full.Kind == MdmErrorKind.NoSpace)
        {
            // Perhaps it ends soon.
            return await store.GrowAsync(row, needed) ? needed : throw CalledOff();
        }
    }

    private Exception Explained(Exception failure, CancellationToken stopping, CancellationToken turlEnd, CancellationToken leaving)
    {
        if (failure is OperationCanceledException && !leaving.IsCancellationRequested)
            return turlEnd.IsCancellationRequested ? NothingWanted() : stopping.IsCancellationRequested ? CalledOff() : failure;
        if (failure is MdmException or IOException or OperationCanceledException or BadHttpRequestException)
            return failure;
        Log.StoringFailed(log, failure.GetType().FullName, failure.StackTrace?.Split('\n')[0].Trim());
        return new MdmException(MdmErrorKind.Unavailable, "The archive failed while the file was stored. Nothing of it was kept; try again later.", failure);
    }

    private TimeSpan PauseUntil(DateTimeOffset end) => end - time.GetUtcNow() is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    private DateTimeOffset Now() => DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());

    private static MdmException OtherLength(long expected, long length) => new(MdmErrorKind.Corrupt, $"The put announced {expected} bytes, and {length} come. Nothing of them was kept; put the file anew.");

    private static MdmException NothingWanted() => new(MdmErrorKind.NotFound, "The put takes no bytes any more: it is done, called off, or its time is over. Put the file anew.");

    private static MdmException CalledOff() => new(MdmErrorKind.AlreadyExists, "The put was called off, or other bytes were brought to the same address meanwhile; nothing of these was kept.");
}
