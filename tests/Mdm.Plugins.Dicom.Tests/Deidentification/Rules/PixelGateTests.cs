using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Rules;

public class PixelGateTests
{
    private const string Ct = "1.2.840.10008.5.1.4.1.1.2";

    private static readonly PixelFacts Image = new()
    {
        SopClassUid = Ct, Modality = "CT", Manufacturer = "Acme Medical", Model = "Scan 5 Pro", Software = "V1\\V2.3",
        ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"], PhotometricInterpretation = "MONOCHROME2", Rows = 512, Columns = 512, BitsAllocated = 16,
    };

    private static readonly PixelRegions Top = PixelRegions.Parse("""{ "Regions": [ { "Manufacturer": "acme*", "Blank": [ { "X": 0, "Y": 0, "Width": 512, "Height": 20 } ] } ] }""", "regions.json");
    private static readonly PixelRegions Nothing = PixelRegions.Parse("""{ "Regions": [ { "Manufacturer": "acme*", "Blank": [] } ] }""", "regions.json");

    [Theory]
    [InlineData("DERIVED\\SECONDARY\\REFORMATTED\\AVERAGE")]
    [InlineData("ORIGINAL\\PRIMARY\\M\\ND\\NORM")]
    [InlineData("DERIVED\\PRIMARY\\PERFUSION\\NONE")]
    public void An_ordinary_image_passes(string imageType) =>
        Decide(Image with { ImageType = imageType.Split('\\') }).Should().Be((PixelDecision.Pass, PixelRisk.None));

    [Fact]
    public void What_says_that_it_shows_text_is_refused_though_its_kind_is_harmless() =>
        Decide(Image with { BurnedInAnnotation = "YES " }).Should().Be((PixelDecision.Refuse, PixelRisk.Declared));

    [Theory]
    [InlineData("1.2.840.10008.5.1.4.1.1.6.1", "US", "", "", "")] // ultrasound
    [InlineData("1.2.840.10008.5.1.4.1.1.3.1", "US", "", "", "NO")] // though it says NO
    [InlineData("1.2.840.10008.5.1.4.1.1.7", "CT", "", "", "")] // secondary capture
    [InlineData("1.2.840.10008.5.1.4.1.1.7.4", "OT", "", "", "")]
    [InlineData("1.2.840.10008.5.1.4.1.1.77.1.1", "ES", "", "", "")] // endoscopy
    [InlineData(Ct, "CT", "WSD", "", "")]
    [InlineData(Ct, "CT", "", "DERIVED\\SECONDARY\\SCREEN SAVE", "")]
    [InlineData(Ct, "MR", "", "DERIVED\\SECONDARY\\CSA REPORT", "")]
    [InlineData("1.2.840.10008.5.1.4.1.1.77.1.6", "SM", "", "ORIGINAL\\PRIMARY\\LABEL\\NONE", "")]
    [InlineData(Ct, "CT", "", "", "PERHAPS")]
    public void Kinds_that_usually_carry_text_are_refused(string sopClass, string modality, string conversion, string imageType, string burnedIn)
    {
        var facts = Image with { SopClassUid = sopClass, Modality = modality, ConversionType = conversion, ImageType = imageType.Split('\\'), BurnedInAnnotation = burnedIn };

        Decide(facts).Should().Be((PixelDecision.Refuse, PixelRisk.Kind));
        PixelGate.Decide(facts, PixelRegions.None, cleanPixelData: true).Decision.Should().Be(PixelDecision.Refuse, "no rule says where the text is");
        PixelGate.Decide(facts, PixelRegions.None, cleanPixelData: false, PixelRisk.Kind).Decision.Should().Be(PixelDecision.Pass, "the publication takes that risk");
    }

    [Fact]
    public void What_declares_text_needs_the_greater_risk_accepted()
    {
        var facts = Image with { BurnedInAnnotation = "YES" };

        PixelGate.Decide(facts, PixelRegions.None, cleanPixelData: false, PixelRisk.Kind).Decision.Should().Be(PixelDecision.Refuse);
        PixelGate.Decide(facts, PixelRegions.None, cleanPixelData: false, PixelRisk.Declared).Decision.Should().Be(PixelDecision.Pass);
    }

