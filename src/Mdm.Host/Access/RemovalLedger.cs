namespace Mdm.Host.Access;

/// <summary>Told of every published file that a user removes, before it goes, so that no schedule brings it back.</summary>
internal interface IRemovalLedger
{
    ValueTask RecordAsync(CatalogEntry entry, GridIdentity by, CancellationToken cancellationToken);
}
