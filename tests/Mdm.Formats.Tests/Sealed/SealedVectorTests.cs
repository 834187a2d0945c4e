using System.Globalization;
using System.Security.Cryptography;
using Mdm.Abstractions;
using Mdm.Formats.Sealed;
using Mdm.TestKit;

namespace Mdm.Formats.Tests.Sealed;

public sealed class SealedVectorTests
{
    private static readonly string Folder = Path.Combine(Here.Root, "tests", "Vectors", "sealed");

    private static readonly string[] All = [.. Directory.GetFiles(Folder, "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    public static TheoryData<string> Names => [.. All];

    [Fact]
    public void There_are_files_to_open_and_more_to_refuse() =>
        All.Count(name => name.StartsWith("refused_", StringComparison.Ordinal)).Should().BeGreaterThan(All.Length / 2).And.BeLessThan(All.Length);

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Gives_what_the_second_implementation_gave(string name)
    {
        var lines = File.ReadLines(Path.Combine(Folder, name + ".txt")).Where(line => !line.StartsWith('#')).Select(line => line.Split(": ", 2)).ToArray();
        string One(string what) => lines.Single(line => line[0] == what)[1];
        var plain = Sample.Pattern(int.Parse(One("plain"), CultureInfo.InvariantCulture));
        using var key = new ContentKey(Convert.FromHexString(One("key")));
        Digest(plain).Should().Be(One("plain-sha256"), "both mean the same plaintext");

        var file = Sample.Seal(plain, key);

        KeyId.Parse(One("id")).Should().Be(Sample.Id);
        Convert.ToHexStringLower(file.AsSpan(0, SealedFormat.HeaderLength)).Should().Be(One("header"));
        if (lines.Any(line => line[0] == "sealed"))
            Convert.ToHexStringLower(file).Should().Be(One("sealed"));
        else
            Digest(file).Should().Be(One("sealed-sha256"));

        var opensWith = new ContentKey(key.Bytes);
        foreach (var alter in lines.Where(line => line[0] == "alter").Select(line => line[1].Split(' ')))
        {
            if (alter[0] == "key")
                opensWith = new ContentKey(Convert.FromHexString(alter[1]));
            else
                file = Altered(file, alter[0], alter[1..]);
        }
        using (opensWith)
        {
            var (released, refusal) = await Sample.OpenAsync(file, opensWith);
            (refusal is null ? "opens" : "refused").Should().Be(One("expect"));
            released.Length.Should().Be(refusal is null ? plain.Length : int.Parse(One("released"), CultureInfo.InvariantCulture));
            released.AsSpan().SequenceEqual(plain.AsSpan(0, released.Length)).Should().BeTrue();
            (refusal?.Kind ?? MdmErrorKind.Corrupt).Should().Be(MdmErrorKind.Corrupt);
        }
    }

    private static byte[] Altered(byte[] file, string how, string[] arguments)
    {
        var segments = Segments(file);
        var first = how == "append" ? 0 : int.Parse(arguments[0], CultureInfo.InvariantCulture);
        switch (how)
        {
            case "flip":
                file[first] ^= 1;
                return file;
            case "cut":
                return file[..first];
            case "append":
                return [.. file, .. Convert.FromHexString(arguments[0])];
            case "header-of":
                return [.. Sample.Seal(Sample.Pattern(first))[..SealedFormat.HeaderLength], .. file[SealedFormat.HeaderLength..]];
            case "swap":
                var second = int.Parse(arguments[1], CultureInfo.InvariantCulture);
                (segments[first], segments[second]) = (segments[second], segments[first]);
                break;
            case "drop":
                segments.RemoveAt(first);
                break;
            case "repeat":
                segments.Insert(first, segments[first]);
                break;
            case "splice":
                segments[first] = Segments(Sample.Seal(Sample.Pattern(int.Parse(arguments[1], CultureInfo.InvariantCulture))))[first];
                break;
            default:
                throw new InvalidDataException($"The vector asks for '{how}'.");
        }
        return [.. file[..SealedFormat.HeaderLength], .. segments.SelectMany(segment => segment)];
    }

    private static List<byte[]> Segments(byte[] file)
    {
        var chunks = file.Chunk(SealedFormat.SegmentLength).ToList();
        chunks[0] = chunks[0][SealedFormat.HeaderLength..];
        return chunks;
    }

    private static string Digest(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
