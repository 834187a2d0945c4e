namespace Mdm.Srm.Soap;

/// <summary>The names that SOAP 1.1 and SRM v2.2 put on the wire.</summary>
internal static class SoapNamespaces
{
    public const string Srm = "http://srm.lbl.gov/StorageResourceManager";
    public const string Instance = "http://www.w3.org/2001/XMLSchema-instance";
}
