namespace Mdm.Host.Access;

/// <summary>Proves that this caller may do this to this file, and that the audit line is written. Only <see cref="Authorizer"/> makes one.</summary>
internal sealed partial class AuthorizedFile
{
    private AuthorizedFile(GridIdentity caller, CatalogEntry entry, FileAction action) =>
        (Caller, Entry, Action) = (caller, entry, action);

    public GridIdentity Caller { get; }

    /// <summary>A file; its <see cref="CatalogDraft.Source"/> is set.</summary>
    public CatalogEntry Entry { get; }

    public FileAction Action { get; }

    public override string ToString() => $"{Action} {Entry.Path}";
}
