using System.Text;
using System.Xml.Linq;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Rules;

public class DummyDocumentsTests
{
    [Fact]
    public void The_empty_PDF_finds_its_own_objects()
    {
        var pdf = Encoding.ASCII.GetString(DummyDocuments.For("application/pdf")!.Value.Span);

        pdf.Should().StartWith("%PDF-1.").And.EndWith("%%EOF\n");
        var table = int.Parse(pdf.Split("startxref\n")[1].Split('\n')[0], System.Globalization.CultureInfo.InvariantCulture);
        pdf[table..].Should().StartWith("xref\n");
        var places = pdf[table..].Split('\n').Where(line => line.EndsWith(" n ", StringComparison.Ordinal)).Select(line => int.Parse(line.AsSpan(0, 10), System.Globalization.CultureInfo.InvariantCulture)).ToList();
        places.Should().HaveCount(3);
        for (var at = 0; at < places.Count; at++)
            pdf[places[at]..].Should().StartWith($"{at + 1} 0 obj");
    }

    [Fact]
    public void The_empty_CDA_is_a_clinical_document() =>
        XDocument.Parse(Encoding.ASCII.GetString(DummyDocuments.For("text/XML ")!.Value.Span)).Root!.Name.Should().Be(XName.Get("ClinicalDocument", "urn:hl7-org:v3"));

    [Fact]
    public void The_empty_STL_has_no_triangle()
    {
        var stl = DummyDocuments.For("model/stl")!.Value;

        stl.Length.Should().Be(84);
        BitConverter.ToInt32(stl.Span[80..]).Should().Be(0);
    }

    [Fact]
    public void For_a_type_that_nobody_knows_there_is_none() => DummyDocuments.For("application/x-secret").Should().BeNull();
}
