using System.Text;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;
using Mdm.Fuzz.Corpus;
using Mdm.Plugins.Dicom.Deidentification;
using Mdm.Plugins.Dicom.Deidentification.Pseudonyms;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Fuzz.Targets;

/// <summary>
/// Any file: refused cleanly, or de-identified into an object that is well-formed, holds no UID of the original that was to be mapped, and gives the same bytes again.
/// What the profile leaves the de-identifier's own check has seen already, so a result that is refused the second time is a finding too.
/// </summary>
internal sealed class DeidentifyTarget
{
    private const int ShortestUid = 6;

    private static readonly ProfileOptions[] Profiles =
    [
        new(),
        new()
        {
            RetainDeviceIdentity = true, RetainPatientCharacteristics = true, RetainSafePrivate = true, CleanDescriptors = true, CleanStructuredContent = true,
            CleanGraphics = true, LongitudinalDates = LongitudinalDates.Modified,
        },
    ];

    private readonly Ps315Deidentifier[] _deidentifiers =
    [
        .. Profiles.Select(options => new Ps315Deidentifier(
            new DeidentificationPlan(Profile.Of(options), new Pseudonymizer(ProjectSecret.Of([.. Enumerable.Range(1, 32).Select(i => (byte)(i * 11))])))
            {
                BurnedIn = BurnedInPolicy.Allow, EncapsulatedDocuments = EncapsulatedDocumentPolicy.Replace,
                Limits = new DeidentificationLimits { PieceLength = 512, LongestHeldBinary = 256, MaxHeaderLength = 4 << 20 },
            },
            "fuzz")),
    ];

    public FuzzTarget Target() => new("deidentify", InputShape.Binary, DicomCorpus.Files, Run) { Tokens = [.. DicomCorpus.Tokens, "1.2.3.4"u8.ToArray(), "Wolkenstein^Ottilie"u8.ToArray()] };

    private bool Run(byte[] input)
    {
        if (input.Length == 0)
            return false;
        var deidentifier = _deidentifiers[input[0] % _deidentifiers.Length];
        if (Deidentified(deidentifier, input) is not { } once)
            return false;
        if (!once.AsSpan().SequenceEqual(Deidentified(deidentifier, input)))
            throw new FindingException("the same object gives other bytes");
        if (once.Length >= 4 << 20)
            return true;
        var result = Parsed(once) ?? throw new FindingException("the result is no well-formed object");
        if (Parsed(input) is { } original)
        {
            var left = Uids(result).ToHashSet(StringComparer.Ordinal);
            // The object's own, its series' and study's: these no profile but one that retains UIDs lets stand.
            foreach (var tag in new[] { Tags.SopInstanceUid, Tags.SeriesInstanceUid, Tags.StudyInstanceUid })
            {
                if (original.GetText(tag) is { Length: >= ShortestUid } uid && DicomDictionary.FindUid(uid) is null && left.Contains(uid))
                    throw new FindingException($"the UID of {tag} stands in the result");
            }
        }
        return true;
    }

    private static byte[]? Deidentified(Ps315Deidentifier deidentifier, byte[] input)
    {
        try
        {
            var output = new MemoryStream();
            deidentifier.DeidentifyAsync(new ReadOnlyMemoryStream(input), output, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            return output.ToArray();
        }
        catch (MdmException)
        {
            return null;
        }
    }

    private static AttributeSet? Parsed(byte[] file)
    {
        try
        {
            var opened = Part10.OpenAsync(new ReadOnlyMemoryStream(file), CancellationToken.None).AsTask().GetAwaiter().GetResult();
            var rest = new MemoryStream();
            opened.DataSet.CopyTo(rest);
            return AttributeSet.Parse(rest.ToArray(), opened.TransferSyntax.Encoding);
        }
        catch (Exception exception) when (exception is MdmException or InvalidDataException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Uids(AttributeSet set) => set.Attributes.SelectMany(attribute =>
        attribute.Items is { } items ? items.SelectMany(Uids)
        : attribute.Vr == Vr.UI ? Encoding.Latin1.GetString(attribute.Value.Span).Split('\\').Select(uid => uid.Trim(' ', '\0')) : []);
}
