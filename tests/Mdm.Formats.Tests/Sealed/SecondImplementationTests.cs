using Mdm.Formats.Sealed;
using Mdm.TestKit;

namespace Mdm.Formats.Tests.Sealed;

/// <summary>A page of Python on python3-cryptography opens what we seal, and seals what we open.</summary>
public sealed class SecondImplementationTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public static TheoryData<int> Lengths =>
        [0, 1, 1000, SealedFormat.FirstPlainLength, SealedFormat.FirstPlainLength + 1, SealedFormat.FirstPlainLength + SealedFormat.PlainPerSegment, (3 * SealedFormat.SegmentLength) + 5];

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [MemberData(nameof(Lengths))]
    public async Task Both_seal_the_same_and_open_what_the_other_sealed(int length)
    {
        var plain = Sample.Pattern(length);
        var ours = Sample.Seal(plain);
        await File.WriteAllBytesAsync(_folder["plain"], plain);
        await File.WriteAllBytesAsync(_folder["ours"], ours);

        (await PythonAsync("open", _folder["ours"], _folder["opened"])).Should().Be(0);
        (await PythonAsync("seal", Sample.Id.ToString(), _folder["plain"], _folder["theirs"])).Should().Be(0);

        (await File.ReadAllBytesAsync(_folder["opened"])).AsSpan().SequenceEqual(plain).Should().BeTrue();
        var theirs = await File.ReadAllBytesAsync(_folder["theirs"]);
        theirs.AsSpan().SequenceEqual(ours).Should().BeTrue("the format leaves nothing to choose");
        var (released, refusal) = await Sample.OpenAsync(theirs);
        refusal.Should().BeNull();
        released.AsSpan().SequenceEqual(plain).Should().BeTrue();
    }

    [SkippableFact]
    public async Task Both_refuse_what_was_altered()
    {
        var file = Sample.Seal(Sample.Pattern(SealedFormat.SegmentLength + 10));
        file[^1] ^= 1;
        await File.WriteAllBytesAsync(_folder["altered"], file);

        (await PythonAsync("open", _folder["altered"], _folder["opened"])).Should().Be(1);

        new FileInfo(_folder["opened"]).Length.Should().Be((await Sample.OpenAsync(file)).Released.Length);
    }

    private static async Task<int> PythonAsync(string task, params string[] arguments)
    {
        var python = Here.Tool("python3");
        var (hasCryptography, _) = await ChildProcess.RunAsync(python, ["-c", "import cryptography"]);
        Skip.If(hasCryptography != 0, "python3-cryptography is not installed");
        using var key = Sample.Key();
        var (code, _) = await ChildProcess.RunAsync(python, [Path.Combine(Here.Root, "tests", "Interop", "sealed_reader.py"), task, Convert.ToHexStringLower(key.Bytes), .. arguments]);
        return code;
    }
}
