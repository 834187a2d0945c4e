using System.Buffers;
using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Dicom.DataSet;

namespace Mdm.Plugins.Dicom.Tests.DataSet;

public class CanonicalPart10Tests
{
    private static string Script => Path.Combine(Samples.Checkout, "tests/Interop/canonical_part10.py");

    [SkippableFact]
    public async Task Gives_the_same_bytes_as_the_independent_script_for_every_sample()
    {
        Python.Require();
        await CompareAsync(Samples.All(), expectedRefusals: 5);
    }

    [SkippableFact]
    public async Task Gives_the_same_bytes_as_the_independent_script_for_every_transfer_syntax_and_value_representation()
    {
        Python.Require();
        using var folder = new TemporaryFolder();
        Python.Output([Script, "--generate", folder.Path]);
        string[] files = [.. Directory.EnumerateFiles(folder.Path).Order(StringComparer.Ordinal)];
        files.Should().HaveCountGreaterThan(50);

        await CompareAsync(files, expectedRefusals: 0);

        // Sequences of defined and of undefined length are two spellings of one object, except for the private sequence that implicit VR hides.
        foreach (var file in files.Where(file => file.EndsWith("-defined.dcm", StringComparison.Ordinal) && !file.EndsWith("/1.2.840.10008.1.2-defined.dcm", StringComparison.Ordinal)))
            (await DigestAsync(file, 4096)).Should().Be(await DigestAsync(file.Replace("-defined", "-undefined", StringComparison.Ordinal), 4096));
    }

