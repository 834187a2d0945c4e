namespace Mdm.Host.Audit;

/// <summary>Marks a refusal with what the trail may say of it: an entry that is in the catalogue, and the right that is missing there. Kept as the inner exception.</summary>
internal sealed class Denial(CatalogEntry at, string missing) : Exception($"no {missing} right")
{
    /// <summary>Where the way ended; not always what was asked for.</summary>
    public CatalogEntry At { get; } = at;

    /// <summary>The right, in words.</summary>
    public string Missing { get; } = missing;

    /// <summary>The denial behind a refusal; null when it had another reason.</summary>
    public static Denial? Of(MdmException refusal) => refusal.InnerException as Denial;
}
