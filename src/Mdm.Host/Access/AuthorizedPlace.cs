namespace Mdm.Host.Access;

/// <summary>Proves that this caller may have a file of that name, and that the audit line is written. Only <see cref="PlaceAuthorizer"/> makes one.</summary>
internal sealed partial class AuthorizedPlace
{
    private AuthorizedPlace(GridIdentity caller, CatalogEntry parent, StoragePath path, CatalogEntry? existing) =>
        (Caller, Parent, Path, Existing) = (caller, parent, path, existing);

    public GridIdentity Caller { get; }

    /// <summary>The directory, with symbolic names followed.</summary>
    public CatalogEntry Parent { get; }

    /// <summary>The name in it.</summary>
    public StoragePath Path { get; }

    /// <summary>The file or link that stands there and may be replaced; null when nothing does.</summary>
    public CatalogEntry? Existing { get; }

    public override string ToString() => Path.ToString();
}