    [SkippableFact]
    public void Holds_the_values_that_pydicom_finds_in_the_file()
    {
        Python.Require();
        string[] files = [.. Samples.All().Where(file => new[] { "malformed", "GH364", "DIRFILE", "DICOMDIR", "rtstruct" }.All(name => !file.Contains(name, StringComparison.Ordinal)))];
        var lines = Python.Output(["-W", "ignore", Script, "--check", .. files]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Should().HaveCount(files.Length).And.OnlyContain(line => line.StartsWith("equal ", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task Refuses_a_deflated_object_that_was_cut()
    {
        var file = await File.ReadAllBytesAsync(Samples.Path("transfer-syntax/image_dfl.dcm"));
        var read = async () => await CanonicalAsync(new MemoryStream(file[..(file.Length * 9 / 10)]), 4096);
        (await read.Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Corrupt);
    }

    [SkippableFact]
    public async Task Is_its_own_canonical_form()
    {
        foreach (var file in Samples.All().Where(file => !file.Contains("malformed", StringComparison.Ordinal) && !file.Contains("GH364", StringComparison.Ordinal)))
        {
            var once = await CanonicalAsync(new MemoryStream(await File.ReadAllBytesAsync(file)), 1000);
            var twice = await CanonicalAsync(new MemoryStream(once), 65536);
            twice.AsSpan().SequenceEqual(once).Should().BeTrue("{0} must be a fixed point", file);
        }
    }

    [SkippableTheory]
    [InlineData("enhanced/IM_0027_fMAP.dcm")]
    [InlineData("transfer-syntax/image_dfl.dcm")]
    [InlineData("transfer-syntax/examples_ybr_color.dcm")]
    [InlineData("transfer-syntax/MR_small_bigendian.dcm")]
    public async Task Does_not_depend_on_how_the_bytes_arrive(string name)
    {
        var file = await File.ReadAllBytesAsync(Samples.Path(name));
        var whole = await CanonicalAsync(new MemoryStream(file), 1 << 20);
        var trickled = await CanonicalAsync(new TricklingStream(file, 7), 13);
        trickled.AsSpan().SequenceEqual(whole).Should().BeTrue();
    }

    [Fact]
    public async Task Is_its_own_canonical_form_when_a_group_length_stands_out_of_order_before_the_uids()
    {
        // Found by fuzzing: what is left out still ended the wait for the UIDs, so the header named the announced instance at first and the real one the second time.
        var output = new ArrayBufferWriter<byte>();
        output.Write(Part10.CanonicalHeader("1.2.840.10008.5.1.4.1.1.7", "1.2.3.1", TransferSyntax.ExplicitLittleEndianUid));
        DataSetWriter.WriteElement(output, new Tag(0x0009, 0x0000), Vr.UL, [4, 0, 0, 0], DataEncoding.ExplicitLittleEndian);
        DataSetWriter.WriteElement(output, Tags.SopClassUid, Vr.UI, "1.2.840.10008.5.1.4.1.1.7"u8, DataEncoding.ExplicitLittleEndian);
        DataSetWriter.WriteElement(output, Tags.SopInstanceUid, Vr.UI, "1.2.3.4"u8, DataEncoding.ExplicitLittleEndian);

        var once = await CanonicalAsync(new MemoryStream(output.WrittenSpan.ToArray()), 1000);
        (await CanonicalAsync(new MemoryStream(once), 1000)).Should().Equal(once);
    }

    [SkippableFact]
    public async Task Refuses_every_truncation_of_an_object()
    {
        var file = await CanonicalAsync(File.OpenRead(Samples.Path("rt-sr-seg-ecg/reportsi.dcm")), 4096);
        var full = 0;
        for (var length = 200; length < file.Length; length += 3)
        {
            var cut = file.AsMemory(0, length).ToArray();
            try
            {
                await CanonicalAsync(new MemoryStream(cut), 4096);
                full++;
            }
            catch (MdmException exception)
            {
                exception.Kind.Should().Be(MdmErrorKind.Corrupt);
            }
        }

        // Between two top-level elements a cut cannot be seen; everywhere else it must be.
        full.Should().BeLessThan(60);
    }

    [Fact]
    public async Task Streams_three_gigabytes_in_flat_memory()
    {
        const uint length = 3_000_000_000;
        var head = new ArrayBufferWriter<byte>();
        DataSetWriter.WriteElement(head, Tags.SopInstanceUid, Vr.UI, "1.2.3"u8, DataEncoding.ExplicitLittleEndian);
        DataSetWriter.Write(head, new DataSetToken(TokenKind.Element, Tags.PixelData, Vr.OW, length, 0, DataEncoding.ExplicitLittleEndian));
        await using var stream = new CanonicalPart10(
            new PrefixedStream(head.WrittenMemory.ToArray(), new ZeroStream(length)),
            new CanonicalSource(TransferSyntax.ExplicitLittleEndian, "1.2", "1.2.3"));
        var buffer = new byte[1 << 20];
        // Nothing is waited for, so all of it happens on this thread; what others allocate meanwhile is theirs.
        var before = GC.GetAllocatedBytesForCurrentThread();
        long total = 0;
        for (int count; (count = await stream.ReadAsync(buffer)) > 0;)
            total += count;

        total.Should().BeGreaterThan(length);
        (GC.GetAllocatedBytesForCurrentThread() - before).Should().BeLessThan(64 << 20);
    }

    [Fact]
    public async Task Refuses_a_declared_length_above_the_limit_before_reading_it()
    {
        var head = new ArrayBufferWriter<byte>();
        DataSetWriter.Write(head, new DataSetToken(TokenKind.Element, Tags.PixelData, Vr.OW, 3_000_000_000, 0, DataEncoding.ExplicitLittleEndian));
        var stream = new CanonicalPart10(
            new MemoryStream(head.WrittenMemory.ToArray()),
            new CanonicalSource(TransferSyntax.ExplicitLittleEndian, "1.2", "1.2.3"),
            new DataSetLimits { MaxLength = 1 << 30 });

        var read = async () => await stream.ReadAsync(new byte[100]);
        (await read.Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Refused);
    }

    [Fact]
    public async Task Refuses_another_instance_than_the_one_announced()
    {
        var set = new AttributeSet().Set(Tags.SopClassUid, "1.2").Set(Tags.SopInstanceUid, "1.2.4");
        var stream = new CanonicalPart10(
            new MemoryStream(set.ToArray(DataEncoding.ExplicitLittleEndian)),
            new CanonicalSource(TransferSyntax.ExplicitLittleEndian, "1.2", "1.2.3") { MustMatch = true });

        var read = async () => await stream.ReadAsync(new byte[100]);
        (await read.Should().ThrowAsync<MdmException>()).Which.Kind.Should().Be(MdmErrorKind.Corrupt);
    }

    private static async Task CompareAsync(IReadOnlyList<string> files, int expectedRefusals)
    {
        var expected = Python.Output([Script, "--digest", .. files]).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split(' ')).ToDictionary(fields => fields[1], fields => fields[0]);
        var refused = 0;
        foreach (var file in files)
        {
            var digest = await DigestAsync(file, 64 * 1024);
            digest.Should().Be(expected[file], "both must agree on {0}", file);
            refused += digest == "refused" ? 1 : 0;
        }

        refused.Should().Be(expectedRefusals);
    }

    private static async Task<string> DigestAsync(string file, int chunk)
    {
        try
        {
            return Convert.ToHexStringLower(SHA256.HashData(await CanonicalAsync(File.OpenRead(file), chunk)));
        }
        catch (MdmException exception) when (exception.Kind == MdmErrorKind.Corrupt)
        {
            return "refused";
        }
    }

    private static async Task<byte[]> CanonicalAsync(Stream file, int chunk)
    {
        await using (file)
        {
            await using var stream = await CanonicalPart10.FromFileAsync(file, null, CancellationToken.None);
            var result = new MemoryStream();
            var buffer = new byte[chunk];
            for (int count; (count = await stream.ReadAsync(buffer)) > 0;)
                result.Write(buffer, 0, count);
            stream.IsComplete.Should().BeTrue();
            return result.ToArray();
        }
    }
}
