using System.Text;
using System.Xml;
using System.Xml.Linq;
using System.Xml.Schema;
using Mdm.TestKit;

namespace Mdm.Host.Tests.Audit;

/// <summary>Holds messages against PS3.15 A.5.1.</summary>
internal static class AuditSchema
{
    /// <summary>The message, which is valid.</summary>
    public static XElement Valid(byte[] message)
    {
        var schemas = new XmlSchemaSet();
        using var schema = XmlReader.Create(Path.Combine(Here.Root, "tests", "Interop", "dicom_audit_message.xsd"));
        schemas.Add(null, schema);
        var document = XDocument.Load(new MemoryStream(message), LoadOptions.PreserveWhitespace);
        var faults = new List<string>();
        document.Validate(schemas, (_, fault) => faults.Add(fault.Message));
        faults.Should().BeEmpty(Encoding.UTF8.GetString(message));
        return document.Root!;
    }

    public static string? Code(this XElement message, string element) => message.Descendants(element).FirstOrDefault()?.Attribute("csd-code")?.Value;
}
