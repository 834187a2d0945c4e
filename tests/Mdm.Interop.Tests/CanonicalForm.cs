using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Mdm.Interop.Tests;

/// <summary>The judge of delivered bytes: a second implementation of the canonical form, in Python.</summary>
internal static class CanonicalForm
{
    /// <summary>dcmqrscp's own file among the objects.</summary>
    private const string DcmqrscpIndex = "index.dat";

    // 128 bytes, DICM, group length (12), version (14): there the SOP class begins, as docs/conformance.md has it.
    private const int FirstUid = 132 + 12 + 14;

    /// <summary>SHA-256 of the canonical form of every file in a folder, by SOP Instance UID; more than one file may share a UID.</summary>
    public static async Task<ILookup<string, string>> OfAsync(string folder)
    {
        var files = Directory.GetFiles(folder).Where(file => Path.GetFileName(file) != DcmqrscpIndex).ToArray();
        var script = Path.Combine(Here.Root, "tests", "Interop", "canonical_part10.py");
        var (code, output) = await ChildProcess.RunAsync("/usr/bin/python3", [script, "--instances", .. files], limit: TimeSpan.FromSeconds(120));
        code.Should().Be(0, output);
        var digests = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.Length > 65 && line[64] == ' ').ToList();
        digests.Count.Should().Be(files.Length, "all can be put into canonical form: {0}", string.Join('\n', output.Split('\n').Where(line => line.StartsWith("refused", StringComparison.Ordinal))));
        return digests.ToLookup(line => line[65..line.IndexOf(' ', 65)], line => line[..64]);
    }

    /// <summary>SHA-256 of a delivered file's bytes as they are.</summary>
    public static string Digest(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));

    /// <summary>The SOP Instance UID and the transfer syntax in a canonical file's header.</summary>
    public static (string Instance, string TransferSyntax) HeaderOf(string file)
    {
        using var stream = File.OpenRead(file);
        var head = new byte[512];
        var length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        var at = FirstUid;
        _ = Uid(head.AsSpan(0, length), ref at);
        var instance = Uid(head.AsSpan(0, length), ref at);
        return (instance, Uid(head.AsSpan(0, length), ref at));
    }

    private static string Uid(ReadOnlySpan<byte> head, ref int at)
    {
        var size = BinaryPrimitives.ReadUInt16LittleEndian(head[(at + 6)..]);
        var text = Encoding.ASCII.GetString(head.Slice(at + 8, size)).TrimEnd('\0', ' ');
        at += 8 + size;
        return text;
    }
}
