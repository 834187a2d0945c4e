using System.ComponentModel.DataAnnotations;
using Mdm.Abstractions;
using Mdm.Plugins.Dicom.Deidentification;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification;

public sealed class Ps315OptionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public Ps315OptionsTests()
    {
        File.WriteAllBytes(_folder.File("secret"), Patient.SecretBytes);
        File.SetUnixFileMode(_folder.File("secret"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public void Options_that_do_nothing_or_lack_something_are_faults()
    {
        Faults(new Ps315Options()).Should().Contain(nameof(Ps315Options.SecretFile));
        Faults(new Ps315Options { SecretFile = "s", SafePrivateFile = "f" }).Should().Equal(nameof(Ps315Options.SafePrivateFile));
        Faults(new Ps315Options { SecretFile = "s", CleanPixelData = true }).Should().Equal(nameof(Ps315Options.CleanPixelData));
        Faults(new Ps315Options { SecretFile = "s", ReidentificationTable = new() { File = "t" } }).Should().Equal(nameof(Ps315Options.ReidentificationTable));
        Faults(new Ps315Options { SecretFile = "s" }).Should().BeEmpty();
    }

    [Fact]
    public async Task The_rules_version_changes_with_all_that_changes_bytes()
    {
        File.WriteAllText(_folder.File("words"), "quellental\n");
        File.WriteAllBytes(_folder.File("other"), [.. Patient.SecretBytes.Reverse()]);
        File.SetUnixFileMode(_folder.File("other"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var versions = new List<string>();
        foreach (var options in new Ps315Options[]
        {
            new(), new() { RetainUids = true }, new() { LongitudinalDates = LongitudinalDates.Full }, new() { LongitudinalDates = LongitudinalDates.Modified }, new() { WordsFile = "words" },
            new() { BurnedIn = BurnedInPolicy.Allow }, new() { EncapsulatedDocuments = EncapsulatedDocumentPolicy.Replace }, new() { SecretFile = "other" },
        })
        {
            options.SecretFile = options.SecretFile.Length > 0 ? options.SecretFile : "secret";
            await using var deidentifier = Ps315Deidentifier.Create(options, new TestContext(_folder.Path));
            await using var again = Ps315Deidentifier.Create(options, new TestContext(_folder.Path));
            again.RulesVersion.Should().Be(deidentifier.RulesVersion);
            versions.Add(deidentifier.RulesVersion);
        }

        versions.Should().OnlyHaveUniqueItems().And.OnlyContain(version => version.Length <= 64 && version.All(letter => letter > ' ' && letter < 127));
    }

    [Fact]
    public void A_site_file_that_is_not_of_its_form_is_refused_with_its_option_and_line()
    {
        File.WriteAllText(_folder.File("words"), "fine\ntwo words\n");
        var create = () => Ps315Deidentifier.Create(new Ps315Options { SecretFile = "secret", WordsFile = "words" }, new TestContext(_folder.Path));
        create.Should().Throw<MdmException>().WithMessage("*WordsFile, line 2*");
        var missing = () => Ps315Deidentifier.Create(new Ps315Options { SecretFile = "secret", WordsFile = "nowhere" }, new TestContext(_folder.Path));
        missing.Should().Throw<MdmException>();
    }

    [Fact]
    public async Task It_accepts_dicom_only()
    {
        await using var deidentifier = Ps315Deidentifier.Create(new Ps315Options { SecretFile = "secret" }, new TestContext(_folder.Path));
        deidentifier.Accepts("application/dicom").Should().BeTrue();
        deidentifier.Accepts("application/pdf").Should().BeFalse();
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<string> Faults(Ps315Options options)
    {
        var faults = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true);
        return faults.SelectMany(fault => fault.MemberNames);
    }
}
