using System.Text;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Rules;

public class DescriptorCleanerTests
{
    [Theory]
    [InlineData("CT THORAX", "CT THORAX")]
    [InlineData("AX_T1_SE+C", "AX_T1_SE+C")]
    [InlineData("t2_tse_sag 3mm", "t2_tse_sag 3mm")]
    [InlineData("Abdomen 1.5 mm, portal venous", "Abdomen 1.5 mm, portal venous")]
    [InlineData("ep2d_diff b1000 ADC", "b1000 ADC")]
    [InlineData("Schädel nativ", "Schädel nativ")]
    [InlineData("TE 120ms TR 4500 ms", "TE 120ms TR 4500 ms")]
    [InlineData("PHASE2 B30", "PHASE2 B30")]
    [InlineData("CHEST 2 VIEWS", "CHEST 2")]
    public void Words_of_imaging_and_their_numbers_stay(string text, string expected) => DescriptorCleaner.BuiltIn.Clean(text).Should().Be(expected);

    [Theory]
    [InlineData("Yamada^Tarou CT", "CT")]
    [InlineData("CT of Herr Miller, born 12.05.1961", "CT of")]
    [InlineData("MRI 12/05/61", "MRI")]
    [InlineData("MRI 12 05 61", "MRI")]
    [InlineData("CT 0612345678", "CT")]
    [InlineData("CT 06 12 34 56 78", "CT")]
    [InlineData("CT 1961", "CT")]
    [InlineData("CT 1961s", "CT")]
    [InlineData("CT 007", "CT")]
    [InlineData("AB12345 HEAD", "HEAD")]
    [InlineData("HEAD12345", "")]
    [InlineData("20240131CT", "")]
    [InlineData("12MAI61", "")]
    [InlineData("1.2.840.10008.5.1.4.1.1.2 CT", "CT")]
    [InlineData("meyer@hospital.example", "")]
    [InlineData("12 Mai 61", "")]
    [InlineData("Παπαδόπουλος THORAX", "THORAX")]
    [InlineData("山田太郎 HEAD", "HEAD")]
    [InlineData("HEAD 山田", "HEAD")]
    [InlineData("", "")]
    [InlineData("   ", "")]
    public void Names_dates_and_identifiers_go(string text, string expected) => DescriptorCleaner.BuiltIn.Clean(text).Should().Be(expected);

    [Theory]
    [InlineData("HE\u200BAD")] // an invisible space within
    [InlineData("HE\u0301AD")] // an accent on a letter
    [InlineData("\u0421\u0422")] // Cyrillic that looks like CT
    [InlineData("\uFF23\uFF34")] // full width
    [InlineData("CT \uFF11\uFF12")] // digits of full width
    [InlineData("\u0661\u0662\u0663 mm")] // Arabic digits
    public void A_word_that_only_looks_allowed_goes(string text) => DescriptorCleaner.BuiltIn.Clean(text).Should().BeOneOf("", "CT", "mm");

    [Fact]
    public void A_site_adds_words_of_its_own()
    {
        var cleaner = DescriptorCleaner.With(["# ours", "", "Stereotaxie", "脳"], "words.txt");

        cleaner.Clean("CT STEREOTAXIE Meyer").Should().Be("CT STEREOTAXIE");
        cleaner.Clean("脳 MRI").Should().Be("脳 MRI");
        cleaner.Allows("stereotaxie").Should().BeTrue();
        cleaner.Allows("Meyer").Should().BeFalse();
        DescriptorCleaner.BuiltIn.Allows("stereotaxie").Should().BeFalse();
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("12345")]
    [InlineData("a-b")]
    [InlineData("abcdefghijklmnopqrstuvwxyzabcdefg")]
    public void A_line_that_is_no_word_is_refused_by_number(string line)
    {
        var load = () => DescriptorCleaner.With(["ok", line], "words.txt");

        load.Should().Throw<FormatException>().Which.Message.Should().StartWith("words.txt, line 2");
    }

    [Fact]
    public void What_is_clean_stays_as_it_is_and_nothing_grows()
    {
        var texts = new[] { "CT^THORAX^Miller^3mm", "a.b.c T1 5 5 5", "x\u0000y", "CT--------THORAX", "1 CT 2 MR 3", "5mm 3mm CT", "T1 12,5 mm / 3" };
        foreach (var text in texts)
        {
            var once = DescriptorCleaner.BuiltIn.Clean(text);
            DescriptorCleaner.BuiltIn.Clean(once).Should().Be(once);
            once.Length.Should().BeLessThanOrEqualTo(text.Length);
        }
    }

    [Fact]
    public void A_text_beyond_the_limit_goes_whole()
    {
        var text = new StringBuilder().Insert(0, "CT ", DescriptorCleaner.MaximumCharacters / 3 + 1).ToString();

        DescriptorCleaner.BuiltIn.Clean(text).Should().BeEmpty();
        DescriptorCleaner.BuiltIn.Clean(text[..DescriptorCleaner.MaximumCharacters]).Should().NotBeEmpty();
    }
}
