using System.ComponentModel.DataAnnotations;
using Mdm.Plugins.DicomWeb.Backend;

namespace Mdm.Plugins.DicomWeb.Tests.Backend;

public sealed class DicomWebOptionsTests
{
    [Theory]
    [InlineData("https://pacs.example/dicom-web", null, null, true)]
    [InlineData("http://pacs.example/dicom-web", null, null, true)]
    [InlineData("https://pacs.example/dicom-web", "token", null, true)]
    [InlineData("http://localhost:8042/dicom-web", "token", null, true)]
    [InlineData("http://pacs.example/dicom-web", "token", null, false)]
    [InlineData("http://pacs.example/dicom-web", null, "password", false)]
    [InlineData("https://pacs.example/dicom-web", "token", "password", false)]
    [InlineData("https://mdm:secret@pacs.example/", null, null, false)]
    [InlineData("https://pacs.example/?key=1", null, null, false)]
    [InlineData("ftp://pacs.example/", null, null, false)]
    public void Secrets_stay_out_of_addresses_and_off_plain_connections(string url, string? token, string? basic, bool isValid)
    {
        var options = new DicomWebOptions { Url = new Uri(url), TokenFile = token, BasicFile = basic };

        Validator.TryValidateObject(options, new ValidationContext(options), [], validateAllProperties: true).Should().Be(isValid);
    }

    [Fact]
    public void Times_windows_and_TLS_are_checked()
    {
        static int Faults(DicomWebOptions options) => options.Validate(new ValidationContext(options)).Count();

        Faults(new DicomWebOptions { Url = new Uri("https://pacs"), StallTimeout = TimeSpan.Zero, MessageTimeout = TimeSpan.FromDays(2), Hours = new() { Harvest = ["8-9"] } }).Should().Be(3);
        Faults(new DicomWebOptions { Url = new Uri("http://pacs"), Tls = new() }).Should().Be(1);
    }
}
