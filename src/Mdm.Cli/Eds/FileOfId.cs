using Mdm.Abstractions;
using Mdm.Cli.Lfc;
using Mdm.Cli.Medical;
using Mdm.Client;

namespace Mdm.Cli.Eds;

/// <summary>IDs that name a file at the host and no key: its GUID, with or without <c>guid:</c>, its path, or <c>/STUDY/SERIES/SOP</c> of a published image.</summary>
internal sealed class FileOfId(Terminal terminal)
{
    /// <summary>The key that such a file is sealed with: the one that its header names, where somebody sealed it before it was put, else its host's. Null where the ID names no file that the caller may read, or no host is named.</summary>
    /// <exception cref="SrmException">The host cannot be reached, the file cannot be had, or the image is published more than once.</exception>
    public async Task<KeyId?> KeyAsync(string id, CancellationToken cancellationToken) => await KeysAsync(id, cancellationToken) is var (own, hosts) ? own ?? hosts : null;

    /// <summary>True where that file is sealed with that key, by whom ever.</summary>
    /// <exception cref="SrmException">As <see cref="KeyAsync"/>.</exception>
    public async Task<bool> IsSealedWithAsync(string id, KeyId key, CancellationToken cancellationToken) => await KeysAsync(id, cancellationToken) is var (own, hosts) && (own == key || hosts == key);

    private async Task<(KeyId? Own, KeyId? Hosts)?> KeysAsync(string id, CancellationToken cancellationToken)
    {
        var isGuid = FileGuid.TryParse(id, out var guid);
        if (!(isGuid || id.StartsWith('/')) || !NameServer.Lfc.IsHostNamed(terminal))
            return null;
        using var session = new NameSession(terminal, NameServer.Lfc);
        try
        {
            if (!isGuid && ImageUids.Parse(id[1..]) is { } uids)
            {
                // What a publication holds was sealed by nobody but its host: that is known without fetching it from the archive.
                var image = await new ImageFinder(terminal, session, MedicalConfiguration.Load(terminal)).FindAsync(uids, cancellationToken);
                return (null, (await session.StatAsync(image, followLast: true, cancellationToken)).Key);
            }
            var host = NameServer.Lfc.Host(terminal) with { Path = StoragePath.Root };
            var entry = isGuid
                ? await session.Files.NamesAt(host).FindAsync(guid, cancellationToken)
                : await session.StatAsync(NameServer.Lfc.Place(terminal, id), followLast: true, cancellationToken);
            return entry.Kind == CatalogEntryKind.File ? (await session.Files.SealedUnderAsync(host with { Path = entry.Path }, cancellationToken), entry.Key) : null;
        }
        catch (SrmException e) when (e.Status is Srm.Messages.StatusCode.InvalidPath || e.IsDenied)
        {
            return null;
        }
    }
}
