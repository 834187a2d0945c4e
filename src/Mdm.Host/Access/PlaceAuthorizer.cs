namespace Mdm.Host.Access;

internal sealed partial class AuthorizedPlace
{
    /// <summary>
    /// Decides whether a caller may have a file of a name: the path is walked from the root; a new name needs w and x on its directory, one that is taken w on the file that is replaced, or w and x on its
    /// directory. Asked anew each time, so that a change of rights holds at once.
    /// </summary>
    internal sealed class PlaceAuthorizer(PathWalk walk, AuditTrail audit)
    {
        /// <summary>Authorises the writing of a file at a path.</summary>
        /// <param name="caller">Who.</param>
        /// <param name="path">Where; links on the way are followed, one at the end is what is replaced.</param>
        /// <param name="action">What of it is done now, for the audit trail.</param>
        /// <param name="cancellationToken">Ends the asking.</param>
        /// <exception cref="MdmException">NotFound: the directory; NotADirectory, IsADirectory, AccessDenied.</exception>
        public async ValueTask<AuthorizedPlace> WriteAsync(GridIdentity caller, StoragePath path, AuditAction action, CancellationToken cancellationToken)
        {
            try
            {
                if (path.IsRoot)
                    throw new MdmException(MdmErrorKind.IsADirectory, "/ is a directory.");
                var parent = await walk.ToAsync(caller, path.Parent, followLast: true, cancellationToken);
                if (parent.Kind != CatalogEntryKind.Directory)
                    throw new MdmException(MdmErrorKind.NotADirectory, $"{path.Parent} is not a directory.");
                var target = parent.Path.Child(path.Name);
                var existing = await walk.TryToAsync(caller, target, followLast: false, cancellationToken);
                if (existing is not { Kind: CatalogEntryKind.File } file || !file.Acl.Permits(caller, file.Owner, file.Group, Permissions.Write))
                    PathWalk.Demand(caller, parent, Permissions.Write | Permissions.Execute);
                if (existing is { Kind: CatalogEntryKind.Directory })
                    throw new MdmException(MdmErrorKind.IsADirectory, $"{target} is a directory.");
                audit.GrantedName(caller, action, parent, target);
                return new AuthorizedPlace(caller, parent, target, existing);
            }
            catch (MdmException refusal)
            {
                audit.Refused(caller, action, refusal, path);
                throw;
            }
        }
    }
}
