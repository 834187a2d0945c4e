using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Rules;

public class GraphicRulesTests
{
    [Theory]
    [InlineData(0x60003000u, Vr.OW, "R", "K")]
    [InlineData(0x601E3000u, Vr.OW, "R ", "K")]
    [InlineData(0x60003000u, Vr.OW, "G", "X")]
    [InlineData(0x60003000u, Vr.OW, null, "X")]
    [InlineData(0x60004000u, Vr.LT, "R", "C descriptor")]
    [InlineData(0x50003000u, Vr.OW, null, "K")] // Curve Data
    [InlineData(0x50000005u, Vr.US, null, "K")] // Curve Dimensions
    [InlineData(0x50020022u, Vr.LO, null, "C descriptor")] // Curve Description
    [InlineData(0x5000200Cu, Vr.OW, null, "X")] // Audio Sample Data
    [InlineData(0x5000200Eu, Vr.LT, null, "X")] // Audio Comments
    [InlineData(0x50000099u, Vr.UN, null, "X")]
    [InlineData(0x00700001u, Vr.SQ, null, "K")] // Graphic Annotation Sequence
    public void Coordinates_and_regions_stay_lettering_and_voices_go(uint tag, object vr, string? overlayType, string expected) =>
        Named.Action(GraphicRules.Resolve(new Tag(tag), (Vr)vr, overlayType)).Should().Be(expected);
}
