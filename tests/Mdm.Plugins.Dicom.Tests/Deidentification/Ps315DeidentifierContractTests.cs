using System.Collections.Immutable;
using Mdm.Abstractions;
using Mdm.Abstractions.Testing;
using Mdm.Dicom.DataSet;
using Mdm.Plugins.Dicom.Deidentification;

namespace Mdm.Plugins.Dicom.Tests.Deidentification;

/// <summary>As it is configured: with a secret out of a file.</summary>
public sealed class Ps315DeidentifierContractTests : DeidentifierContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    protected override string MediaType => "application/dicom";

    protected override IReadOnlyList<byte[]> Originals { get; } =
    [
        Patient.File(Patient.Image()), Patient.File(Patient.Image(), DataEncoding.ImplicitLittleEndian), Patient.File(Patient.Image(), DataEncoding.ExplicitBigEndian),
        Patient.File(Patient.Image().With(0x0009_0010, Vr.LO, "ACME 1").With(0x0009_1001, Vr.LO, "Wolkenstein").With(0x0008_1115, new AttributeSet().With(0x0010_0010, Vr.PN, "Wolkenstein^Ottilie"))),
    ];

    protected override IReadOnlyList<string> Marks { get; } = ["Wolkenstein", "Ottilie", "QX-4711-08", "ACC774411", "Zettelmann", "Quellental", "19510317", Patient.Instance, Patient.Study, Patient.Series];

    protected override IReadOnlyList<byte[]> Refused { get; } =
    [
        [], [0, 1, 2, 3], new byte[10_000], Patient.File(Patient.Image())[..^3],
        // Pixels of a screen with names on it.
        Patient.File(Patient.Image().With(0x0028_0301, Vr.CS, "YES")),
    ];

    public void Dispose() => _folder.Dispose();

    protected override async ValueTask<IDeidentifier> OpenAsync(int project)
    {
        var secret = _folder.File($"project-{project}");
        if (!File.Exists(secret))
        {
            await File.WriteAllBytesAsync(secret, [.. Patient.SecretBytes.Select(one => (byte)(one + project))]);
            File.SetUnixFileMode(secret, UnixFileMode.UserRead);
        }
        return Ps315Deidentifier.Create(new Ps315Options { SecretFile = secret }, new TestContext(_folder.Path));
    }

    protected override ArchiveEntry EntryOf(byte[] content)
    {
        var set = Patient.ReadAsync(content).GetAwaiter().GetResult();
        // The archive answers the key, without a value where the object has none.
        if (!set.Contains(Tags.IssuerOfPatientId))
            set.Set(Tags.IssuerOfPatientId, "");
        var attributes = set.Attributes.Where(static one => one.Items is null && one.Vr.IsText() && DicomDictionary.Find(one.Tag) is not null)
            .Select(one => new ArchiveAttribute(DicomDictionary.Find(one.Tag)!.Keyword, one.Vr.Name(), Values(set, one.Tag)));
        ImmutableArray<string> labels = [set.GetText(Tags.StudyInstanceUid), set.GetText(Tags.SeriesInstanceUid), set.GetText(Tags.SopInstanceUid)];
        return new ArchiveEntry(new ArchiveObjectInfo(new ArchiveObjectId(string.Join('/', labels)), MediaType), labels, [.. attributes]);
    }

    private static ImmutableArray<string> Values(AttributeSet set, Tag tag) => set.GetText(tag) is { Length: > 0 } ? [.. set.GetValues(tag)] : [];
}
