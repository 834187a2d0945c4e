using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Pseudonyms;

public class ProjectSecretTests
{
    [Fact]
    public void Short_and_repeated_secrets_are_refused()
    {
        foreach (var weak in new[] { new byte[31], new byte[64], [.. Enumerable.Repeat((byte[])[1, 2, 3, 4, 5, 6, 7, 8], 8).SelectMany(x => x)], RandomNumberGenerator.GetBytes(ProjectSecret.MaxLength + 1) })
        {
            var taken = () => ProjectSecret.Of(weak);
            taken.Should().Throw<MdmException>().Which.Kind.Should().Be(MdmErrorKind.Refused);
        }
    }

    [Fact]
    public void Random_bytes_and_random_hexadecimal_text_are_taken()
    {
        for (var i = 0; i < 200; i++)
        {
            ProjectSecret.Of(RandomNumberGenerator.GetBytes(32));
            string text;
            // Fewer different digits come once in millions, and are refused.
            do
                text = RandomNumberGenerator.GetHexString(64);
            while (text.Distinct().Count() < 12);
            ProjectSecret.Of(System.Text.Encoding.ASCII.GetBytes(text));
        }
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite)]
    public void A_file_that_others_can_open_is_refused(UnixFileMode mode)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("secret"), Patient.SecretBytes);
        File.SetUnixFileMode(folder.File("secret"), mode);
        var read = () => ProjectSecret.Read(folder.File("secret"));
        read.Should().Throw<MdmException>().WithMessage("*0600*").Which.Kind.Should().Be(MdmErrorKind.Refused);
    }

    [Fact]
    public void A_file_of_mode_0600_is_read_with_all_its_bytes()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("secret"), Patient.SecretBytes);
        File.SetUnixFileMode(folder.File("secret"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        ProjectSecret.Read(folder.File("secret")).KeyFor("x").Should().Equal(ProjectSecret.Of(Patient.SecretBytes).KeyFor("x"));
        File.AppendAllText(folder.File("secret"), "\n");
        ProjectSecret.Read(folder.File("secret")).KeyFor("x").Should().NotEqual(ProjectSecret.Of(Patient.SecretBytes).KeyFor("x"));
    }

    [Fact]
    public void A_missing_file_is_refused_with_how_to_make_it()
    {
        var read = () => ProjectSecret.Read("/nonexistent/secret");
        read.Should().Throw<MdmException>().WithMessage("*openssl rand*");
    }
}
