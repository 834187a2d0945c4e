using System.Collections.Immutable;
using Mdm.Host.Access;
using Mdm.Host.Requests;
using Mdm.Srm.Messages;

namespace Mdm.Host.Srm.Operations;

/// <summary>What a get or bring-online asks for, file by file; directories asked for as such (dirOption, §5.1) stand for the files in them.</summary>
internal sealed class OrderedFiles(NameSpace names, RequestsOptions limits, SrmOptions options)
{
    private const int PageSize = 1000;

    /// <exception cref="CallRefusedException">Nothing is asked for, or too much.</exception>
    public async ValueTask<ImmutableArray<OrderedFile>> OfAsync(IReadOnlyList<GetFileRequest> asked, GridIdentity caller, CancellationToken cancellationToken)
    {
        if (asked.Count == 0)
            throw new CallRefusedException(StatusCode.InvalidRequest, "The request names no file.");
        var files = ImmutableArray.CreateBuilder<OrderedFile>(asked.Count);
        foreach (var one in asked)
        {
            if (!Surl.TryParse(one.SourceSurl, out var surl, out var refusal))
                files.Add(new OrderedFile(one.SourceSurl, null, SrmStatus.FaultOf(refusal)));
            else if (one.DirOption is { IsSourceADirectory: true } option)
                await AddDirectoryAsync(files, surl, option, caller, cancellationToken);
            else
                files.Add(new OrderedFile(surl.Text, surl.Path));
        }
        return files.ToImmutable();
    }

    /// <summary>The space asked for, if any, must be the one there is; an empty name is none.</summary>
    /// <exception cref="CallRefusedException">It is another.</exception>
    public void DemandSpace(string? token)
    {
        if (!string.IsNullOrEmpty(token) && token != options.SpaceToken)
            throw new CallRefusedException(StatusCode.InvalidRequest, $"There is no space of that name; leave it out, or name {options.SpaceToken}.");
    }

    private async ValueTask AddDirectoryAsync(ImmutableArray<OrderedFile>.Builder files, Surl surl, DirOption option, GridIdentity caller, CancellationToken cancellationToken)
    {
        try
        {
            var entry = await names.StatAsync(caller, surl.Path, followLast: true, cancellationToken);
            if (entry.Kind != CatalogEntryKind.Directory)
            {
                files.Add(new OrderedFile(surl.Text, surl.Path));
                return;
            }
            var levels = option.AllLevelRecursive == true ? StoragePath.MaxDepth : Math.Max(1, option.NumOfLevels ?? 1);
            await AddChildrenAsync(files, surl.Text.TrimEnd('/'), entry, levels, caller, cancellationToken);
        }
        catch (MdmException e)
        {
            files.Add(new OrderedFile(surl.Text, surl.Path, FileFault.Of(e)));
        }
    }

    private async ValueTask AddChildrenAsync(
        ImmutableArray<OrderedFile>.Builder files, string surl, CatalogEntry directory, int levels, GridIdentity caller, CancellationToken cancellationToken)
    {
        for (string? after = null; ;)
        {
            var page = await names.ListAsync(caller, directory, after, 0, PageSize, cancellationToken);
            foreach (var entry in page)
            {
                var child = $"{surl}/{Uri.EscapeDataString(entry.Path.Name)}";
                if (entry.Kind != CatalogEntryKind.Directory)
                    files.Add(new OrderedFile(child, entry.Path));
                else if (levels > 1)
                    await AddChildrenAsync(files, child, entry, levels - 1, caller, cancellationToken);
                if (files.Count > limits.MaxFilesPerRequest)
                    throw new CallRefusedException(StatusCode.TooManyResults, $"There are more than {limits.MaxFilesPerRequest} files in the directory; ask for its parts.");
            }
            if (page.Count < PageSize)
                return;
            after = page[^1].Path.Name;
        }
    }
}
