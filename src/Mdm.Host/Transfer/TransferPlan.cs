using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Mdm.Host.Staging;

namespace Mdm.Host.Transfer;

/// <summary>What a GET or HEAD is answered with: whole, one part, several parts, or nothing (RFC 9110 sections 13 to 15).</summary>
internal sealed class TransferPlan
{
    private readonly StagedFile _file;
    private readonly string _mediaType;
    private readonly List<(byte[] Before, ByteRange Range)> _parts = [];
    private int _status = StatusCodes.Status200OK;
    private string? _contentRange;
    private string? _boundary;
    private byte[] _after = [];

    private TransferPlan(StagedFile file, string mediaType) => (_file, _mediaType) = (file, mediaType);

    /// <summary>False for 304, 412 and 416.</summary>
    public bool HasBody => _status is StatusCodes.Status200OK or StatusCodes.Status206PartialContent;

    public long BodyLength => _parts.Sum(part => part.Before.Length + part.Range.Length) + _after.Length;

    public static TransferPlan Make(IHeaderDictionary headers, StagedFile file, string mediaType, bool isHead)
    {
        var length = file.Facts.Length;
        var plan = new TransferPlan(file, string.IsNullOrEmpty(mediaType) ? "application/octet-stream" : mediaType);
        if (headers.IfMatch.Count > 0 && !Names(headers.IfMatch.ToString(), file.ETag))
        {
            plan._status = StatusCodes.Status412PreconditionFailed;
        }
        else if (headers.IfNoneMatch.Count > 0 && Names(headers.IfNoneMatch.ToString(), file.ETag))
        {
            plan._status = StatusCodes.Status304NotModified;
        }
        else if (isHead || RangesOf(headers, file) is not { } ranges)
        {
            plan._parts.Add(([], new ByteRange(0, length)));
        }
        else if (ranges.Count == 0)
        {
            plan._status = StatusCodes.Status416RangeNotSatisfiable;
            plan._contentRange = $"bytes */{length}";
        }
        else
        {
            plan._status = StatusCodes.Status206PartialContent;
            if (ranges.Count == 1)
                plan.One(ranges[0], length);
            else
                plan.Several(ranges, length);
        }
        return plan;
    }

    public void WriteHead(HttpResponse response, string? digest)
    {
        response.StatusCode = _status;
        response.Headers.ETag = _file.ETag;
        response.Headers.AcceptRanges = "bytes";
        // What one caller may see no cache may keep for another.
        response.Headers.CacheControl = "private, no-cache";
        if (_contentRange is not null)
            response.Headers.ContentRange = _contentRange;
        if (digest is not null)
            response.Headers["Digest"] = digest;
        if (!HasBody)
            return;
        response.ContentType = _boundary is null ? _mediaType : $"multipart/byteranges; boundary={_boundary}";
        response.ContentLength = BodyLength;
    }

    /// <summary>Sends all of it; false when the client left.</summary>
    public async ValueTask<bool> SendAsync(FileSender sender, CancellationToken cancellationToken)
    {
        foreach (var (before, range) in _parts)
        {
            if (before.Length > 0)
                await sender.SendAsync(before, cancellationToken);
            if (!await sender.SendAsync(range, cancellationToken))
                return false;
        }
        if (_after.Length > 0)
            await sender.SendAsync(_after, cancellationToken);
        return true;
    }

    private void One(ByteRange range, long length)
    {
        _contentRange = ContentRange(range, length);
        _parts.Add(([], range));
    }

    private void Several(IReadOnlyList<ByteRange> ranges, long length)
    {
        _boundary = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        foreach (var range in ranges)
        {
            var head = $"\r\n--{_boundary}\r\nContent-Type: {_mediaType}\r\nContent-Range: {ContentRange(range, length)}\r\n\r\n";
            _parts.Add((Encoding.ASCII.GetBytes(head), range));
        }
        _after = Encoding.ASCII.GetBytes($"\r\n--{_boundary}--\r\n");
    }

    /// <summary>A Range with HEAD means nothing (RFC 9110 14.2). If-Range by entity tag only: no date is told, so none can match.</summary>
    private static IReadOnlyList<ByteRange>? RangesOf(IHeaderDictionary headers, StagedFile file)
    {
        if (headers.Range.Count != 1 || (headers.IfRange.Count > 0 && headers.IfRange.ToString() != file.ETag))
            return null;
        return ByteRanges.Parse(headers.Range.ToString(), file.Facts.Length);
    }

    private static bool Names(string tags, string tag) =>
        tags.Split(',', StringSplitOptions.TrimEntries).Any(t => t == "*" || t == tag || t == "W/" + tag);

    private static string ContentRange(ByteRange range, long length) =>
        string.Create(CultureInfo.InvariantCulture, $"bytes {range.Offset}-{range.Last}/{length}");
}
