using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mdm.Abstractions;
using Mdm.Formats.Reidentification;
using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;

namespace Mdm.Plugins.Dicom.Tests.Deidentification.Pseudonyms;

public sealed class ReidentificationTableTests : IDisposable
{
    private static readonly SealedIdentity Somebody = new("PABC-0815-47", "QX-4711-08", "HOSP", "Wolkenstein^Ottilie");
    private readonly TemporaryFolder _folder = new();
    private readonly X509Certificate2 _physician = Certificate("CN=Physician", 2048);

    public ReidentificationTableTests() => File.WriteAllText(Recipient, _physician.ExportCertificatePem());

    private string Path => _folder.File("table");

    private string Recipient => _folder.File("physician.pem");

    [Fact]
    public async Task Each_identity_is_there_once_however_often_and_by_whom_it_is_added()
    {
        using (var table = Open())
        {
            await table.AddAsync(Somebody, CancellationToken.None);
            await table.AddAsync(Somebody, CancellationToken.None);
            await table.AddAsync(Somebody with { Pseudonym = "PDEF", PatientId = "2" }, CancellationToken.None);
        }

        using (var again = Open())
            await again.AddAsync(Somebody, CancellationToken.None);
        var lines = await File.ReadAllLinesAsync(Path);
        lines.Should().HaveCount(2);
        SealedIdentity.Open(TableLine.Parse(lines[0])!.SealedBytes, _physician).Should().Be(Somebody);
    }

    [Fact]
    public async Task Only_its_owner_reads_the_file_and_nothing_in_it_is_clear()
    {
        using var table = Open();
        await table.AddAsync(Somebody, CancellationToken.None);
        File.GetUnixFileMode(Path).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var text = await File.ReadAllTextAsync(Path);
        text.Should().NotContain("QX-4711-08").And.NotContain("Wolkenstein").And.NotContain("PABC-0815-47");
    }

    [Fact]
    public async Task A_line_that_a_crash_cut_off_is_ended_and_the_next_is_whole()
    {
        using (var table = Open())
            await table.AddAsync(Somebody, CancellationToken.None);
        using (var file = new FileStream(Path, FileMode.Open))
            file.SetLength(file.Length - 40);
        using (var again = Open())
            await again.AddAsync(Somebody with { PatientId = "2" }, CancellationToken.None);
        var last = (await File.ReadAllLinesAsync(Path))[^1];
        SealedIdentity.Open(TableLine.Parse(last)!.SealedBytes, _physician).PatientId.Should().Be("2");
    }

    [Fact]
    public void A_table_that_others_can_read_and_a_key_that_is_too_short_are_refused()
    {
        File.WriteAllText(Path, "");
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var open = Open;
        open.Should().Throw<MdmException>().WithMessage("*0600*");
        File.Delete(Path);

        using var weak = Certificate("CN=Weak", 1024);
        File.WriteAllText(Recipient, weak.ExportCertificatePem());
        open.Should().Throw<MdmException>().WithMessage("*2048*");
    }

    [Fact]
    public async Task The_patient_of_each_object_is_added_before_the_object_is_given_out()
    {
        using var table = Open();
        var plan = Patient.Plan() with { Table = table };
        var result = await Patient.ReadAsync(await Patient.DeidentifyAsync(Patient.File(Patient.Image()), plan));
        var identity = SealedIdentity.Open(TableLine.Parse((await File.ReadAllLinesAsync(Path)).Single())!.SealedBytes, _physician);
        identity.Should().Be(new SealedIdentity(result.GetText(Mdm.Dicom.DataSet.Tags.PatientId), "QX-4711-08", "", "Wolkenstein^Ottilie"));
    }

    public void Dispose()
    {
        _physician.Dispose();
        _folder.Dispose();
    }

    private ReidentificationTable Open() => ReidentificationTable.Open(Path, [Recipient], ProjectSecret.Of(Patient.SecretBytes));

    private static X509Certificate2 Certificate(string name, int bits)
    {
        using var key = RSA.Create(bits);
        return new CertificateRequest(name, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
    }
}