    [Fact]
    public void A_rule_with_regions_cleans_when_the_option_is_on()
    {
        var facts = Image with { BurnedInAnnotation = "YES" };

        var verdict = PixelGate.Decide(facts, Top, cleanPixelData: true);

        verdict.Decision.Should().Be(PixelDecision.Clean);
        verdict.Blank.Should().Equal(new PixelRectangle(0, 0, 512, 20));
        verdict.IsKnownClean.Should().BeTrue();
        PixelGate.Decide(facts, Top, cleanPixelData: false).Decision.Should().Be(PixelDecision.Refuse);
        PixelGate.Decide(Image, Top, cleanPixelData: false).Decision.Should().Be(PixelDecision.Refuse, "the rule knows of text that nobody blanks");
    }

    [Fact]
    public void Compressed_pixels_with_a_region_are_refused_and_never_decoded() =>
        PixelGate.Decide(Image with { IsCompressed = true }, Top, cleanPixelData: true).Decision.Should().Be(PixelDecision.Refuse);

    [Fact]
    public void A_rule_without_regions_lets_pass_what_it_knows()
    {
        var verdict = PixelGate.Decide(Image with { Modality = "US", IsCompressed = true }, Nothing, cleanPixelData: false);

        verdict.Decision.Should().Be(PixelDecision.Pass);
        verdict.IsKnownClean.Should().BeTrue();
    }

    [Fact]
    public void What_has_no_pixels_passes() =>
        Decide(new PixelFacts { SopClassUid = "1.2.840.10008.5.1.4.1.1.104.1", Modality = "DOC" }).Should().Be((PixelDecision.Pass, PixelRisk.None));

    [Theory]
    [InlineData("""{ "Regions": [ { "Manufacturer": "*Medical", "Model": "scan*pro", "Software": "v2*", "Rows": 512, "Blank": [] } ] }""", true)]
    [InlineData("""{ "Regions": [ { "Manufacturer": "Acme Medical", "ImageType": "axial", "Blank": [] } ] }""", true)]
    [InlineData("""{ "Regions": [ { "Manufacturer": "*a*m*e*", "SopClass": "1.2.840.10008.5.1.4.1.1.2", "Blank": [] } ] }""", true)]
    [InlineData("""{ "Regions": [ { "Manufacturer": "Acme", "Blank": [] } ] }""", false)]
    [InlineData("""{ "Regions": [ { "Manufacturer": "*l*l*", "Blank": [] } ] }""", false)]
    [InlineData("""{ "Regions": [ { "Manufacturer": "Acme*", "Columns": 640, "Blank": [] } ] }""", false)]
    [InlineData("""{ "Regions": [ { "Modality": "MR", "Blank": [] } ] }""", false)]
    [InlineData("""{ "Regions": [ { "Software": "V2", "Blank": [] } ] }""", false)]
    [InlineData("""{ "Regions": [ ] }""", false)]
    public void A_rule_applies_when_all_that_it_names_is_so(string json, bool applies) =>
        (PixelRegions.Parse(json, "regions.json").Find(Image) is not null).Should().Be(applies);

    [Theory]
    [InlineData("{}", "expected")]
    [InlineData("[", "regions.json")]
    [InlineData("""{ "Regions": [ { "Blank": [] } ] }""", "everything")]
    [InlineData("""{ "Regions": [ { "Modality": "US" } ] }""", "Blank")]
    [InlineData("""{ "Regions": [ { "Modality": "US", "Blank": [ { "X": -1, "Y": 0, "Width": 1, "Height": 1 } ] } ] }""", "rectangle")]
    [InlineData("""{ "Regions": [ { "Modality": "US", "Blank": [ { "X": 0, "Y": 0, "Width": 0, "Height": 1 } ] } ] }""", "rectangle")]
    [InlineData("""{ "Regions": [ { "Modality": "US", "Colour": "red", "Blank": [] } ] }""", "Colour")]
    [InlineData("""{ "Regions": [ null ] }""", "Regions[0]")]
    public void A_file_of_another_form_is_refused_with_the_place(string json, string part)
    {
        var parse = () => PixelRegions.Parse(json, "regions.json");

        parse.Should().Throw<FormatException>().Which.Message.Should().Contain(part);
    }

    private static (PixelDecision, PixelRisk) Decide(PixelFacts facts)
    {
        var verdict = PixelGate.Decide(facts, PixelRegions.None, cleanPixelData: false);
        return (verdict.Decision, verdict.Risk);
    }
}
