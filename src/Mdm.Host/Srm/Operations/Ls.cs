using Mdm.Host.Access;
using Mdm.Host.Uploads;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>srmLs (§4.4). Answered in the call, always: srmStatusOfLsRequest has nothing to tell.</summary>
/// <remarks>Offset and count are about the entries right below a directory that was asked for. Links that were asked for are followed, links in a listing are shown.</remarks>
internal sealed class Ls(NameSpace names, UploadBook puts, EntryDetails details, SrmOptions options) : Operation<LsRequest>(SrmOperation.Ls)
{
    /// <summary>Entries taken from the catalogue at once.</summary>
    private const int PageSize = 1000;

    protected override async ValueTask<SrmResponse> RunAsync(LsRequest request, GridCaller caller, CancellationToken cancellationToken)
    {
        if (request.NumOfLevels < 0 || request.Offset < 0 || request.Count < 0)
            throw new CallRefusedException(StatusCode.InvalidRequest, "numOfLevels, offset and count must not be negative.");
        var walk = new Walk(names, puts, details, options.MaxListedEntries, caller.Identity)
        {
            IsFull = request.FullDetailedList ?? false,
            Levels = request.AllLevelRecursive == true ? StoragePath.MaxDepth : request.NumOfLevels ?? 1,
            Offset = request.Offset ?? 0,
            // A count of zero asks for nothing, which nobody means.
            Count = request.Count is null or 0 ? int.MaxValue : request.Count.Value,
        };
        try
        {
            var found = await EachSurl.DoAsync(request.Surls, surl => walk.AskedAsync(surl.Path, cancellationToken), Refused);
            // That a file is being put is knowledge too. ARC looks at it only where the request succeeded.
            return new LsResponse { ReturnStatus = SrmStatus.Aggregate(found.Select(detail => detail.Status!.StatusCode == StatusCode.FileBusy ? SrmStatus.Success : detail.Status)), Details = found };
        }
        catch (CallRefusedException refusal) when (refusal.Status.StatusCode == StatusCode.TooManyResults)
        {
            // Clients look for the code at the path before they page.
            return new LsResponse { ReturnStatus = refusal.Status, Details = [.. request.Surls.Select(surl => Refused(surl, refusal.Status))] };
        }
    }

    private static MetaDataPathDetail Refused(string surl, ReturnStatus status) => new()
    {
        Path = Surl.TryParse(surl, out var parsed, out _) ? parsed.Path.ToString() : surl,
        Status = status,
    };

    private sealed class Walk(NameSpace names, UploadBook puts, EntryDetails details, int maxEntries, GridIdentity caller)
    {
        private readonly int _most = maxEntries;
        private int _taken;

        public required bool IsFull { get; init; }

        public required int Levels { get; init; }

        public required int Offset { get; init; }

        public required int Count { get; init; }

        public async ValueTask<MetaDataPathDetail> AskedAsync(StoragePath path, CancellationToken cancellationToken)
        {
            CatalogEntry entry;
            try
            {
                entry = await FollowAsync(path, cancellationToken);
            }
            catch (MdmException missing) when (missing.Kind == MdmErrorKind.NotFound)
            {
                // Whoever may pass to the name may know that it is being put.
                if (!path.IsRoot && await FollowAsync(path.Parent, cancellationToken) is { } parent && await puts.FindOpenAsync(parent.Path.Child(path.Name), cancellationToken) is { } put)
                    return EntryDetails.Busy(put, path);
                throw;
            }
            // Not counted: whoever asks for the most that is listed means what is in the directory.
            var detail = details.Of(entry, path, IsFull, IsFull ? (await puts.StoredAsync([entry], cancellationToken)).GetValueOrDefault(entry.Id) : null);
            return Levels > 0 && entry.Kind == CatalogEntryKind.Directory
                ? detail with { SubPaths = await ChildrenAsync(entry, path, Levels, Offset, Count, cancellationToken) }
                : detail;
        }

        private async ValueTask<CatalogEntry> FollowAsync(StoragePath path, CancellationToken cancellationToken)
        {
            try
            {
                return await names.StatAsync(caller, path, followLast: true, cancellationToken);
            }
            catch (MdmException missing) when (missing.Kind == MdmErrorKind.NotFound)
            {
                // A link that leads nowhere is still there, and has to be seen to be removed.
                return await names.StatAsync(caller, path, followLast: false, cancellationToken);
            }
        }

        private async ValueTask<List<MetaDataPathDetail>> ChildrenAsync(
            CatalogEntry directory, StoragePath path, int levels, int skip, int count, CancellationToken cancellationToken)
        {
            var children = new List<MetaDataPathDetail>();
            for (string? after = null; children.Count < count; skip = 0)
            {
                var limit = Math.Min(PageSize, count - children.Count);
                var page = await names.ListAsync(caller, directory, after, skip, limit, cancellationToken);
                var stored = IsFull ? await puts.StoredAsync(page, cancellationToken) : [];
                foreach (var entry in page)
                {
                    Take();
                    children.Add(await ChildAsync(entry, path.Child(entry.Path.Name), levels, stored.GetValueOrDefault(entry.Id), cancellationToken));
                }
                if (page.Count < limit)
                    break;
                after = page[^1].Path.Name;
            }
            return children;
        }

        private async ValueTask<MetaDataPathDetail> ChildAsync(CatalogEntry entry, StoragePath path, int levels, StoredRow? stored, CancellationToken cancellationToken)
        {
            var detail = details.Of(entry, path, IsFull, stored);
            if (levels <= 1 || entry.Kind != CatalogEntryKind.Directory)
                return detail;
            try
            {
                return detail with { SubPaths = await ChildrenAsync(entry, path, levels - 1, 0, int.MaxValue, cancellationToken) };
            }
            catch (MdmException closed) when (closed.Kind is MdmErrorKind.AccessDenied or MdmErrorKind.NotFound)
            {
                return detail with { Status = SrmStatus.OfFile(closed) };
            }
        }

        private void Take()
        {
            if (++_taken > _most)
                throw new CallRefusedException(StatusCode.TooManyResults, $"There are more than {_most} entries; ask for them in portions, with offset and count.");
        }
    }
}
