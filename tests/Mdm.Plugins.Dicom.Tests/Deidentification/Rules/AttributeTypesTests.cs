using System.Globalization;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Rules;

public class AttributeTypesTests
{
    private const string Part3 = "/usr/share/gdcm-3.0/XML/Part3.xml";

    [SkippableFact]
    public void Types_in_items_are_those_of_the_module_tables()
    {
        var table = Path.GetFullPath(Path.Combine(Samples.Checkout, "../shared/dicom-ps3.15/table_E.1-1_2026c.tsv"));
        Skip.IfNot(File.Exists(table), "The tables of PS3.15 are not at ../shared/dicom-ps3.15.");
        Skip.IfNot(File.Exists(Part3), "GDCM's Part3.xml is not installed.");
        Python.Require();

        var lines = Python.Output([Path.Combine(Samples.Checkout, "tests/Interop/ps33_nested_types.py"), table, Part3]).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        lines.Should().HaveCountGreaterThan(60);
        foreach (var fields in lines.Select(line => line.Split(' ')))
        {
            // Where the item stands further up does not matter.
            AttributeTypes.Find(Tag(fields[0]), null, [new Tag(0x5200_9230), Tag(fields[1])])
                .Should().Be((AttributeType)int.Parse(fields[2], CultureInfo.InvariantCulture), "{0} stands in {1}", fields[0], fields[1]);
        }
    }

    [Theory]
    [InlineData("1.2.840.10008.5.1.4.1.1.2", 3)] // CT: C.7-9
    [InlineData("1.2.840.10008.5.1.4.1.1.128", 2)] // PET: C.8-63
    [InlineData("1.2.840.10008.5.1.4.1.1.128\0", 2)]
    [InlineData("1.3.46.670589.2.3.1.1", 0)]
    [InlineData(null, 0)]
    public void Acquisition_Date_is_demanded_by_PET_only(string? sopClassUid, int type) =>
        AttributeTypes.Find(new Tag(0x0008_0022), sopClassUid, []).Should().Be((AttributeType)type);

    private static Tag Tag(string text) => new(uint.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture));
}
