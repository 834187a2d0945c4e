using System.Numerics;
using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Pseudonyms;

public class PseudonymizerTests
{
    private static readonly PatientKey Somebody = PatientKey.Of("QX-4711-08", "", "1.2", "1.3");

    [Fact]
    public void The_same_secret_gives_the_same_pseudonyms_wherever_it_is_read()
    {
        var elsewhere = new Pseudonymizer(ProjectSecret.Of(Patient.SecretBytes));
        elsewhere.Uid("1.2.3.4").Should().Be(Patient.Pseudonyms.Uid("1.2.3.4"));
        elsewhere.Patient(Somebody).Should().Be(Patient.Pseudonyms.Patient(Somebody));
        elsewhere.ShiftDays(Somebody).Should().Be(Patient.Pseudonyms.ShiftDays(Somebody));
        elsewhere.Fingerprint.Should().Be(Patient.Pseudonyms.Fingerprint);
    }

    [Fact]
    public void Pseudonyms_are_pinned_since_another_derivation_would_be_another_project()
    {
        Patient.Pseudonyms.Uid("1.2.3.4").Should().Be(PinnedUid);
        Patient.Pseudonyms.Patient(Somebody).Should().Be(PinnedPatient);
        Patient.Pseudonyms.ShiftDays(Somebody).Should().Be(PinnedShift);
    }

    [Fact]
    public void Another_secret_gives_nothing_that_links()
    {
        var other = new Pseudonymizer(ProjectSecret.Of([.. Patient.SecretBytes.Reverse()]));
        other.Uid("1.2.3.4").Should().NotBe(Patient.Pseudonyms.Uid("1.2.3.4"));
        other.Patient(Somebody).Should().NotBe(Patient.Pseudonyms.Patient(Somebody));
        other.Identifier("A1").Should().NotBe(Patient.Pseudonyms.Identifier("A1"));
        other.Fingerprint.Should().NotBe(Patient.Pseudonyms.Fingerprint);
    }

    [Fact]
    public void Uids_are_uuids_of_version_8_as_a_decimal_number()
    {
        for (var i = 0; i < 1000; i++)
        {
            var uid = Patient.Pseudonyms.Uid("1.2.3." + i);
            uid.Should().StartWith("2.25.");
            uid.Length.Should().BeLessThanOrEqualTo(64);
            var number = BigInteger.Parse(uid[5..], System.Globalization.CultureInfo.InvariantCulture);
            ((int)((number >> 76) & 0xF)).Should().Be(8);
            ((int)((number >> 62) & 0x3)).Should().Be(2);
        }
    }

    [Theory]
    [InlineData("1.2.840.10008.5.1.4.1.1.2")]
    [InlineData("1.2.840.10008.1.2.1")]
    [InlineData("1.2.840.10008.1.4.1.1")]
    [InlineData("")]
    public void What_the_standard_registers_stays(string uid) => Patient.Pseudonyms.Uid(uid).Should().Be(uid);

    [Fact]
    public void Shifts_go_back_half_a_year_to_ten_years_and_differ_between_patients()
    {
        var shifts = Enumerable.Range(0, 500).Select(i => Patient.Pseudonyms.ShiftDays(PatientKey.Of("P" + i, "", "", ""))).ToList();
        shifts.Should().OnlyContain(days => days <= -Pseudonymizer.MinShiftDays && days >= -Pseudonymizer.MaxShiftDays);
        shifts.Distinct().Should().HaveCountGreaterThan(400);
    }

    [Fact]
    public void A_patient_is_an_id_with_its_issuer_without_padding_and_with_its_letter_case()
    {
        PatientKey.Of("A1 ", "HOSP", "1", "2").Should().Be(PatientKey.Of(" A1\0", "HOSP ", "9", "9"));
        PatientKey.Of("A1", "HOSP", "1", "2").Should().NotBe(PatientKey.Of("A1", "", "1", "2"));
        PatientKey.Of("A1", "", "1", "2").Should().NotBe(PatientKey.Of("a1", "", "1", "2"));
        PatientKey.Of("A", "1", "", "").Should().NotBe(PatientKey.Of("A1", "", "", ""));
    }

    [Fact]
    public void Without_an_id_objects_are_linked_by_their_study_only()
    {
        PatientKey.Of("", "", "1.2", "1.3").Should().Be(PatientKey.Of(" ", "X", "1.2", "1.4"));
        PatientKey.Of("", "", "1.2", "1.3").Should().NotBe(PatientKey.Of("", "", "1.9", "1.3"));
        PatientKey.Of("", "", "", "1.3").Should().NotBe(PatientKey.Of("", "", "", "1.4"));
        PatientKey.Of("", "", "1.2", "").ToString().Should().NotContain("1.2");
    }

    private const string PinnedUid = "2.25.117631308853182100528067635061418332791";
    private const string PinnedPatient = "PNAD4CW6JGQB1BZD";
    private const int PinnedShift = -1406;
}
