using System.Diagnostics;
using Mdm.Abstractions;
using Mdm.Plugins.Dicom.Deidentification;
using Mdm.Plugins.Dicom.Deidentification.Rules;

namespace Mdm.Plugins.Dicom.Tests.Deidentification;

/// <summary>What Debian's dicom3tools and DCMTK say of de-identified objects.</summary>
public class OtherReadersTests
{
    private const string Validator = "/usr/bin/dciodvfy";
    private const string Dump = "/usr/bin/dcmdump";

    // Slices of one series are alike; a whole run asks the validator some hundred times.
    private const int PerFolder = 6;

    private static readonly ProfileOptions[] Profiles =
    [
        new(),
        new()
        {
            RetainDeviceIdentity = true, RetainPatientCharacteristics = true, RetainSafePrivate = true, CleanDescriptors = true, CleanStructuredContent = true,
            CleanGraphics = true, LongitudinalDates = LongitudinalDates.Modified,
        },
        new() { RetainUids = true, RetainInstitutionIdentity = true, LongitudinalDates = LongitudinalDates.Full },
    ];

    [SkippableFact]
    public async Task Dciodvfy_finds_no_more_errors_in_a_result_than_in_its_original_and_dcmdump_reads_it()
    {
        Skip.IfNot(File.Exists(Validator) && File.Exists(Dump), "dicom3tools or dcmtk is not installed.");
        using var folder = new TemporaryFolder();
        var (original, result) = (folder.File("original.dcm"), folder.File("result.dcm"));
        var compared = 0;
        foreach (var file in Samples.All().GroupBy(Path.GetDirectoryName).SelectMany(group => group.Key!.Contains("rt-sr", StringComparison.Ordinal) ? group : group.Take(PerFolder)))
        {
            try
            {
                await File.WriteAllBytesAsync(original, await SampleTests.Canonical(file));
            }
            catch (MdmException)
            {
                continue;
            }

            List<string>? before = null;
            foreach (var options in Profiles)
            {
                var plan = Patient.Plan(options) with { BurnedIn = BurnedInPolicy.Allow, EncapsulatedDocuments = EncapsulatedDocumentPolicy.Replace };
                if (await TryAsync(await File.ReadAllBytesAsync(original), plan) is not { } bytes)
                    continue;
                await File.WriteAllBytesAsync(result, bytes);
                before ??= Errors(Run(Validator, original).Output);
                var after = Errors(Run(Validator, result).Output);
                after.Count.Should().BeLessThanOrEqualTo(before.Count, "of {0}: {1}", file, string.Join('\n', after.Except(before)));
                Run(Dump, "-q", result).Exit.Should().Be(0, "dcmdump reads what became of {0}", file);
                compared++;
            }
        }

        compared.Should().BeGreaterThan(150);
    }

    private static async Task<byte[]?> TryAsync(byte[] original, DeidentificationPlan plan)
    {
        try
        {
            return await Patient.DeidentifyAsync(original, plan);
        }
        catch (MdmException refusal) when (refusal.Message.Contains("DICOMDIR", StringComparison.Ordinal))
        {
            return null;
        }
    }

    private static List<string> Errors(string output) => [.. output.Split('\n').Where(line => line.StartsWith("Error", StringComparison.Ordinal))];

    private static (int Exit, string Output) Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}
