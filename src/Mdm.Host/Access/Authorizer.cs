using Mdm.Host.Orders;

namespace Mdm.Host.Access;

internal sealed partial class AuthorizedFile
{
    /// <summary>
    /// Decides whether a caller may read a file: the path is walked from the root, each directory must let him pass and the file's own ACL must let him read.
    /// Asked anew each time, so that a change of rights holds at once.
    /// </summary>
    internal sealed class Authorizer(PathWalk walk, ICatalog catalog, AuditTrail audit, Bans? bans = null)
    {
        /// <summary>Authorises the reading of the file at a path; links are followed.</summary>
        /// <exception cref="MdmException">NotFound, NotADirectory, IsADirectory, AccessDenied.</exception>
        public async ValueTask<AuthorizedFile> ReadAsync(GridIdentity caller, StoragePath path, CancellationToken cancellationToken)
        {
            try
            {
                // Also of work that waited while its owner was banned.
                bans?.Demand(caller);
                var entry = await walk.ToAsync(caller, path, followLast: true, cancellationToken);
                return Authorize(caller, entry, FileAction.Read);
            }
            catch (MdmException refusal)
            {
                audit.Refused(caller, AuditAction.Read, refusal, path);
                throw;
            }
        }

        /// <summary>Authorises again, by id, what was authorised earlier: at the moment of transfer, or after a restart.</summary>
        /// <exception cref="MdmException">NotFound (withdrawn meanwhile), AccessDenied.</exception>
        public async ValueTask<AuthorizedFile> ReadAgainAsync(GridIdentity caller, FileId id, CancellationToken cancellationToken)
        {
            if (await catalog.FindAsync(id, cancellationToken) is { } entry)
                return await ReadAsync(caller, entry.Path, cancellationToken);
            var gone = new MdmException(MdmErrorKind.NotFound, "The file is no longer published.");
            audit.Refused(caller, AuditAction.Read, gone, file: id);
            throw gone;
        }

        /// <summary>Authorises the fetching of a neighbour ahead of its being asked for; null where the caller may not read it.</summary>
        public async ValueTask<AuthorizedFile?> ReadAheadAsync(GridIdentity caller, CatalogEntry entry, CancellationToken cancellationToken)
        {
            if (entry.Kind != CatalogEntryKind.File || bans?.Find(caller) is not null)
                return null;
            try
            {
                return Authorize(caller, await walk.ToAsync(caller, entry.Path, followLast: false, cancellationToken), FileAction.ReadAhead);
            }
            catch (MdmException refusal) when (refusal.Kind is MdmErrorKind.AccessDenied or MdmErrorKind.NotFound)
            {
                return null;
            }
        }

        private AuthorizedFile Authorize(GridIdentity caller, CatalogEntry entry, FileAction action)
        {
            if (entry.Kind == CatalogEntryKind.Directory)
                throw new MdmException(MdmErrorKind.IsADirectory, $"{entry.Path} is a directory.");
            PathWalk.Demand(caller, entry, Permissions.Read);
            audit.Granted(caller, action == FileAction.Read ? AuditAction.Read : AuditAction.ReadAhead, entry);
            return new AuthorizedFile(caller, entry, action);
        }
    }
}
