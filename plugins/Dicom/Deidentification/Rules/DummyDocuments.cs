using System.Globalization;
using System.Text;

namespace Mdm.Plugins.Dicom.Deidentification.Rules;

/// <summary>
/// Empty documents that stand for Encapsulated Document (0042,0011), code D: nobody reads a document here, so all of it goes. By
/// MIME Type of Encapsulated Document (0042,0012), as the encapsulated IODs allow it (PS3.3 A.45 and A.85 to A.104).
/// </summary>
internal static class DummyDocuments
{
    private static readonly Lazy<byte[]> EmptyPdf = new(MakePdf);

    // HL7 CDA release 2: what its schema demands of a header, with null flavours for all that names anybody.
    private static readonly byte[] EmptyCda = Encoding.ASCII.GetBytes(
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <ClinicalDocument xmlns="urn:hl7-org:v3"><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><id nullFlavor="MSK"/><code nullFlavor="MSK"/><effectiveTime nullFlavor="MSK"/><confidentialityCode nullFlavor="MSK"/><recordTarget><patientRole><id nullFlavor="MSK"/></patientRole></recordTarget><author><time nullFlavor="MSK"/><assignedAuthor><id nullFlavor="MSK"/></assignedAuthor></author><custodian><assignedCustodian><representedCustodianOrganization><id nullFlavor="MSK"/></representedCustodianOrganization></assignedCustodian></custodian><component><nonXMLBody><text/></nonXMLBody></component></ClinicalDocument>

        """);

    /// <summary>A document of the type that holds nothing; null for a type that is not known here: then the object cannot be de-identified.</summary>
    public static ReadOnlyMemory<byte>? For(string mimeType)
    {
        var document = mimeType.Trim(' ', '\0').ToLowerInvariant() switch
        {
            "application/pdf" => EmptyPdf.Value,
            "text/xml" => EmptyCda,

            // Binary STL: 80 bytes that may hold anything, then the number of triangles.
            "model/stl" or "application/sla" => new byte[84],
            "model/obj" or "model/mtl" => "# empty\n"u8.ToArray(),
            _ => null,
        };

        // A bare null would become an array, and that an empty document.
        return document is null ? default(ReadOnlyMemory<byte>?) : document;
    }

    // ISO 32000-1 §7.5: one blank page, and a table of where each object begins.
    private static byte[] MakePdf()
    {
        string[] objects =
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>",
        ];
        var text = new StringBuilder("%PDF-1.4\n");
        var places = new List<int>();
        for (var at = 0; at < objects.Length; at++)
        {
            places.Add(text.Length);
            text.Append(CultureInfo.InvariantCulture, $"{at + 1} 0 obj\n{objects[at]}\nendobj\n");
        }

        var table = text.Length;
        text.Append(CultureInfo.InvariantCulture, $"xref\n0 {objects.Length + 1}\n0000000000 65535 f \n");
        foreach (var place in places)
            text.Append(CultureInfo.InvariantCulture, $"{place:D10} 00000 n \n");
        text.Append(CultureInfo.InvariantCulture, $"trailer\n<< /Size {objects.Length + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
